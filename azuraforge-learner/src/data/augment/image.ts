import type { Generator } from 'azuraforge-core';
import { checkCount, checkRange } from '../../argument.ts';
import { uniform } from '../sample-generator.ts';

/** `channels × height × width` values from 0 to 1, plane after plane. */
export interface ImagePlanes {
  channels: number;
  height: number;
  width: number;
  data: Float32Array;
}

/** A change by chance; gives an image of the same size and leaves its argument as it is. */
export type ImageTransform = (image: ImagePlanes, generator: Generator) => ImagePlanes;

/** Mirrors left and right with the probability `p`. */
export function randomHorizontalFlip({ p = 0.5 }: { p?: number } = {}): ImageTransform {
  checkRange('p', p, { minimum: 0, maximum: 1 });
  return (image, generator) =>
    generator.random() < p ? moved(image, (row, column) => [row, image.width - 1 - column]) : image;
}

/** Mirrors top and bottom with the probability `p`. */
export function randomVerticalFlip({ p = 0.5 }: { p?: number } = {}): ImageTransform {
  checkRange('p', p, { minimum: 0, maximum: 1 });
  return (image, generator) =>
    generator.random() < p ? moved(image, (row, column) => [image.height - 1 - row, column]) : image;
}

/** Pads each side with `padding` pixels of `fill` and cuts out a window of the old size: a shift of up to `padding`. */
export function randomCrop({ padding, fill = 0 }: { padding: number; fill?: number }): ImageTransform {
  checkCount('padding', padding);
  return (image, generator) => {
    const down = Math.floor(uniform(generator, -padding, padding + 1));
    const right = Math.floor(uniform(generator, -padding, padding + 1));
    return moved(image, (row, column) => [row + down, column + right], fill);
  };
}

/** Turns about the middle by up to `degrees` either way, with bilinear sampling; what was outside is `fill`. */
export function randomRotation({ degrees, fill = 0 }: { degrees: number; fill?: number }): ImageTransform {
  checkRange('degrees', degrees, { minimum: 0 });
  return (image, generator) => rotate(image, uniform(generator, -degrees, degrees), fill);
}

/** Counter-clockwise by `degrees` about the middle, with bilinear sampling. */
export function rotate(image: ImagePlanes, degrees: number, fill = 0): ImagePlanes {
  const { height, width } = image;
  const angle = (degrees * Math.PI) / 180;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const [middleRow, middleColumn] = [(height - 1) / 2, (width - 1) / 2];
  return mapped(image, (plane, row, column) => {
    const down = row - middleRow;
    const right = column - middleColumn;
    const fromRow = middleRow + sine * right + cosine * down;
    const fromColumn = middleColumn + cosine * right - sine * down;
    const top = Math.floor(fromRow);
    const left = Math.floor(fromColumn);
    const below = fromRow - top;
    const beside = fromColumn - left;
    const at = (y: number, x: number): number => pixel(image, plane, y, x, fill);
    const upper = at(top, left) * (1 - beside) + at(top, left + 1) * beside;
    const lower = at(top + 1, left) * (1 - beside) + at(top + 1, left + 1) * beside;
    return upper * (1 - below) + lower * below;
  });
}

/** Covers one square of `size` pixels with `fill`; its middle lies anywhere in the image (DeVries & Taylor, 2017). */
export function cutout({ size, fill = 0 }: { size: number; fill?: number }): ImageTransform {
  checkCount('size', size);
  return (image, generator) => {
    const top = Math.floor(uniform(generator, 0, image.height)) - Math.floor(size / 2);
    const left = Math.floor(uniform(generator, 0, image.width)) - Math.floor(size / 2);
    return mapped(image, (plane, row, column) => {
      const covered = row >= top && row < top + size && column >= left && column < left + size;
      return covered ? fill : pixel(image, plane, row, column, fill);
    });
  };
}

function pixel(image: ImagePlanes, plane: number, row: number, column: number, fill: number): number {
  const { height, width, data } = image;
  if (row < 0 || row >= height || column < 0 || column >= width) return fill;
  return data[(plane * height + row) * width + column]!;
}

function mapped(
  image: ImagePlanes,
  valueAt: (plane: number, row: number, column: number) => number,
): ImagePlanes {
  const { channels, height, width } = image;
  const data = new Float32Array(channels * height * width);
  let position = 0;
  for (let plane = 0; plane < channels; plane += 1) {
    for (let row = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) data[position++] = valueAt(plane, row, column);
    }
  }
  return { channels, height, width, data };
}

function moved(
  image: ImagePlanes,
  from: (row: number, column: number) => [number, number],
  fill = 0,
): ImagePlanes {
  return mapped(image, (plane, row, column) => pixel(image, plane, ...from(row, column), fill));
}
