import { checkRange } from '../argument.ts';
import { ArgumentError, DataError } from '../error.ts';
import { checkPairs } from './pairs.ts';

/**
 * What a forecast of the `quantile` (above 0, below 1) loses on average: `quantile` for each unit too low, 1 − `quantile`
 * for each unit too high. At 0.5 it is half the mean absolute error. In the unit of the values.
 */
export function pinballLoss(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
  quantile: number,
): number {
  checkRange('quantile', quantile, { above: 0, below: 1 });
  checkPairs('pinballLoss()', predicted, actual);
  let sum = 0;
  for (let index = 0; index < actual.length; index += 1) {
    const error = actual[index]! - predicted[index]!;
    sum += Math.max(quantile * error, (quantile - 1) * error);
  }
  return sum / actual.length;
}

/** The share of targets from `lower` to `upper`, both included. Of 80 % intervals it should be about 0.8. */
export function intervalCoverage(
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  actual: ArrayLike<number>,
): number {
  checkIntervals('intervalCoverage()', lower, upper);
  checkPairs('intervalCoverage()', lower, actual);
  let inside = 0;
  for (let index = 0; index < actual.length; index += 1) {
    if (actual[index]! >= lower[index]! && actual[index]! <= upper[index]!) inside += 1;
  }
  return inside / actual.length;
}

/** The mean of `upper` − `lower`, in the unit of the values. Of two forecasts with the same coverage, the narrower is better. */
export function intervalWidth(lower: ArrayLike<number>, upper: ArrayLike<number>): number {
  checkIntervals('intervalWidth()', lower, upper);
  let sum = 0;
  for (let index = 0; index < lower.length; index += 1) sum += upper[index]! - lower[index]!;
  return sum / lower.length;
}

function checkIntervals(metric: string, lower: ArrayLike<number>, upper: ArrayLike<number>): void {
  if (lower.length !== upper.length || lower.length === 0) {
    throw new ArgumentError(
      `${metric} got ${lower.length} lower and ${upper.length} upper bounds. Give it as many of one as of the other, and at least one.`,
    );
  }
  checkPairs(metric, lower, upper);
  for (let index = 0; index < lower.length; index += 1) {
    if (lower[index]! <= upper[index]!) continue;
    throw new DataError(
      `${metric}: interval ${index} runs from ${lower[index]} down to ${upper[index]}. Sort the quantiles of each forecast first.`,
    );
  }
}
