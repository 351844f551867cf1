import { describe, expect, test } from '@jest/globals';
import { heatMap } from '../../src/explain/heat-map.ts';
import { occlusion } from '../../src/explain/occlusion.ts';
import type { Values } from '../../src/trainer/dataset.ts';
import { linearModel, row, rowModel } from './models.ts';

/** 4 × 5 pixels in two channels, bright in a block of 2 × 2 at row 1, column 2, and dark elsewhere. */
const isBright = (at: number): boolean => {
  const [line, column] = [Math.floor(at / 5) % 4, at % 5];
  return (line === 1 || line === 2) && (column === 2 || column === 3);
};
const image: Values = {
  data: Float32Array.from({ length: 40 }, (_, at) => (isBright(at) ? 1 : 0)),
  shape: [2, 4, 5],
};
const brightness = rowModel((x) => x.reduce((sum, value) => sum + value, 0));

describe('occlusion', () => {
  test('shows where the output comes from, and 0 where the image is what covers it', async () => {
    const found = await occlusion(brightness, image, { patch: [2, 1, 1] });
    expect(found.shape).toEqual([2, 4, 5]);
    for (const [at, value] of found.values.entries()) expect(value).toBe(isBright(at) ? 2 : 0);
    expect([found.prediction, found.baseValue]).toEqual([8, 0]);
    const map = heatMap(found);
    expect(map.shape).toEqual([4, 5]);
    expect(map.values[1 * 5 + 2]).toBe(4);
  });

  test('gives a constant image 0 everywhere when it is covered with itself', async () => {
    const flat: Values = { data: new Float32Array(40).fill(0.3), shape: [2, 4, 5] };
    const found = await occlusion(brightness, flat, { patch: [2, 2, 2], fill: flat });
    expect(found.values).toEqual(Array.from({ length: 40 }, () => 0));
  });

  test('averages the patches over a value, and covers what is left at the edge', async () => {
    // Patches start at 0, 1, 2 and 3 and hide 2 values each: the last value is under the last patch alone.
    const found = await occlusion(linearModel([1, 10, 100, 1000, 10_000]), row(1, 1, 1, 1, 1), {
      patch: [2],
      stride: [1],
    });
    expect(found.values).toEqual([11, 60.5, 605, 6050, 11_000]);
    const edge = await occlusion(linearModel([1, 10, 100]), row(1, 1, 1), { patch: [2] });
    expect(edge.values).toEqual([11, 11, 100]);
    // A patch over the edge of one line does not reach into the next.
    const lines: Values = { data: new Float32Array(6).fill(1), shape: [2, 3] };
    const apart = await occlusion(linearModel([1, 10, 100, 1000, 10_000, 100_000]), lines, { patch: [1, 2] });
    expect(apart.values).toEqual([11, 11, 100, 11_000, 11_000, 100_000]);
  });

  test('of one value at a time sums to prediction − base value for a linear model', async () => {
    const found = await occlusion(linearModel([1, -2, 3]), row(4, 5, 6), { patch: [1], fill: row(1, 1, 0) });
    expect(found.values).toEqual([3, -8, 18]);
    expect(found.remainder).toBe(0);
  });
});
