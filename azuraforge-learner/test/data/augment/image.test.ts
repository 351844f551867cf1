import { Generator } from 'azuraforge-core';
import { describe, expect, test } from '@jest/globals';
import {
  adjustBrightness,
  adjustContrast,
  adjustSaturation,
  colorJitter,
} from '../../../src/data/augment/color.ts';
import type { ImagePlanes, ImageTransform } from '../../../src/data/augment/image.ts';
import {
  cutout,
  randomCrop,
  randomHorizontalFlip,
  randomRotation,
  randomVerticalFlip,
  rotate,
} from '../../../src/data/augment/image.ts';
import { ArgumentError } from '../../../src/error.ts';
import { expectValuesClose } from '../../close.ts';
import { readFixture } from '../../fixture.ts';

interface Fixture {
  shape: [number, number, number];
  image: number[];
  rotated: { degrees: number; data: number[] }[];
  colour_shape: [number, number, number];
  pixels: number[];
  coloured: { name: 'brightness' | 'contrast' | 'saturation'; factor: number; pixels: number[] }[];
}

const fixture = await readFixture<Fixture>('augment');
const planes = (data: Iterable<number>, channels: number, height: number, width: number): ImagePlanes => ({
  channels,
  height,
  width,
  data: Float32Array.from(data),
});
const counted = planes([1, 2, 3, 4, 5, 6], 1, 2, 3);

test.each(fixture.rotated)('rotates by $degrees degrees as PyTorch does', ({ degrees, data }) => {
  const image = planes(fixture.image, ...fixture.shape);
  // A sample that falls on the edge takes a neighbour with a weight of 1e-7.
  expectValuesClose(rotate(image, degrees).data, data, 'rotated', 1e-5);
});

test.each(fixture.coloured)('changes $name by $factor as Pillow does', ({ name, factor, pixels }) => {
  const [height, width, channels] = fixture.colour_shape;
  const at = (plane: number, position: number): number => fixture.pixels[position * channels + plane]! / 255;
  const size = height * width;
  const image = planes(
    Array.from({ length: size * channels }, (_, index) => at(Math.floor(index / size), index % size)),
    channels,
    height,
    width,
  );
  const adjust = { brightness: adjustBrightness, contrast: adjustContrast, saturation: adjustSaturation }[
    name
  ];
  const { data } = adjust(image, factor);
  const wrong = pixels.flatMap((expected, index) => {
    const actual = data[(index % channels) * size + Math.floor(index / channels)]! * 255;
    // Pillow rounds the gray and the result to whole numbers.
    return Math.abs(actual - expected) <= 1.6 ? [] : [{ index, expected, actual }];
  });
  expect(wrong).toEqual([]);
});

describe('what is drawn', () => {
  test('a flip mirrors, with its probability', () => {
    const generator = new Generator(1);
    expect([...randomHorizontalFlip({ p: 1 })(counted, generator).data]).toEqual([3, 2, 1, 6, 5, 4]);
    expect([...randomVerticalFlip({ p: 1 })(counted, generator).data]).toEqual([4, 5, 6, 1, 2, 3]);
    expect(randomHorizontalFlip({ p: 0 })(counted, generator)).toEqual(counted);
    const flip = randomHorizontalFlip({ p: 0.3 });
    const flipped = Array.from({ length: 1000 }, () => flip(counted, generator).data[0] === 3).filter(
      Boolean,
    );
    expect(Math.abs(flipped.length - 300)).toBeLessThan(60);
  });

  test('a crop shifts by up to its padding, each shift as likely', () => {
    const generator = new Generator(2);
    const single = planes([0, 0, 0, 0, 1, 0, 0, 0, 0], 1, 3, 3);
    const crop = randomCrop({ padding: 1 });
    const places = Array.from({ length: 900 }, () => crop(single, generator).data.indexOf(1));
    for (let place = 0; place < 9; place += 1) {
      expect(Math.abs(places.filter((found) => found === place).length - 100)).toBeLessThan(40);
    }
    const shifted = randomCrop({ padding: 5, fill: -1 })(counted, new Generator(3));
    expect(shifted.data).toContain(-1);
  });

  test('a cut covers a square, all channels alike', () => {
    const image = planes(new Float32Array(2 * 8 * 8).fill(1), 2, 8, 8);
    const { data } = cutout({ size: 2, fill: 0.5 })(image, new Generator(5));
    const covered = [...data.subarray(0, 64).keys()].filter((index) => data[index] === 0.5);
    expect([...data.subarray(64)]).toEqual([...data.subarray(0, 64)]);
    expect(covered).toHaveLength(4);
    expect(covered.map((index) => index - covered[0]!)).toEqual([0, 1, 8, 9]);
  });

  test('gray images keep their saturation', () => {
    expect(adjustSaturation(counted, 0)).toBe(counted);
  });
});

const transforms: [string, ImageTransform][] = [
  ['flip', randomHorizontalFlip()],
  ['crop', randomCrop({ padding: 2 })],
  ['rotation', randomRotation({ degrees: 20 })],
  ['colour', colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4 })],
  ['cutout', cutout({ size: 3 })],
];

test.each(transforms)(
  '%s gives the same numbers for the same seed and leaves its argument alone',
  (_, transform) => {
    const image = planes(
      Array.from({ length: 75 }, (_unused, index) => (index * 37) % 1.01),
      3,
      5,
      5,
    );
    const before = image.data.slice();
    const runs = [1, 1, 2, 3, 4].map((seed) => transform(image, new Generator(seed)).data);
    expect(runs[0]).toEqual(runs[1]);
    expect(runs.slice(2).some((data) => data.some((value, index) => value !== runs[0]![index]))).toBe(true);
    expect(image.data).toEqual(before);
  },
);

test('options out of range are refused', () => {
  const wrong: (() => unknown)[] = [
    () => randomHorizontalFlip({ p: 1.5 }),
    () => randomCrop({ padding: 0 }),
    () => randomRotation({ degrees: -1 }),
    () => colorJitter({ contrast: 2 }),
    () => cutout({ size: 0.5 }),
  ];
  for (const make of wrong) expect(make).toThrow(ArgumentError);
});
