import { describe, expect, test } from '@jest/globals';
import { ArgumentError } from '../../src/error.ts';
import { accuracy, naiveScale } from '../../src/report/accuracy.ts';
import { seasonalNaiveForecast } from '../../src/report/baseline.ts';
import { compareErrors } from '../../src/report/comparison.ts';

describe('accuracy', () => {
  test('gives the textbook values', () => {
    // Errors 1, -2, 0 against 2, 4, 0.
    const { mae, rmse, mase, smape } = accuracy([3, 2, 0], [2, 4, 0], 0.5);
    expect(mae).toBeCloseTo(1, 12);
    expect(rmse).toBeCloseTo(Math.sqrt(5 / 3), 12);
    expect(mase).toBeCloseTo(2, 12);
    expect(smape).toBeCloseTo((200 / 5 + 400 / 6) / 3, 12);
  });

  test('has no scaled error where the naive error is 0', () => {
    expect(accuracy([1], [2], naiveScale([5, 5, 5])).mase).toBeNull();
    expect(naiveScale([1, 3, 2])).toBe(1.5);
  });

  test('refuses lengths that differ', () => {
    expect(() => accuracy([1], [1, 2], 1)).toThrow(ArgumentError);
  });
});

describe('seasonalNaiveForecast', () => {
  const values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

  test('repeats the last whole season, never a row after the origin', () => {
    const steps = [1, 2, 3, 4, 5, 6, 7].map((step) => seasonalNaiveForecast(values, 6, step, 3));
    expect(steps).toEqual([4, 5, 6, 4, 5, 6, 4]);
  });

  test('is null where no season lies before', () => {
    expect(seasonalNaiveForecast(values, 2, 1, 5)).toBeNull();
  });
});

describe('compareErrors', () => {
  const noise = Array.from({ length: 200 }, (_, index) => 1 + 0.5 * Math.sin(index * 12.9898) ** 2);

  test('sees a steady difference, in both directions', () => {
    const worse = noise.map((error, index) => error + 0.3 + 0.2 * Math.sin(index * 78.233));
    expect(compareErrors(noise, worse, 5).verdict).toBe('better');
    expect(compareErrors(worse, noise, 5).verdict).toBe('worse');
  });

  test('does not take chance for skill', () => {
    const shuffled = noise.map((error, index) => error + 0.2 * Math.sin(index * 78.233));
    expect(compareErrors(noise, shuffled, 5).verdict).toBe('no_clear_difference');
    expect(compareErrors(noise, noise, 5)).toEqual({ statistic: 0, verdict: 'no_clear_difference' });
  });

  test('trusts overlapping forecasts less than independent ones', () => {
    // Runs of equal sign, as neighbouring five-step forecasts have.
    const rival = noise.map((error, index) => error + 0.05 + 0.3 * Math.sin(index / 4));
    const apart = Math.abs(compareErrors(noise, rival, 1).statistic);
    const overlapping = Math.abs(compareErrors(noise, rival, 10).statistic);
    expect(overlapping).toBeLessThan(apart / 1.5);
  });
});
