'use client';

import { Button } from 'antd';
import { Ban, CircleCheck, CircleX } from 'lucide-react';
import type { ExperimentDetail, ExperimentStatus } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { Comparison } from './comparison.tsx';
import styles from './run-outcome.module.css';
import type { RunState } from './run-state.ts';

interface RunOutcomeProps {
  experiment: ExperimentDetail;
  run: RunState;
  status: ExperimentStatus;
  /** Null where the report is open already. */
  onOpenReport: (() => void) | null;
}

/** How a run ended, in one sentence above everything else. */
export function RunOutcome({ experiment, run, status, onOpenReport }: RunOutcomeProps) {
  const { t } = useLanguage();
  if (status === 'SUCCESS' && onOpenReport) {
    return (
      <div className={styles.outcome} data-tone="good" data-testid="outcome">
        <CircleCheck size={20} aria-hidden="true" />
        <div className={styles.body}>
          <strong>{t('run.doneTitle')}</strong>
          {experiment.summary && <Comparison summary={experiment.summary} />}
        </div>
        <Button type="primary" onClick={onOpenReport} data-testid="open-report">
          {t('run.openReport')}
        </Button>
      </div>
    );
  }
  const error = experiment.error ?? run.error;
  if (status === 'FAILURE') {
    return (
      <div className={styles.outcome} data-tone="bad" role="alert" data-testid="outcome">
        <CircleX size={20} aria-hidden="true" />
        <div className={styles.body}>
          <strong>{t('run.failedTitle')}</strong>
          {error && <p>{t(`runError.${error.code}`)}</p>}
          {error?.message && (
            <div className={styles.detail}>
              <span>{t('run.failedDetail')}</span>
              <pre data-testid="run-error-message">{error.message}</pre>
            </div>
          )}
        </div>
      </div>
    );
  }
  if (status === 'CANCELLED') {
    return (
      <div className={styles.outcome} data-tone="warning" data-testid="outcome">
        <Ban size={20} aria-hidden="true" />
        <div className={styles.body}>
          <strong>{t('run.cancelledTitle')}</strong>
          {run.epochs.length > 0 && <p>{t('run.cancelledText')}</p>}
        </div>
      </div>
    );
  }
  return null;
}
