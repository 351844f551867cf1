import type { Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import type { Dataset, ModelInput } from '../trainer/dataset.ts';

/** Some samples of a data set, for instance one part of a split; sample 0 is the first of `indices`. */
export class Subset<Input extends ModelInput = ModelInput> implements Dataset<Input> {
  readonly length: number;
  readonly #dataset: Dataset<Input>;
  readonly #indices: Uint32Array;

  /** Throws ArgumentError for a sample that the data set does not have. */
  constructor(dataset: Dataset<Input>, indices: Uint32Array) {
    const wrong = indices.find((index) => index >= dataset.length);
    if (wrong !== undefined) {
      throw new ArgumentError(`Subset: there is no sample ${wrong} in a data set of ${dataset.length}.`);
    }
    this.length = indices.length;
    this.#dataset = dataset;
    this.#indices = indices;
  }

  batch(indices: Uint32Array, epoch?: number): { input: Input; target: Tensor } {
    return this.#dataset.batch(this.#renumbered(indices), epoch);
  }

  async prepare(indices: Uint32Array, epoch: number): Promise<void> {
    await this.#dataset.prepare?.(this.#renumbered(indices), epoch);
  }

  #renumbered(indices: Uint32Array): Uint32Array {
    return indices.map((index) => this.#indices[index]!);
  }
}
