import { fromTypedArray } from 'azuraforge-core';
import type { Generator, Tensor } from 'azuraforge-core';
import { DataError } from '../error.ts';

/** Anything that hands out inputs by their number: windows over a series, rows of a table. */
export interface InputSource {
  readonly length: number;
  /** A tensor whose first dimension is `indices.length`. Whoever calls it disposes it. */
  batch(indices: Uint32Array): { input: Tensor };
  /**
   * For a data set whose batches are made elsewhere: awaited before each batch, and told that one and those that come
   * after it, so that they can be made meanwhile.
   */
  prepare?(upcoming: readonly Uint32Array[], epoch: number): Promise<void>;
}

/** Inputs with what the model should answer. */
export interface Dataset extends InputSource {
  /** `epoch` matters only to a data set that augments: it draws other changes in each. Default 0. */
  batch(indices: Uint32Array, epoch?: number): { input: Tensor; target: Tensor };
  /** Takes the source of all that is random in its batches, which a checkpoint saves. */
  useGenerator?(generator: Generator): void;
}

/** Numbers outside the engine, in row-major order. */
export interface Values {
  data: Float32Array;
  shape: readonly number[];
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
