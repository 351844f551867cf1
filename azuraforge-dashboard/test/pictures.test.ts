import { expect, test } from '@jest/globals';
import { pictureColors } from '../src/features/reports/picture-colors.ts';

const picture = { key: 'a', caption: 'A', width: 2, height: 1 };
const base64 = (...bytes: number[]): string => btoa(String.fromCharCode(...bytes));

test('gray and coloured pictures become opaque colours', () => {
  const gray = pictureColors({ ...picture, channels: 1, pixels: base64(7, 255) });
  expect([...gray]).toEqual([7, 7, 7, 255, 255, 255, 255, 255]);
  const coloured = pictureColors({ ...picture, channels: 3, pixels: base64(1, 2, 3, 4, 5, 6) });
  expect([...coloured]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
});

test('bytes that a picture lacks are black, and more than it needs do no harm', () => {
  expect([...pictureColors({ ...picture, channels: 1, pixels: base64(9) })]).toEqual([
    9, 9, 9, 255, 0, 0, 0, 255,
  ]);
  expect(pictureColors({ ...picture, channels: 1, pixels: base64(9, 9, 9, 9) })).toHaveLength(8);
});

test.each(['A', 'AB=', '?'])('a picture of %j, which is no base64, is black', (pixels) => {
  expect([...pictureColors({ ...picture, channels: 1, pixels })]).toEqual([0, 0, 0, 255, 0, 0, 0, 255]);
});
