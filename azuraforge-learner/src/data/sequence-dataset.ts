import type { Tensor } from 'azuraforge-core';
import { checkCount } from '../argument.ts';
import { ArgumentError, DataError } from '../error.ts';
import type { Dataset } from '../trainer/dataset.ts';
import type { BatchSource, HostBatch } from './batch-source.ts';
import { batchTensors } from './batch-source.ts';

export interface SequenceDatasetOptions {
  /** Tokens of each text. */
  sequences: readonly ArrayLike<number>[];
  /** A class number for each text. */
  labels: ArrayLike<number>;
  classes: number;
  /** Every text is brought to this length, so that all batches have one shape. */
  length: number;
  /** The token that fills up short texts. */
  padding: number;
  /** Which end of a text that is too long stays. Default `start`. */
  keep?: 'start' | 'end';
}

/**
 * Texts with a class each: inputs `[batch, length]`, targets `[batch]`, both int32. Padding comes after the text, as
 * for torch's `pad_sequence` with batch_first.
 */
export class SequenceDataset implements Dataset, BatchSource {
  readonly length: number;
  readonly #inputs: Int32Array;
  readonly #width: number;
  readonly #labels: Int32Array;
  /** How many tokens of each text are not padding. */
  readonly lengths: Int32Array;

  /** Throws DataError that names the text that is empty or whose label is out of range. */
  constructor({ sequences, labels, classes, length, padding, keep = 'start' }: SequenceDatasetOptions) {
    checkCount('length', length);
    checkLabels(sequences.length, labels, classes);
    if (!Number.isSafeInteger(padding) || padding < 0) {
      throw new ArgumentError(`padding is ${padding}; it must be a token, a whole number from 0 up.`);
    }
    this.length = sequences.length;
    this.#width = length;
    this.#labels = Int32Array.from(labels);
    this.#inputs = new Int32Array(sequences.length * length).fill(padding);
    this.lengths = new Int32Array(sequences.length);
    for (const [index, sequence] of sequences.entries()) {
      const tokens = Array.from(sequence);
      if (tokens.length === 0) {
        throw new DataError(`Text ${index} has no tokens. Remove it, or give it at least one.`);
      }
      const wrong = tokens.find((token) => !Number.isInteger(token) || token < 0);
      if (wrong !== undefined) {
        throw new DataError(`Text ${index} holds the token ${wrong}; tokens are whole numbers from 0 up.`);
      }
      const kept = keep === 'start' ? tokens.slice(0, length) : tokens.slice(-length);
      this.#inputs.set(kept, index * length);
      this.lengths[index] = kept.length;
    }
  }

  batch(indices: Uint32Array): { input: Tensor; target: Tensor } {
    return batchTensors(this.load(indices));
  }

  load(indices: Uint32Array): HostBatch {
    const width = this.#width;
    const data = new Int32Array(indices.length * width);
    for (const [position, index] of indices.entries()) {
      data.set(this.#inputs.subarray(index * width, (index + 1) * width), position * width);
    }
    const targets = Int32Array.from(indices, (index) => this.#labels[index]!);
    return {
      input: { data, shape: [indices.length, width] },
      target: { data: targets, shape: [indices.length] },
    };
  }
}

function checkLabels(texts: number, labels: ArrayLike<number>, classes: number): void {
  if (texts === 0) throw new DataError('There are no texts. Give at least one of each class.');
  if (labels.length !== texts) {
    throw new DataError(`There are ${texts} texts but ${labels.length} labels; each text needs one.`);
  }
  if (!Number.isSafeInteger(classes) || classes < 2) {
    throw new DataError(`SequenceDataset: there are ${classes} classes; a classifier needs at least two.`);
  }
  for (let index = 0; index < labels.length; index += 1) {
    const label = labels[index]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new DataError(
      `Text ${index} has the label ${label}, but there are ${classes} classes: it must be a whole number from 0 to ${classes - 1}.`,
    );
  }
}
