import { fromTypedArray } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { DataError } from '../error.ts';
import type { Module } from '../nn/module.ts';

/** One tensor, or one for each input of a model in the order of its `forward`. */
export type ModelInput = Tensor | readonly Tensor[];

/** What the model says about a batch. */
export function forwardBatch(model: Module, input: ModelInput): Tensor {
  const [first, ...more] = [input].flat() as [Tensor, ...never[]];
  return model.forward(first, ...more);
}

/** Anything that hands out inputs by their number: windows over a series, rows of a table. */
export interface InputSource<Input extends ModelInput = ModelInput> {
  readonly length: number;
  /**
   * Makes samples ready that `batch` will be asked for next, e.g. reads and decodes them in a worker. The trainer starts it
   * one batch ahead and waits for it before it asks for the batch.
   */
  prepare?(indices: Uint32Array, epoch: number): Promise<void>;
  /**
   * Tensors whose first dimension is `indices.length`. Whoever calls it disposes them. What is random in it (augmentation)
   * depends on a seed, `epoch` and the index alone, so that runs repeat and resume; epochs count from 1, and evaluation
   * gives none.
   */
  batch(indices: Uint32Array, epoch?: number): { input: Input };
}

/** Inputs with what the model should answer. */
export interface Dataset<Input extends ModelInput = ModelInput> extends InputSource<Input> {
  batch(indices: Uint32Array, epoch?: number): { input: Input; target: Tensor };
}

/** Numbers outside the engine, in row-major order. */
export interface Values {
  data: Float32Array;
  shape: readonly number[];
}

/** The values of a tensor, read from its device. */
export async function valuesOf(tensor: Tensor): Promise<Values> {
  return { data: Float32Array.from(await tensor.data()), shape: tensor.shape };
}

/** Values of an `ArrayDataset`; class numbers are an Int32Array. */
export interface ArrayValues {
  data: Float32Array | Int32Array;
  shape: readonly number[];
}

/** Samples that lie in memory one after the other; the first dimension counts them. */
export class ArrayDataset implements Dataset {
  readonly length: number;
  readonly #inputs: ArrayValues;
  readonly #targets: ArrayValues;

  /** Throws DataError when the shapes do not fit the data or each other, or a value is not finite. */
  constructor(inputs: ArrayValues, targets: ArrayValues) {
    checkValues('inputs', inputs);
    checkValues('targets', targets);
    if (inputs.shape[0] !== targets.shape[0]) {
      throw new DataError(
        `There are ${inputs.shape[0]} inputs but ${targets.shape[0]} targets; each input needs one.`,
      );
    }
    this.#inputs = inputs;
    this.#targets = targets;
    this.length = inputs.shape[0]!;
  }

  batch(indices: Uint32Array): { input: Tensor; target: Tensor } {
    return { input: gather(this.#inputs, indices), target: gather(this.#targets, indices) };
  }
}

function gather({ data, shape }: ArrayValues, indices: Uint32Array): Tensor {
  const size = data.length / shape[0]!;
  const rows =
    data instanceof Int32Array
      ? new Int32Array(indices.length * size)
      : new Float32Array(indices.length * size);
  for (const [position, index] of indices.entries()) {
    rows.set(data.subarray(index * size, (index + 1) * size), position * size);
  }
  return fromTypedArray(rows, [indices.length, ...shape.slice(1)]);
}

function checkValues(name: string, { data, shape }: ArrayValues): void {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (shape.length === 0 || size !== data.length || size === 0) {
    throw new DataError(
      `The ${name} of shape [${shape.join(', ')}] should hold ${size} values and hold ${data.length}; at least one sample is needed.`,
    );
  }
  const wrong = data.findIndex((value: number) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new DataError(
      `The ${name} hold ${data[wrong]} in sample ${Math.floor((wrong * shape[0]!) / size)}; fill or drop it before training.`,
    );
  }
}
