import type { Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ArgumentError, DataError } from '../error.ts';
import type { ArrayValues, Dataset } from '../trainer/dataset.ts';
import type { ImagePlanes, ImageTransform } from './augment/image.ts';
import { mixup, oneHot } from './augment/mixup.ts';
import type { BatchSource, HostBatch } from './batch-source.ts';
import { batchTensors } from './batch-source.ts';
import { sampleGenerator } from './sample-generator.ts';

/** `images × channels × height × width` bytes, plane after plane. */
export interface ImageBytes {
  pixels: Uint8Array;
  shape: readonly [images: number, channels: number, height: number, width: number];
}

export interface ImageDatasetOptions extends ImageBytes {
  /** A class number for each image. */
  labels: ArrayLike<number>;
  classes: number;
  /** For each channel, of values from 0 to 1, see `channelStatistics`; default 0 and 1. */
  mean?: readonly number[];
  std?: readonly number[];
  /** Changes by chance, one after the other, other ones in each epoch. For the training part only. */
  augment?: readonly ImageTransform[];
  /** Blends the images of a batch; the targets are then probabilities `[batch, classes]`. */
  mixup?: { alpha: number };
  /** Seeds `augment` and `mixup`. Default 0. */
  seed?: number;
}

/** Images in memory: inputs `[batch, channels, height, width]`, targets `[batch]` (int32 class numbers). */
export class ImageDataset implements Dataset, BatchSource {
  readonly length: number;
  readonly #options: ImageDatasetOptions;
  /** What each byte becomes, by channel, where nothing else changes it. */
  readonly #normalized: readonly Float32Array[];

  /** Throws DataError for no image, bytes that do not fill the shape, and a label out of range. */
  constructor(options: ImageDatasetOptions) {
    checkImages(options);
    const { shape, labels, classes } = options;
    if (labels.length !== shape[0]) {
      throw new DataError(`There are ${shape[0]} images but ${labels.length} labels; each image needs one.`);
    }
    if (!Number.isSafeInteger(classes) || classes < 2) {
      throw new DataError(`ImageDataset: there are ${classes} classes; a classifier needs at least two.`);
    }
    for (let index = 0; index < labels.length; index += 1) {
      const label = labels[index]!;
      if (Number.isInteger(label) && label >= 0 && label < classes) continue;
      throw new DataError(
        `Image ${index} has the label ${label}, but there are ${classes} classes: it must be a whole number from 0 to ${classes - 1}.`,
      );
    }
    this.length = shape[0];
    this.#options = options;
    this.#normalized = normalization(options);
  }

  batch(indices: Uint32Array, epoch = 0): { input: Tensor; target: Tensor } {
    return batchTensors(this.load(indices, epoch));
  }

  load(indices: Uint32Array, epoch: number): HostBatch {
    const { shape, labels, classes, mixup: mixing, seed = 0 } = this.#options;
    const [, channels, height, width] = shape;
    const size = channels * height * width;
    const data = new Float32Array(indices.length * size);
    for (const [position, index] of indices.entries()) this.#write(data, position * size, index, epoch);
    const input = { data, shape: [indices.length, ...shape.slice(1)] };
    const targets = Int32Array.from(indices, (index) => labels[index]!);
    const target: ArrayValues = { data: targets, shape: [indices.length] };
    if (!mixing || indices.length === 0) return { input, target };
    // Beyond the samples, so that the numbers of the batch are not those of its first image.
    const generator = sampleGenerator(seed, epoch, this.length + indices[0]!);
    const mixed = mixup(input, oneHot(targets, classes), { ...mixing, generator });
    return { input: mixed.inputs, target: mixed.targets };
  }

  #write(data: Float32Array, offset: number, index: number, epoch: number): void {
    const { pixels, shape, augment = [], seed = 0 } = this.#options;
    const [, channels, height, width] = shape;
    const plane = height * width;
    const size = channels * plane;
    const bytes = pixels.subarray(index * size, (index + 1) * size);
    if (augment.length === 0) {
      for (let position = 0; position < size; position += 1) {
        data[offset + position] = this.#normalized[Math.floor(position / plane)]![bytes[position]!]!;
      }
      return;
    }
    const generator = sampleGenerator(seed, epoch, index);
    let image: ImagePlanes = {
      channels,
      height,
      width,
      data: Float32Array.from(bytes, (byte) => byte / 255),
    };
    for (const transform of augment) image = transform(image, generator);
    const { mean, std } = statisticsOf(this.#options);
    for (let position = 0; position < size; position += 1) {
      const channel = Math.floor(position / plane);
      data[offset + position] = (image.data[position]! - mean[channel]!) / std[channel]!;
    }
  }
}

/**
 * Mean and deviation of each channel over all images, of values from 0 to 1. Take them from the training part only.
 * Throws DataError that names a channel in which all pixels are the same.
 */
export function channelStatistics(images: ImageBytes): { mean: number[]; std: number[] } {
  checkImages(images);
  const [count, channels, height, width] = images.shape;
  const plane = height * width;
  const mean: number[] = [];
  const std: number[] = [];
  for (let channel = 0; channel < channels; channel += 1) {
    let sum = 0;
    let squares = 0;
    for (let image = 0; image < count; image += 1) {
      const start = (image * channels + channel) * plane;
      for (let position = start; position < start + plane; position += 1) {
        const byte = images.pixels[position]!;
        sum += byte;
        squares += byte * byte;
      }
    }
    const pixels = count * plane;
    const variance = squares / pixels - (sum / pixels) ** 2;
    if (variance <= 0) {
      throw new DataError(
        `Channel ${channel} is ${sum / pixels} in every pixel of every image, so nothing can be learned from it. Check how the images were read.`,
      );
    }
    mean.push(sum / pixels / 255);
    std.push(Math.sqrt(variance) / 255);
  }
  return { mean, std };
}

function checkImages({ pixels, shape }: ImageBytes): void {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (shape.length !== 4 || size !== pixels.length || size === 0) {
    throw new DataError(
      `The images of shape [${shape.join(', ')}] should hold ${size} bytes and hold ${pixels.length}; it must be [images, channels, height, width], with at least one image.`,
    );
  }
}

function statisticsOf({ shape, mean, std }: ImageDatasetOptions): {
  mean: readonly number[];
  std: readonly number[];
} {
  const channels = shape[1];
  return {
    mean: mean ?? Array.from({ length: channels }, () => 0),
    std: std ?? Array.from({ length: channels }, () => 1),
  };
}

function normalization(options: ImageDatasetOptions): Float32Array[] {
  const channels = options.shape[1];
  const { mean, std } = statisticsOf(options);
  if (mean.length !== channels || std.length !== channels) {
    throw new ArgumentError(
      `ImageDataset: got ${mean.length} means and ${std.length} deviations for ${channels} channels; each channel needs one.`,
    );
  }
  return mean.map((offset, channel) => {
    checkRange(`mean[${channel}]`, offset);
    checkRange(`std[${channel}]`, std[channel]!, { above: 0 });
    return Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - offset) / std[channel]!);
  });
}
