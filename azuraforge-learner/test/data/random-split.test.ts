import { fromTypedArray, Generator } from 'azuraforge-core';
import { describe, expect, test } from '@jest/globals';
import type { IndexSplit } from '../../src/data/random-split.ts';
import { randomSplit, stratifiedSplit } from '../../src/data/random-split.ts';
import { Subset } from '../../src/data/subset.ts';
import { ArgumentError, DataError } from '../../src/error.ts';
import { ArrayDataset } from '../../src/trainer/dataset.ts';

const all = ({ train, validation, test: held }: IndexSplit): number[] => [...train, ...validation, ...held];
const countTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('randomSplit', () => {
  test('puts each sample in one part, the same for the same seed', () => {
    const split = randomSplit(101, { validation: 0.2, test: 0.1 }, new Generator(5));
    expect([split.train.length, split.validation.length, split.test.length]).toEqual([71, 20, 10]);
    expect(all(split).sort((a, b) => a - b)).toEqual(countTo(101));
    expect(randomSplit(101, { validation: 0.2, test: 0.1 }, new Generator(5))).toEqual(split);
    expect(randomSplit(101, { validation: 0.2, test: 0.1 }, new Generator(6))).not.toEqual(split);
  });

  test('refuses parts without samples', () => {
    expect(() => randomSplit(3, { validation: 0.1, test: 0 }, new Generator(1))).toThrow(
      /none is left for the validation/,
    );
    expect(() => randomSplit(2, { validation: 0.5, test: 0.5 }, new Generator(1))).toThrow(
      /for the train part/,
    );
    expect(() => randomSplit(0, { validation: 0, test: 0 }, new Generator(1))).toThrow(DataError);
    expect(() => randomSplit(9, { validation: 1, test: 0 }, new Generator(1))).toThrow(ArgumentError);
  });
});

test('a class may have more samples than a function takes arguments', () => {
  const many = Array.from({ length: 300_000 }, (_, index) => (index < 10 ? 'few' : 'many'));
  const split = stratifiedSplit(many, { validation: 0.2, test: 0.2 }, new Generator(5));
  expect(all(split).length).toBe(300_000);
});

describe('stratifiedSplit', () => {
  const labels = countTo(103).map((index) => (index % 10 === 0 ? 'rare' : ['a', 'b'][index % 2]!));

  test('gives each class its share of each part, and the parts their sizes', () => {
    const split = stratifiedSplit(labels, { validation: 0.2, test: 0.3 }, new Generator(5));
    expect(all(split).sort((a, b) => a - b)).toEqual(countTo(103));
    expect([split.validation.length, split.test.length]).toEqual([21, 31]);
    for (const label of ['a', 'b', 'rare']) {
      const total = labels.filter((value) => value === label).length;
      for (const [part, fraction] of [
        [split.validation, 21 / 103],
        [split.test, 31 / 103],
      ] as const) {
        const count = [...part].filter((index) => labels[index] === label).length;
        expect(Math.abs(count - total * fraction)).toBeLessThan(1);
      }
    }
    expect(stratifiedSplit(labels, { validation: 0.2, test: 0.3 }, new Generator(5))).toEqual(split);
  });

  test('refuses one class, and a class too small to share', () => {
    expect(() => stratifiedSplit([1, 1, 1], { validation: 0.4, test: 0 }, new Generator(1))).toThrow(
      /at least two classes, but all 3 labels are 1/,
    );
    expect(() => stratifiedSplit([0, 0, 1], { validation: 0.4, test: 0.3 }, new Generator(1))).toThrow(
      DataError,
    );
  });
});

test('a subset renumbers the samples of its data set', async () => {
  const dataset = new ArrayDataset(
    { data: Float32Array.of(0, 10, 20, 30), shape: [4, 1] },
    { data: Float32Array.of(0, 1, 2, 3), shape: [4, 1] },
  );
  const subset = new Subset(dataset, Uint32Array.of(1, 3));
  expect(subset.length).toBe(2);
  const { input, target } = subset.batch(Uint32Array.of(1, 0));
  expect([...(await input.data()), ...(await target.data())]).toEqual([30, 10, 3, 1]);
  expect(() => new Subset(dataset, Uint32Array.of(4))).toThrow(/no sample 4 in a data set of 4/);
});

test('a subset hands the epoch on', () => {
  const epochs: (number | undefined)[] = [];
  const one = fromTypedArray(Float32Array.of(1), [1, 1]);
  const dataset = {
    length: 1,
    batch: (_: Uint32Array, epoch?: number) => (epochs.push(epoch), { input: one, target: one }),
  };
  new Subset(dataset, Uint32Array.of(0)).batch(Uint32Array.of(0), 7);
  expect(epochs).toEqual([7]);
});
