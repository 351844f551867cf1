import { describe, expect, test } from '@jest/globals';
import { ArgumentError, DataError } from '../../src/error.ts';
import { calibration } from '../../src/metric/calibration.ts';
import { classificationScores } from '../../src/metric/classification.ts';
import { confusionMatrix, highestClasses } from '../../src/metric/confusion-matrix.ts';
import { precisionRecallCurve, rocAreas, rocCurve } from '../../src/metric/curve.ts';
import { intervalCoverage, intervalWidth, pinballLoss } from '../../src/metric/interval.ts';
import { perplexity } from '../../src/metric/perplexity.ts';
import { naiveSquaredScale, r2, r2OnDifferences, rmsse } from '../../src/metric/regression.ts';

describe('constant series', () => {
  test('has no R², whatever is predicted', () => {
    expect(r2([1, 2], [3, 3])).toBeNull();
    expect(r2([0.1, 0.1, 0.1], [0.1, 0.1, 0.1])).toBeNull();
    expect(r2([1], [2])).toBeNull();
    expect(r2OnDifferences([5, 7], [6, 8], [5, 7])).toBeNull();
  });

  test('has no scaled error', () => {
    expect(rmsse([1], [2], naiveSquaredScale([5, 5, 5]))).toBeNull();
    expect(rmsse([1], [2], naiveSquaredScale([5]))).toBeNull();
  });
});

test('the naive forecast has no R² above 0 on differences, though it has one near 1 on levels', () => {
  const levels = Array.from({ length: 100 }, (_, day) => day + Math.sin(day));
  const last = levels.slice(0, -1);
  const actual = levels.slice(1);
  expect(r2(last, actual)!).toBeGreaterThan(0.99);
  expect(r2OnDifferences(last, actual, last)!).toBeLessThanOrEqual(0);
});

describe('one class', () => {
  test('has no ROC curve, and no area', () => {
    expect(() => rocCurve([0.1, 0.2], [1, 1])).toThrow(/both classes, but all 2 labels are 1/);
    expect(() => rocCurve([0.1, 0.2], [0, 0])).toThrow(DataError);
    expect(() => rocAreas([1, 0, 1, 0], [1, 1], 2)).toThrow(/all 2 targets are 1/);
  });

  test('has no precision-recall curve without positives, and a flat one without negatives', () => {
    expect(() => precisionRecallCurve([0.1, 0.2], [0, 0])).toThrow(/at least one positive sample/);
    expect(precisionRecallCurve([0.1, 0.2], [1, 1]).area).toBe(1);
  });

  test('absent from the targets has no area, and is left out of the mean', () => {
    const { perClass, macro } = rocAreas([0.9, 0.1, 0, 0.2, 0.8, 0], [0, 1], 3);
    expect(perClass).toEqual([1, 1, null]);
    expect(macro).toBe(1);
  });
});

describe('bad input', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'a class out of range',
      () => confusionMatrix([0, 3], [0, 1], 3),
      /prediction 1 is 3, but there are 3 classes/,
    ],
    ['a target out of range', () => confusionMatrix([0, 1], [0, -1], 3), /target 1 is -1/],
    ['half a class', () => confusionMatrix([0.5], [0], 2), /prediction 0 is 0.5/],
    [
      'a matrix of nothing',
      () => classificationScores({ classes: 2, counts: new Uint32Array(4) }),
      /no sample/,
    ],
    ['a NaN score', () => rocCurve([0.5, Number.NaN], [0, 1]), /1 is NaN/],
    ['a label of 2', () => rocCurve([0.5, 0.6], [0, 2]), /label 1 is 2/],
    ['logits as probabilities', () => calibration([0.5, 3], [0, 1]), /probability 1 is 3.*not logits/],
    ['padding only', () => perplexity([1, 2], [-100], { vocabularySize: 2 }), /every target is ignored/],
    ['a token out of range', () => perplexity([1, 2], [2], { vocabularySize: 2 }), /target 0 is 2/],
    ['an infinite target', () => r2([1, 2], [1, Infinity]), /target 1 is Infinity/],
    ['an interval upside down', () => intervalCoverage([2], [1], [1]), /interval 0 runs from 2 down to 1/],
  ])('%s is a DataError that says where', (_, act, message) => {
    expect(act).toThrow(DataError);
    expect(act).toThrow(message);
  });

  test.each<[string, () => unknown]>([
    ['no samples', () => r2([], [])],
    ['lengths that differ', () => confusionMatrix([0, 1], [0], 2)],
    ['last values that are missing', () => r2OnDifferences([1, 2], [1, 2], [1])],
    ['a quantile of 1', () => pinballLoss([1], [1], 1)],
    ['no bins', () => calibration([0.5], [1], { bins: 0 })],
    ['no bounds', () => intervalWidth([], [])],
    ['rows of the wrong width', () => perplexity([1, 2, 3], [0], { vocabularySize: 2 })],
    ['scores that are no whole rows', () => highestClasses([1, 2, 3], 2)],
  ])('%s is an ArgumentError', (_, act) => {
    expect(act).toThrow(ArgumentError);
  });
});

const binHolding = (probability: number, bins: number): number =>
  calibration([probability], [1], { bins }).bins.findIndex(({ count }) => count === 1);

test('a probability on the edge belongs to the bin below it, however the edge rounds', () => {
  for (const bins of [2, 3, 7, 10, 15, 100]) {
    for (let edge = 0; edge <= bins; edge += 1) {
      expect({ bins, edge, bin: binHolding(edge / bins, bins) }).toEqual({
        bins,
        edge,
        bin: Math.max(0, edge - 1),
      });
    }
  }
  expect(binHolding(0.07, 100)).toBe(6);
});

test('coverage counts both ends, width is the mean', () => {
  expect(intervalCoverage([0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1.01, -0.01])).toBe(0.5);
  expect(intervalWidth([0, 1], [1, 4])).toBe(2);
});

test('the highest class is the first of equal ones', () => {
  expect([...highestClasses([1, 3, 3, -2, -5, -1], 3)]).toEqual([1, 2]);
});
