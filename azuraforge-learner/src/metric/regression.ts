import { ArgumentError } from '../error.ts';
import { checkPairs } from './pairs.ts';

// MAE, RMSE, MASE and sMAPE come together from `accuracy` in report/accuracy.ts.

/** The mean squared step between neighbouring training values: what `rmsse` is relative to. 0 for fewer than two values. */
export function naiveSquaredScale(trainingValues: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 1; index < trainingValues.length; index += 1) {
    sum += (trainingValues[index]! - trainingValues[index - 1]!) ** 2;
  }
  return trainingValues.length > 1 ? sum / (trainingValues.length - 1) : 0;
}

/**
 * Root mean squared scaled error, as in the M5 competition: √(mean squared error / `squaredScale`), the scale from
 * `naiveSquaredScale` over the training values. Below 1 is better than the naive forecast was in training.
 * Null where the scale is 0, that is, where the training values never change.
 */
export function rmsse(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
  squaredScale: number,
): number | null {
  checkPairs('rmsse()', predicted, actual);
  if (!(squaredScale > 0)) return null;
  return Math.sqrt(squaredError(predicted, actual) / actual.length / squaredScale);
}

/**
 * The share of the targets' variance that the predictions explain: 1 is perfect, 0 no better than their mean, negative
 * worse. Null where the targets are constant (one target included), for there is no variance to explain.
 */
export function r2(predicted: ArrayLike<number>, actual: ArrayLike<number>): number | null {
  checkPairs('r2()', predicted, actual);
  let sum = 0;
  for (let index = 0; index < actual.length; index += 1) sum += actual[index]!;
  const mean = sum / actual.length;
  let total = 0;
  let constant = true;
  for (let index = 0; index < actual.length; index += 1) {
    total += (actual[index]! - mean) ** 2;
    if (actual[index] !== actual[0]) constant = false;
  }
  return constant ? null : 1 - squaredError(predicted, actual) / total;
}

/**
 * R² of the change from the last known value, `last`, one for each forecast. R² on levels flatters every forecast of a
 * series that wanders: the naive forecast has one near 1 there, and at most 0 here.
 */
export function r2OnDifferences(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
  last: ArrayLike<number>,
): number | null {
  if (last.length !== actual.length) {
    throw new ArgumentError(
      `r2OnDifferences() got ${last.length} last known values for ${actual.length} targets; it needs one for each.`,
    );
  }
  const change = (values: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: values.length }, (_, index) => values[index]! - last[index]!);
  return r2(change(predicted), change(actual));
}

function squaredError(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < actual.length; index += 1) sum += (predicted[index]! - actual[index]!) ** 2;
  return sum;
}
