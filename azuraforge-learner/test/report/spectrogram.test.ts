import { expect, test } from '@jest/globals';
import { MAX_PICTURE_SIDE } from '../../src/report.ts';
import { loudestPower, spectrogramOf } from '../../src/report/spectrogram.ts';

/** A tone in the quieter half of the sound's band, then one in the upper half. */
function twoTones(length: number): Float32Array {
  return Float32Array.from({ length }, (_, at) =>
    Math.sin(2 * Math.PI * (at < length / 2 ? 1 / 16 : 3 / 8) * at),
  );
}

/** The row of the brightest pixel in a column, counted from the top. */
function peakOf(
  { width, height, pixels }: NonNullable<ReturnType<typeof spectrogramOf>>,
  column: number,
): number {
  const bytes = Array.from(atob(pixels), (character) => character.charCodeAt(0));
  const levels = Array.from({ length: height }, (_, row) => bytes[row * width + column]!);
  return levels.indexOf(Math.max(...levels));
}

test.each([1000, 8192, 44_100 * 2])('the whole of a sound of %d samples fits into one picture', (length) => {
  const sound = twoTones(length);
  const picture = spectrogramOf(sound, loudestPower(sound))!;
  expect(picture.width).toBeLessThanOrEqual(MAX_PICTURE_SIDE);
  // 64 bands from low at the bottom to high at the top.
  expect(peakOf(picture, 0)).toBe(63 - 8);
  expect(peakOf(picture, picture.width - 1)).toBe(63 - 48);
});

test('less than a frame has no picture', () => {
  expect(spectrogramOf(new Float32Array(127), 1)).toBeNull();
});
