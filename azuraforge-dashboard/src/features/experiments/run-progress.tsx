'use client';

import { Check } from 'lucide-react';
import type { ExperimentDetail, ExperimentStatus } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { useNow } from '../../shell/now.ts';
import { Panel } from '../../shell/page.tsx';
import { ProgressBar } from './progress-bar.tsx';
import styles from './run-progress.module.css';
import { secondsLeft } from './run-state.ts';
import type { RunState } from './run-state.ts';

const STAGES = ['loading', 'preparing', 'training', 'evaluating', 'saving'] as const;

/** A run that says nothing for so long has perhaps lost its worker. */
const SILENT_MS = 10_000;

interface RunProgressProps {
  experiment: ExperimentDetail;
  run: RunState;
  status: ExperimentStatus;
}

/** How long it will take, or for how long nothing has been heard. */
function Remaining({ experiment, run }: Pick<RunProgressProps, 'experiment' | 'run'>) {
  const { t, formats } = useLanguage();
  const now = useNow(true);
  if (experiment.cancel_requested) return t('run.cancelRequested');
  const silent = run.lastAt === null ? 0 : now - run.lastAt;
  if (silent > SILENT_MS) {
    return t('run.silent', { duration: formats.duration(Math.floor(silent / 1000)) });
  }
  const left = secondsLeft(run);
  return left !== null && t('run.eta', { duration: formats.duration(Math.ceil(left)) });
}

export function RunProgress({ experiment, run, status }: RunProgressProps) {
  const { t, formats } = useLanguage();
  if (status === 'PENDING') {
    return (
      <Panel testId="run-progress">
        <div className={styles.waiting}>
          <h2>{t('run.waitingTitle')}</h2>
          <p>{t('run.waitingText')}</p>
          <ProgressBar fraction={null} label={t('run.waitingTitle')} />
        </div>
      </Panel>
    );
  }
  const current = run.stage ? STAGES.indexOf(run.stage) : -1;
  return (
    <Panel testId="run-progress">
      <div className={styles.head}>
        <span className={styles.percent}>{formats.percent(run.fraction)}</span>
        <span className={styles.where}>
          {run.totalEpochs > 0 && (
            <span data-testid="epoch" data-epoch={run.epoch}>
              {t('experiments.epochOf', { epoch: run.epoch, epochs: run.totalEpochs })}
            </span>
          )}
          {run.batch && (
            <span className={styles.faint}>
              {t('run.batchOf', { batch: run.batch.batch, batches: run.batch.batches })}
            </span>
          )}
        </span>
        <span className={styles.eta}>
          <Remaining experiment={experiment} run={run} />
        </span>
      </div>
      <ProgressBar size="thick" fraction={run.fraction} label={t('run.progress')} testId="progress" />
      <ol className={styles.stages} aria-label={t('run.stages')}>
        {STAGES.map((stage, index) => (
          <li
            key={stage}
            data-state={index < current ? 'done' : index === current ? 'now' : 'ahead'}
            aria-current={index === current ? 'step' : undefined}
          >
            {index < current && <Check size={13} aria-hidden="true" />}
            {t(`stage.${stage}`)}
          </li>
        ))}
      </ol>
    </Panel>
  );
}
