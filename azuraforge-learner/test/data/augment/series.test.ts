import { Generator } from 'azuraforge-core';
import { expect, test } from '@jest/globals';
import type { SeriesTransform, SeriesWindow } from '../../../src/data/augment/series.ts';
import { jitter, scaling, windowWarp } from '../../../src/data/augment/series.ts';
import { ArgumentError } from '../../../src/error.ts';

const ramp = (steps: number, features = 1): SeriesWindow => ({
  steps,
  features,
  data: Float32Array.from(
    { length: steps * features },
    (_, index) => Math.floor(index / features) * (1 + (index % features)),
  ),
});

test('jitter adds noise of the given deviation', () => {
  const { data } = jitter({ sigma: 0.2 })(
    { steps: 5000, features: 2, data: new Float32Array(10_000) },
    new Generator(1),
  );
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
  expect(mean).toBeCloseTo(0, 1);
  expect(deviation).toBeCloseTo(0.2, 2);
});

test('scaling multiplies each feature by a factor of its own', () => {
  const window = ramp(6, 2);
  const { data } = scaling({ sigma: 0.5 })(window, new Generator(2));
  const factors = [data[2]! / window.data[2]!, data[3]! / window.data[3]!];
  expect(factors[0]).not.toBeCloseTo(factors[1]!, 2);
  expect([...data]).toEqual(
    [...window.data].map((value, index) => expect.closeTo(value * factors[index % 2]!, 5)),
  );
});

test('a warped ramp keeps its ends and its order, and runs at the speed of the factor inside', () => {
  const steps = 201;
  const { data } = windowWarp({ fraction: 0.3, factors: [2] })(ramp(steps), new Generator(4));
  expect([data[0], data[200]]).toEqual([0, 200]);
  // 140 steps at their pace and 60 at half of it take 260, squeezed into 200.
  const slopes = Array.from({ length: 200 }, (_, step) => data[step + 1]! - data[step]!);
  const slow = slopes.filter((slope) => Math.abs(slope - 0.65) < 0.01).length;
  const fast = slopes.filter((slope) => Math.abs(slope - 1.3) < 0.01).length;
  expect(Math.abs(slow - 120 / 1.3)).toBeLessThan(2);
  expect(slow + fast).toBeGreaterThanOrEqual(198);
});

test('a factor of 1 changes nothing, nor does a window of one step change', () => {
  const warp = windowWarp({ fraction: 0.5, factors: [1] });
  expect([...warp(ramp(9, 2), new Generator(1)).data]).toEqual(
    [...ramp(9, 2).data].map((value) => expect.closeTo(value, 5)),
  );
  expect([
    ...windowWarp()({ steps: 1, features: 2, data: Float32Array.of(3, 4) }, new Generator(1)).data,
  ]).toEqual([3, 4]);
});

test.each<[string, SeriesTransform]>([
  ['jitter', jitter({ sigma: 1 })],
  ['scaling', scaling({ sigma: 1 })],
  ['windowWarp', windowWarp()],
])('%s gives the same numbers for the same seed and leaves its argument alone', (_, transform) => {
  const window = {
    steps: 20,
    features: 1,
    data: Float32Array.from({ length: 20 }, (_unused, step) => Math.sin(step)),
  };
  const before = window.data.slice();
  const [first, again, other] = [1, 1, 2].map((seed) => transform(window, new Generator(seed)).data);
  expect(first).toEqual(again);
  expect(first).not.toEqual(other);
  expect(window.data).toEqual(before);
});

test('options out of range are refused', () => {
  for (const make of [
    () => jitter({ sigma: -1 }),
    () => scaling({ sigma: Number.NaN }),
    () => windowWarp({ fraction: 1 }),
    () => windowWarp({ factors: [0] }),
    () => windowWarp({ factors: [] }),
  ]) {
    expect(make).toThrow(ArgumentError);
  }
});
