import type { Tensor } from 'azuraforge-core';
import { fromTypedArray } from 'azuraforge-core';
import type { ArrayValues } from '../trainer/dataset.ts';

/** A batch outside the engine. */
export interface HostBatch {
  input: ArrayValues;
  target: ArrayValues;
}

/** Makes batches that hold no tensor, so that it can work in another thread, see `PrefetchedDataset`. */
export interface BatchSource {
  readonly length: number;
  /** The arrays belong to the caller. The same samples in the same epoch give the same numbers. */
  load(indices: Uint32Array, epoch: number): HostBatch | Promise<HostBatch>;
}

/** The batch on the default device. */
export function batchTensors({ input, target }: HostBatch): { input: Tensor; target: Tensor } {
  return {
    input: fromTypedArray(input.data, input.shape),
    target: fromTypedArray(target.data, target.shape),
  };
}
