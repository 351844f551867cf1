import type { RunError } from './error.ts';
import type { ExperimentStatus } from './experiment.ts';

/** What a pipeline tells while it trains. `azuraforge-learner` emits exactly these. */
export type TrainingEvent =
  | { type: 'stage'; stage: 'loading' | 'preparing' | 'training' | 'evaluating' | 'saving' }
  | {
      type: 'run';
      epochs: number;
      batches_per_epoch: number;
      parameters: number;
      train_samples: number;
      validation_samples: number;
      test_samples: number;
      device: string;
      adapter: string | null;
      seed: number;
    }
  | {
      type: 'batch';
      epoch: number;
      epochs: number;
      batch: number;
      batches: number;
      loss: number;
      learning_rate?: number;
      /** Of all gradients together before clipping, at the newest step; left out where it is unknown or not finite. */
      gradient_norm?: number;
      fraction: number;
    }
  | {
      type: 'epoch';
      epoch: number;
      epochs: number;
      train_loss: number;
      validation_loss: number | null;
      metrics: Record<string, number>;
      learning_rate: number;
      /** As in `batch`. */
      gradient_norm?: number;
      /** Wall time of this epoch in seconds. */
      seconds: number;
      /** True when this epoch has the lowest validation loss so far. */
      best: boolean;
      fraction: number;
    }
  /** A sample of validation predictions beside what really happened, after each epoch. */
  | {
      type: 'preview';
      epoch: number;
      target: string;
      unit?: string;
      labels: string[];
      actual: number[];
      predicted: number[];
    }
  | { type: 'early_stop'; epoch: number; best_epoch: number; patience: number }
  | { type: 'log'; level: 'info' | 'warn' | 'error'; message: string };

/** A change of the experiment's state; written by the API (PENDING, CANCELLED) and the worker. */
export interface StatusEvent {
  type: 'status';
  status: ExperimentStatus;
  error?: RunError;
  model_id?: string;
}

export type ExperimentEventBody = TrainingEvent | StatusEvent;
export type ExperimentEventType = ExperimentEventBody['type'];

/** A stored event: `seq` starts at 1 and has no gaps within an experiment. */
export interface ExperimentEvent {
  experiment_id: string;
  task_id: string;
  seq: number;
  attempt: number;
  at: string;
  body: ExperimentEventBody;
}
