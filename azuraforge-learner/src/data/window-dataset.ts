import type { Tensor } from 'azuraforge-core';
import { fromTypedArray } from 'azuraforge-core';
import type { Dataset } from '../trainer/dataset.ts';
import type { SeriesTransform, SeriesWindow } from './augment/series.ts';
import type { Matrix } from './matrix.ts';
import { sampleGenerator } from './sample-generator.ts';

export interface WindowDatasetOptions {
  /** Scaled inputs; matrix row 0 belongs to series row `lag`. */
  inputs: Matrix;
  lag: number;
  /** Rows in one sample, the last of which is the origin. */
  window: number;
  /** Series row of each sample's last input. */
  origins: Int32Array;
  /** Scaled targets, one row for each origin. */
  targets: Matrix;
  /** Changes of the inputs by chance, one after the other, other ones in each epoch. For the training part only. */
  augment?: readonly SeriesTransform[];
  /** Seeds `augment`. Default 0. */
  seed?: number;
}

/** Sliding windows over a series: inputs `[batch, window, features]`, targets `[batch, horizon]`. */
export class WindowDataset implements Dataset {
  readonly length: number;
  readonly #inputs: Float32Array;
  readonly #features: number;
  readonly #targets: Float32Array;
  readonly #horizon: number;
  readonly #options: WindowDatasetOptions;

  constructor(options: WindowDatasetOptions) {
    this.length = options.origins.length;
    this.#inputs = Float32Array.from(options.inputs.data);
    this.#features = options.inputs.names.length;
    this.#targets = Float32Array.from(options.targets.data);
    this.#horizon = options.targets.names.length;
    this.#options = options;
  }

  batch(indices: Uint32Array, epoch = 0): { input: Tensor; target: Tensor } {
    const { window } = this.#options;
    const size = window * this.#features;
    const inputs = new Float32Array(indices.length * size);
    const targets = new Float32Array(indices.length * this.#horizon);
    for (const [position, index] of indices.entries()) {
      const end = (this.#options.origins[index] ?? 0) - this.#options.lag + 1;
      const rows = this.#inputs.subarray((end - window) * this.#features, end * this.#features);
      inputs.set(this.#augmented(rows, epoch, index), position * size);
      targets.set(
        this.#targets.subarray(index * this.#horizon, (index + 1) * this.#horizon),
        position * this.#horizon,
      );
    }
    return {
      input: fromTypedArray(inputs, [indices.length, window, this.#features]),
      target: fromTypedArray(targets, [indices.length, this.#horizon]),
    };
  }

  #augmented(rows: Float32Array, epoch: number, index: number): Float32Array {
    const { window, augment = [], seed = 0 } = this.#options;
    if (augment.length === 0) return rows;
    const generator = sampleGenerator(seed, epoch, index);
    let series: SeriesWindow = { steps: window, features: this.#features, data: rows };
    for (const transform of augment) series = transform(series, generator);
    return series.data;
  }
}
