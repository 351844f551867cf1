import type { Tensor } from 'azuraforge-core';
import { DataError } from '../error.ts';
import type { ArrayValues, Dataset } from '../trainer/dataset.ts';
import type { BatchSource, HostBatch } from './batch-source.ts';
import { batchTensors } from './batch-source.ts';
import type { ImageDataset } from './image-dataset.ts';
import { sampleGenerator } from './sample-generator.ts';
import type { SequenceDataset } from './sequence-dataset.ts';

/** Which half of a sample is hidden from the model in an epoch, if any. */
export type Blanking = (index: number, epoch: number) => 'text' | 'image' | null;

export interface TextImageDatasetOptions {
  texts: SequenceDataset;
  /** Of the same samples; their labels are the targets. */
  images: ImageDataset;
  /** Stands for a text that is hidden; an image becomes the mean of all images, which is 0. */
  blankToken: number;
  /** Fills up texts after their end. */
  padding: number;
  /** Default: nothing is hidden. */
  blank?: Blanking;
}

/** Not the numbers that the augmentation of the same image draws. */
const STREAM = 1;

/** Hides the text or the image, one as often as the other, of this share of the samples: other ones in each epoch. */
export function randomBlanking(share: number, seed: number): Blanking {
  return (index, epoch) => {
    const drawn = sampleGenerator(seed + STREAM, epoch, index).random();
    if (drawn >= share) return null;
    return drawn < share / 2 ? 'text' : 'image';
  };
}

/**
 * Samples of a text and an image each: inputs `[batch, length]` (int32) and `[batch, channels, height, width]`, targets
 * `[batch]` (int32 class numbers).
 */
export class TextImageDataset implements Dataset<readonly Tensor[]>, BatchSource<readonly ArrayValues[]> {
  readonly length: number;
  readonly #options: TextImageDatasetOptions;

  /** Throws DataError unless there are as many texts as images. */
  constructor(options: TextImageDatasetOptions) {
    const { texts, images } = options;
    if (texts.length !== images.length) {
      throw new DataError(
        `There are ${texts.length} texts but ${images.length} images; each text needs one.`,
      );
    }
    this.length = images.length;
    this.#options = options;
  }

  batch(indices: Uint32Array, epoch = 0): { input: readonly Tensor[]; target: Tensor } {
    return batchTensors(this.load(indices, epoch));
  }

  load(indices: Uint32Array, epoch: number): HostBatch<readonly ArrayValues[]> {
    const { texts, images, blankToken, padding, blank } = this.#options;
    const { input: words } = texts.load(indices);
    const { input: pixels, target } = images.load(indices, epoch);
    for (const [position, index] of indices.entries()) {
      switch (blank?.(index, epoch)) {
        case 'text':
          rowOf(words, position).fill(padding).fill(blankToken, 0, 1);
          break;
        case 'image':
          rowOf(pixels, position).fill(0);
      }
    }
    return { input: [words, pixels], target };
  }
}

function rowOf({ data, shape }: ArrayValues, position: number): Float32Array | Int32Array {
  const size = data.length / shape[0]!;
  return data.subarray(position * size, (position + 1) * size);
}
