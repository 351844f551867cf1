import { describe, expect, test } from '@jest/globals';
import { chronologicalSplit, windowOrigins } from '../../src/data/split.ts';
import { WindowDataset } from '../../src/data/window-dataset.ts';
import { DataError } from '../../src/error.ts';

const split = chronologicalSplit(100, { validation: 0.2, test: 0.1 });
const shape = { window: 5, horizon: 3, lag: 1 };

/** The rows that a part's forecasts are about, each once. */
const targets = (part: Int32Array): number[] => [
  ...new Set([...part].flatMap((origin) => [origin + 1, origin + 2, origin + 3])),
];

const range = (from: number, end: number): number[] =>
  Array.from({ length: end - from }, (_, index) => from + index);

describe('chronologicalSplit and windowOrigins', () => {
  test('cuts in time order', () => {
    expect(split).toEqual({ trainEnd: 70, validationEnd: 90, rows: 100 });
  });

  test('no row is a target in two parts, and every row that can be one is', () => {
    const origins = windowOrigins(split, shape);
    expect(targets(origins.train)).toEqual(range(6, 70));
    expect(targets(origins.validation)).toEqual(range(70, 90));
    expect(targets(origins.test)).toEqual(range(90, 100));
  });

  test.each([
    [
      'training',
      { ...split, trainEnd: 9 },
      'training part has 9 rows, too few for a window of 5 and a horizon of 3 (at least 10)',
    ],
    ['validation', { ...split, validationEnd: 72 }, 'validation part has 2 rows'],
    ['test', { ...split, validationEnd: 98 }, 'Raise test_fraction, lower horizon'],
  ])('says when the %s part is too short', (_, short, message) => {
    expect(() => windowOrigins(short, shape)).toThrow(DataError);
    expect(() => windowOrigins(short, shape)).toThrow(message);
  });
});

describe('WindowDataset', () => {
  test('gives the rows up to the origin as input and nothing after it', async () => {
    // Feature row r belongs to series row r + 1 (lag 1) and holds that row's number.
    const inputs = {
      names: ['row', 'half'],
      data: Float64Array.from({ length: 18 }, (_, i) => (i % 2 ? 0.5 : 1 + i / 2)),
    };
    const dataset = new WindowDataset({
      inputs,
      lag: 1,
      window: 3,
      origins: Int32Array.of(3, 4, 7),
      targets: { names: ['+1', '+2'], data: Float64Array.of(10, 11, 20, 21, 30, 31) },
    });
    expect(dataset.length).toBe(3);
    const { input, target } = dataset.batch(Uint32Array.of(2, 0));
    expect([input.shape, target.shape]).toEqual([
      [2, 3, 2],
      [2, 2],
    ]);
    expect([...(await input.data())]).toEqual([5, 0.5, 6, 0.5, 7, 0.5, 1, 0.5, 2, 0.5, 3, 0.5]);
    expect([...(await target.data())]).toEqual([30, 31, 10, 11]);
    input.dispose();
    target.dispose();
  });
});
