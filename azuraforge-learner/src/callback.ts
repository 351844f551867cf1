import type { Tensor } from 'azuraforge-core';
import type { EpochRecord, TrainingHistory } from './trainer.ts';

/**
 * What a training tells its callbacks, in this order: `begin`; for each epoch `epochBegin`, for each batch `batchBegin` and
 * `batchEnd`, `validation` where there is a validation part, `epochEnd`; `checkpoint` whenever one was written; `end`.
 * Epochs and batches count from 1.
 */
export type TrainingMoment =
  | { type: 'begin'; epochs: number; batches: number; resumed: boolean }
  | { type: 'epochBegin'; epoch: number; epochs: number }
  | { type: 'batchBegin'; epoch: number; batch: number; batches: number }
  | {
      type: 'batchEnd';
      epoch: number;
      batch: number;
      batches: number;
      learningRate: number;
      /** Still on the device: to read it (`await loss.item()`) makes a GPU wait. Disposed after the callback. */
      loss: Tensor;
      /** The norm of all gradients together before clipping, likewise; null while gradients are added up. */
      gradientNorm: Tensor | null;
    }
  | { type: 'validation'; epoch: number; loss: number; metrics: Record<string, number> }
  | { type: 'epochEnd'; record: EpochRecord }
  | { type: 'checkpoint'; name: 'last' | 'best'; epoch: number; batch: number }
  | { type: 'end'; history: TrainingHistory };

/** Called at every moment of a training, and awaited. An error that it throws ends the training. */
export type Callback = (moment: TrainingMoment) => void | Promise<void>;
