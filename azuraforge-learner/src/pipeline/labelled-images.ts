import { Generator } from 'azuraforge-core';
import { byteHash } from '../data/byte-hash.ts';
import type { ImageBytes } from '../data/image-dataset.ts';
import type { IndexSplit } from '../data/random-split.ts';
import { stratifiedSplit } from '../data/random-split.ts';
import { DataError } from '../error.ts';
import { checkLabels, checkVariety } from './class-labels.ts';

/** Images of one size with a class number each. */
export interface Labelled extends ImageBytes {
  labels: ArrayLike<number>;
}

/** What an image classifier learns from. */
export interface LabelledImages extends Labelled {
  /** The names of the classes for people; a label is a place in it. */
  classNames: readonly string[];
  /** A test part of its own. Without it, `test_fraction` of the images become it. */
  test?: Labelled;
}

interface SplitConfig {
  validation_fraction: number;
  test_fraction: number;
  seed: number;
}

export interface ImageParts {
  train: Labelled;
  validation: Labelled;
  test: Labelled;
}

/** Parts in which each class has its share. Throws DataError that says what is wrong with images or labels. */
export function splitImages(images: LabelledImages, config: SplitConfig): ImageParts {
  const split = splitIndices(images, config);
  return {
    train: imagesAt(images, split.train),
    validation: imagesAt(images, split.validation),
    test: images.test ?? imagesAt(images, split.test),
  };
}

/** Which images belong to which part; none to the test part where the data brings its own. Throws as `splitImages`. */
export function splitIndices(images: LabelledImages, config: SplitConfig): IndexSplit {
  checkImages('image', images, images.classNames);
  const { test } = images;
  if (test) {
    checkImages('test image', test, images.classNames);
    if (test.shape.slice(1).join() !== images.shape.slice(1).join()) {
      throw new DataError(
        `Test images are of the shape [${test.shape.slice(1).join(', ')}], the others of [${images.shape.slice(1).join(', ')}]. Bring all images to one size.`,
      );
    }
  }
  checkVariety('image', images.labels, images.classNames);
  const fractions = { validation: config.validation_fraction, test: test ? 0 : config.test_fraction };
  const names = Array.from(images.labels, (label) => images.classNames[label]!);
  return stratifiedSplit(names, fractions, new Generator(config.seed));
}

/** `sha256:…` over shapes, class names, pixels and labels. */
export function imagesHash(images: LabelledImages): Promise<string> {
  const parts = images.test ? [images, images.test] : [images];
  const head = [images.classNames, ...parts.map(({ shape }) => shape)];
  return byteHash([
    new TextEncoder().encode(JSON.stringify(head)),
    ...parts.flatMap(({ pixels, labels }) => [pixels, new Uint8Array(Int32Array.from(labels).buffer)]),
  ]);
}

function checkImages(what: string, { pixels, shape, labels }: Labelled, classNames: readonly string[]): void {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (shape.length !== 4 || size !== pixels.length || size === 0) {
    throw new DataError(
      `The ${what}s of shape [${shape.join(', ')}] should hold ${size} bytes and hold ${pixels.length}; the shape must be [images, channels, height, width], with at least one image.`,
    );
  }
  checkLabels(what, shape[0], labels, classNames);
}

export function imagesAt({ pixels, shape, labels }: Labelled, indices: Uint32Array): Labelled {
  const size = shape[1] * shape[2] * shape[3];
  const chosen = new Uint8Array(indices.length * size);
  for (const [position, index] of indices.entries()) {
    chosen.set(pixels.subarray(index * size, (index + 1) * size), position * size);
  }
  return {
    pixels: chosen,
    shape: [indices.length, shape[1], shape[2], shape[3]],
    labels: Int32Array.from(indices, (index) => labels[index]!),
  };
}
