import type { Prediction, PredictionInput } from './prediction.ts';

/** Names of the bee-queue queues. */
export const QUEUES = { train: 'train', predict: 'predict', study: 'study' } as const;

/** Wakes a worker for a run; the run itself is the row in Postgres. */
export interface TrainJob {
  experiment_id: string;
  task_id: string;
}

/** Asks a worker what a model says; the answer is the job's result. */
export interface PredictJob {
  request_id: string;
  model_id: string;
  input: PredictionInput;
}

/** The result of a predict job. A wrong input is an answer, not a crash. */
export type PredictResult =
  | { ok: true; prediction: Prediction }
  | {
      ok: false;
      code: 'PREDICTION_INPUT_INVALID' | 'PREDICTION_FAILED' | 'MODEL_NOT_FOUND';
      message: string;
      details?: { path: string; message: string }[];
    };
