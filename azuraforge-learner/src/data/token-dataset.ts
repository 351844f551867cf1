import type { Tensor } from 'azuraforge-core';
import { checkCount } from '../argument.ts';
import { DataError } from '../error.ts';
import type { Dataset } from '../trainer/dataset.ts';
import type { BatchSource, HostBatch } from './batch-source.ts';
import { batchTensors } from './batch-source.ts';
import { sampleGenerator } from './sample-generator.ts';

export interface TokenDatasetOptions {
  tokens: Int32Array;
  /** Tokens that the model sees. */
  window: number;
  /** How far the windows lie apart. Default: `window`, so that each token is a target once. */
  stride?: number;
  /**
   * Moves all windows of an epoch by a number of tokens below `stride`, drawn from this seed and the epoch, so that tokens
   * do not always stand at the same place. Default: they stay.
   */
  seed?: number;
}

/**
 * Windows of a text for a language model: inputs `[batch, window]`, targets `[batch, window]`, which are the tokens one
 * further on. Both are int32. Tokens at the end that fill no window are left out.
 */
export class TokenDataset implements Dataset, BatchSource {
  readonly length: number;
  readonly #tokens: Int32Array;
  readonly #window: number;
  readonly #stride: number;
  readonly #seed: number | undefined;

  /** Throws DataError for a text that is shorter than a window, the token after it and the way it may be moved. */
  constructor({ tokens, window, stride = window, seed }: TokenDatasetOptions) {
    checkCount('window', window);
    checkCount('stride', stride);
    const room = tokens.length - 1 - (seed === undefined ? 0 : stride - 1);
    if (room < window) {
      throw new DataError(
        `The text has ${tokens.length} tokens, too few for a window of ${window} and the ${tokens.length - room} after it. Lower window or give a longer text.`,
      );
    }
    const negative = tokens.findIndex((token) => token < 0);
    if (negative >= 0) {
      throw new DataError(`Token ${negative} is ${tokens[negative]}; tokens are whole numbers from 0 up.`);
    }
    this.length = Math.floor((room - window) / stride) + 1;
    this.#tokens = tokens;
    this.#window = window;
    this.#stride = stride;
    this.#seed = seed;
  }

  batch(indices: Uint32Array, epoch?: number): { input: Tensor; target: Tensor } {
    return batchTensors(this.load(indices, epoch));
  }

  load(indices: Uint32Array, epoch?: number): HostBatch {
    const shift = this.#shift(epoch);
    const shape = [indices.length, this.#window];
    const input = new Int32Array(indices.length * this.#window);
    const target = new Int32Array(input.length);
    for (const [position, index] of indices.entries()) {
      const start = index * this.#stride + shift;
      input.set(this.#tokens.subarray(start, start + this.#window), position * this.#window);
      target.set(this.#tokens.subarray(start + 1, start + 1 + this.#window), position * this.#window);
    }
    return { input: { data: input, shape }, target: { data: target, shape } };
  }

  #shift(epoch: number | undefined): number {
    if (this.#seed === undefined || epoch === undefined) return 0;
    return Math.floor(sampleGenerator(this.#seed, epoch, 0).random() * this.#stride);
  }
}
