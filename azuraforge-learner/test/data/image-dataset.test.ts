import { describe, expect, test } from '@jest/globals';
import { randomCrop, randomHorizontalFlip } from '../../src/data/augment/image.ts';
import { readIdx } from '../../src/data/idx.ts';
import type { ImageDatasetOptions } from '../../src/data/image-dataset.ts';
import { channelStatistics, ImageDataset } from '../../src/data/image-dataset.ts';
import { ArgumentError, DataError } from '../../src/error.ts';

const pixels = Uint8Array.from({ length: 4 * 2 * 3 * 3 }, (_, index) => (index * 41) % 256);
const images: ImageDatasetOptions = { pixels, shape: [4, 2, 3, 3], labels: [0, 1, 2, 1], classes: 3 };
const of = (...indices: number[]): Uint32Array => Uint32Array.from(indices);

test('gives normalized planes and class numbers', async () => {
  const { mean, std } = channelStatistics(images);
  const { input, target } = new ImageDataset({ ...images, mean, std }).batch(of(2, 0));
  expect(input.shape).toEqual([2, 2, 3, 3]);
  expect(target.dtype).toBe('int32');
  expect([...(await target.data())]).toEqual([2, 0]);
  const data = await input.data();
  expect(data[9]).toBeCloseTo((pixels[2 * 18 + 9]! / 255 - mean[1]!) / std[1]!, 5);
  const all = await new ImageDataset({ ...images, mean, std }).batch(of(0, 1, 2, 3)).input.data();
  const second = [...all].filter((_, index) => Math.floor(index / 9) % 2 === 1);
  expect(second.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4);
  expect(second.reduce((sum, value) => sum + value * value, 0) / second.length).toBeCloseTo(1, 4);
});

describe('augmentation', () => {
  const augmented = new ImageDataset({
    ...images,
    augment: [randomCrop({ padding: 1 }), randomHorizontalFlip()],
    seed: 7,
  });
  const image = (indices: number[], epoch: number, position: number, dataset = augmented): number[] => [
    ...dataset.load(of(...indices), epoch).input.data.subarray(position * 18, (position + 1) * 18),
  ];

  test('changes a sample the same way in any batch, and another way in another epoch', () => {
    expect(image([0, 1, 2], 3, 2)).toEqual(image([2], 3, 0));
    const epochs = Array.from({ length: 8 }, (_, epoch) => image([2], epoch, 0).join());
    expect(new Set(epochs).size).toBeGreaterThan(3);
  });

  test('is the same for the same seed, another for another', () => {
    const augment = [randomCrop({ padding: 1 }), randomHorizontalFlip()];
    const run = (seed: number): number[] =>
      image([0, 1, 2, 3], 1, 1, new ImageDataset({ ...images, augment, seed }));
    expect(run(7)).toEqual(image([1], 1, 0));
    expect(new Set([1, 2, 3, 4, 5].map((seed) => run(seed).join())).size).toBeGreaterThan(1);
  });

  test('mixup gives probabilities for targets', () => {
    const dataset = new ImageDataset({ ...images, mixup: { alpha: 1 } });
    const { target } = dataset.load(of(0, 1, 2), 1);
    expect(target.shape).toEqual([3, 3]);
    for (let row = 0; row < 3; row += 1) {
      expect(
        [...target.data.subarray(row * 3, row * 3 + 3)].reduce((sum, value) => sum + value, 0),
      ).toBeCloseTo(1, 6);
    }
    expect(dataset.load(of(0, 1, 2), 1).target).toEqual(target);
  });
});

test.each<[string, Partial<ImageDatasetOptions>, RegExp]>([
  ['no image', { pixels: new Uint8Array(), shape: [0, 2, 3, 3], labels: [] }, /at least one image/],
  ['bytes cut off', { pixels: pixels.subarray(1) }, /should hold 72 bytes and hold 71/],
  ['a label out of range', { labels: [0, 1, 3, 1] }, /Image 2 has the label 3, but there are 3 classes/],
  ['labels that are missing', { labels: [0] }, /4 images but 1 labels/],
  ['one class', { labels: [0, 0, 0, 0], classes: 1 }, /at least two/],
])('refuses %s', (_, change, message) => {
  const make = (): unknown => new ImageDataset({ ...images, ...change });
  expect(make).toThrow(DataError);
  expect(make).toThrow(message);
});

test('refuses statistics that do not fit, and images without contrast', () => {
  expect(() => new ImageDataset({ ...images, mean: [0] })).toThrow(ArgumentError);
  expect(() => new ImageDataset({ ...images, std: [1, 0] })).toThrow(/std\[1\] is 0/);
  const flat = { pixels: Uint8Array.of(1, 2, 9, 9), shape: [1, 2, 1, 2] as const };
  expect(() => channelStatistics(flat)).toThrow(/Channel 1 is 9 in every pixel/);
});

describe('IDX', () => {
  const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);

  test('is read with its shape', () => {
    expect(readIdx(file)).toEqual({ data: Uint8Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
  });

  test.each<[string, Uint8Array]>([
    ['empty', new Uint8Array()],
    ['packed', Uint8Array.of(0x1f, 0x8b, 8, 0)],
    ['cut off', file.subarray(0, 17)],
    ['cut off in its head', file.subarray(0, 6)],
    ['too long', Uint8Array.of(...file, 7)],
  ])('that is %s is an error that names the file', (_, bytes) => {
    expect(() => readIdx(bytes, 'labels-idx1')).toThrow(DataError);
    expect(() => readIdx(bytes, 'labels-idx1')).toThrow(/^labels-idx1 /);
  });
});
