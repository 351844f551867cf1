import type { Tensor } from 'azuraforge-core';
import { fromTypedArray } from 'azuraforge-core';
import type { ArrayValues } from '../trainer/dataset.ts';

/** One array, or one for each input of a model in the order of its `forward`. */
export type HostInput = ArrayValues | readonly ArrayValues[];

/** A batch outside the engine. */
export interface HostBatch<Input extends HostInput = ArrayValues> {
  input: Input;
  target: ArrayValues;
}

/** A batch on a device, with one tensor for each array. */
export interface TensorBatch<Input extends HostInput> {
  input: Input extends ArrayValues ? Tensor : readonly Tensor[];
  target: Tensor;
}

/** Makes batches that hold no tensor, so that it can work in another thread, see `PrefetchedDataset`. */
export interface BatchSource<Input extends HostInput = HostInput> {
  readonly length: number;
  /** The arrays belong to the caller. The same samples in the same epoch give the same numbers. */
  load(indices: Uint32Array, epoch: number): HostBatch<Input> | Promise<HostBatch<Input>>;
}

/** The batch on the default device. */
export function batchTensors<Input extends HostInput>({
  input,
  target,
}: HostBatch<Input>): TensorBatch<Input> {
  const tensors = 'data' in input ? tensorOf(input) : input.map(tensorOf);
  return { input: tensors as TensorBatch<Input>['input'], target: tensorOf(target) };
}

function tensorOf({ data, shape }: ArrayValues): Tensor {
  return fromTypedArray(data, shape);
}
