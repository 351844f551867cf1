import type { Tensor } from 'azuraforge-core';
import { checkCount } from '../argument.ts';
import { DataError } from '../error.ts';
import type { Dataset } from '../trainer/dataset.ts';
import type { BatchSource, HostBatch } from './batch-source.ts';
import { batchTensors } from './batch-source.ts';

export interface TokenDatasetOptions {
  tokens: Int32Array;
  /** Tokens that the model sees. */
  window: number;
  /** How far the windows lie apart. Default: `window`, so that each token is a target once. */
  stride?: number;
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

  /** Throws DataError for a text that is shorter than a window and the token after it. */
  constructor({ tokens, window, stride = window }: TokenDatasetOptions) {
    checkCount('window', window);
    checkCount('stride', stride);
    if (tokens.length <= window) {
      throw new DataError(
        `The text has ${tokens.length} tokens, too few for a window of ${window} and the token after it. Lower window or give a longer text.`,
      );
    }
    const negative = tokens.findIndex((token) => token < 0);
    if (negative >= 0) {
      throw new DataError(`Token ${negative} is ${tokens[negative]}; tokens are whole numbers from 0 up.`);
    }
    this.length = Math.floor((tokens.length - 1 - window) / stride) + 1;
    this.#tokens = tokens;
    this.#window = window;
    this.#stride = stride;
  }

  batch(indices: Uint32Array): { input: Tensor; target: Tensor } {
    return batchTensors(this.load(indices));
  }

  load(indices: Uint32Array): HostBatch {
    const shape = [indices.length, this.#window];
    const input = new Int32Array(indices.length * this.#window);
    const target = new Int32Array(input.length);
    for (const [position, index] of indices.entries()) {
      const start = index * this.#stride;
      input.set(this.#tokens.subarray(start, start + this.#window), position * this.#window);
      target.set(this.#tokens.subarray(start + 1, start + 1 + this.#window), position * this.#window);
    }
    return { input: { data: input, shape }, target: { data: target, shape } };
  }
}
