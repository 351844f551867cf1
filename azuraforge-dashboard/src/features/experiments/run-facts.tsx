'use client';

import { memo } from 'react';
import type { ReactNode } from 'react';
import type { ExperimentDetail } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import styles from './panels.module.css';
import type { RunState } from './run-state.ts';

interface RunFactsProps extends Pick<RunState, 'setup'> {
  experiment: ExperimentDetail;
}

/** What was run, on what, with how much data. */
export const RunFacts = memo(function RunFacts({ experiment, setup }: RunFactsProps) {
  const { t, formats } = useLanguage();
  const device = setup?.device ?? experiment.device;
  const adapter = setup?.adapter ?? experiment.adapter;
  const facts: [title: string, value: ReactNode][] = [
    [t('run.factPipeline'), experiment.pipeline_id],
    [t('run.factPlugin'), `${experiment.plugin.name} ${experiment.plugin.version}`],
    ...(device ? [[t('run.factDevice'), device] as [string, string]] : []),
    ...(adapter ? [[t('run.factAdapter'), adapter] as [string, string]] : []),
    ...(setup
      ? ([
          [t('run.factParameters'), formats.integer(setup.parameters)],
          [
            t('run.factSamples'),
            t('run.samples', {
              train: setup.train_samples,
              validation: setup.validation_samples,
              test: setup.test_samples,
            }),
          ],
          [t('run.factBatches'), formats.integer(setup.batches_per_epoch)],
          [t('run.factSeed'), formats.exact(setup.seed)],
        ] as [string, string][])
      : []),
    [t('run.factOwner'), experiment.created_by],
    [t('run.factCreated'), formats.dateTime(experiment.created_at)],
    ...(experiment.started_at
      ? [[t('run.factStarted'), formats.dateTime(experiment.started_at)] as [string, string]]
      : []),
    ...(experiment.finished_at
      ? [[t('run.factFinished'), formats.dateTime(experiment.finished_at)] as [string, string]]
      : []),
  ];
  return (
    <Panel title={t('run.facts')} testId="run-facts">
      <dl className={styles.facts}>
        {facts.map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
});
