import { Generator } from 'azuraforge-core';
import { expect, test } from '@jest/globals';
import { mixup, oneHot } from '../../../src/data/augment/mixup.ts';
import { ArgumentError } from '../../../src/error.ts';

const inputs = { data: Float32Array.from({ length: 12 }, (_, index) => index), shape: [4, 3] };
const targets = oneHot([0, 1, 1, 2], 3);

test('blends each sample with its partner, inputs and targets alike', () => {
  const mixed = mixup(inputs, targets, { alpha: 0.4, generator: new Generator(3) });
  const { share } = mixed;
  for (let row = 0; row < 4; row += 1) {
    const first = mixed.inputs.data[row * 3]!;
    const partner = share === 1 ? row : Math.round((first - share * row * 3) / (1 - share) / 3);
    for (let column = 0; column < 3; column += 1) {
      expect(mixed.inputs.data[row * 3 + column]).toBeCloseTo(
        share * (row * 3 + column) + (1 - share) * (partner * 3 + column),
        5,
      );
      expect(mixed.targets.data[row * 3 + column]).toBeCloseTo(
        share * targets.data[row * 3 + column]! + (1 - share) * targets.data[partner * 3 + column]!,
        5,
      );
    }
  }
  expect(mixup(inputs, targets, { alpha: 0.4, generator: new Generator(3) })).toEqual(mixed);
  expect(inputs.data[5]).toBe(5);
});

test.each([0.001, 0.2, 1, 2])('draws the share from Beta(%d, %d)', (alpha) => {
  const generator = new Generator(9);
  const shares = Array.from({ length: 1500 }, () => mixup(inputs, targets, { alpha, generator }).share);
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
  // Variance of Beta(a, a): 1 / (4 (2a + 1)).
  expect(mean).toBeCloseTo(0.5, 1);
  expect(variance * 4 * (2 * alpha + 1)).toBeCloseTo(1, 1);
});

test('refuses what does not fit', () => {
  const generator = new Generator(1);
  expect(() => mixup(inputs, oneHot([0], 3), { alpha: 1, generator })).toThrow(ArgumentError);
  expect(() => mixup(inputs, targets, { alpha: 0, generator })).toThrow(ArgumentError);
  expect(() => oneHot([0, 3], 3)).toThrow(/label 1 is 3/);
});
