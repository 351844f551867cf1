'use client';

import { isTerminal } from 'azuraforge-dbmodels/contract';
import type { ExperimentDetail, ExperimentStatus } from 'azuraforge-dbmodels/contract';
import type { ApiError } from '../../client/error.ts';
import { Panel } from '../../shell/page.tsx';
import { FailedState } from '../../shell/state.tsx';
import { LossPanel } from './loss-panel.tsx';
import { OptimizationPanel } from './optimization-panel.tsx';
import { PreviewPanel } from './preview-panel.tsx';
import { RunFacts } from './run-facts.tsx';
import { RunLog } from './run-log.tsx';
import styles from './run-page.module.css';
import { RunProgress } from './run-progress.tsx';
import type { RunState } from './run-state.ts';

interface RunTrainingProps {
  experiment: ExperimentDetail;
  run: RunState;
  status: ExperimentStatus;
  /** Why the events of this run cannot be followed. */
  refused: ApiError | null;
}

/** The training as it goes on, or as it went. */
export function RunTraining({ experiment, run, status, refused }: RunTrainingProps) {
  // A run that is over will not fill what is still empty.
  const over = isTerminal(status);
  return (
    <div className={styles.columns}>
      <div className={styles.stack}>
        {!over && <RunProgress experiment={experiment} run={run} status={status} />}
        {refused && (
          <Panel>
            <FailedState error={refused} />
          </Panel>
        )}
        {(run.epochs.length > 0 || !over) && <LossPanel epochs={run.epochs} best={run.best} />}
        <OptimizationPanel epochs={run.epochs} />
        {run.preview && <PreviewPanel preview={run.preview} />}
      </div>
      <div className={styles.stack}>
        <RunFacts experiment={experiment} setup={run.setup} />
        <RunLog log={run.log} />
      </div>
    </div>
  );
}
