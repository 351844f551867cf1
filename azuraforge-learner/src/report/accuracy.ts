import { ArgumentError } from '../error.ts';

/**
 * How far forecasts lie from what happened; lower is better in all four.
 * - `mae`, `rmse`: in the unit of the values
 * - `mase`: mae over the scale; null when that is 0 (Hyndman & Koehler, 2006)
 * - `smape`: percent, 0 to 200; a pair of zeros counts as no error
 */
export interface Accuracy {
  mae: number;
  rmse: number;
  mase: number | null;
  smape: number;
}

export const ACCURACY_METRICS = ['mae', 'rmse', 'mase', 'smape'] as const satisfies (keyof Accuracy)[];

/** Both of one length, in any order as long as it is the same. `scale` is what mase is relative to, see `naiveScale`. */
export function accuracy(predicted: ArrayLike<number>, actual: ArrayLike<number>, scale: number): Accuracy {
  if (predicted.length !== actual.length || actual.length === 0) {
    throw new ArgumentError(
      `accuracy() got ${predicted.length} predicted and ${actual.length} actual values. Give it as many of one as of the other, and at least one.`,
    );
  }
  let absolute = 0;
  let squared = 0;
  let symmetric = 0;
  for (let index = 0; index < actual.length; index += 1) {
    const forecast = predicted[index] ?? Number.NaN;
    const truth = actual[index] ?? Number.NaN;
    const error = Math.abs(forecast - truth);
    absolute += error;
    squared += error * error;
    const size = Math.abs(forecast) + Math.abs(truth);
    symmetric += size === 0 ? 0 : (200 * error) / size;
  }
  const mae = absolute / actual.length;
  return {
    mae,
    rmse: Math.sqrt(squared / actual.length),
    mase: scale > 0 ? mae / scale : null,
    smape: symmetric / actual.length,
  };
}

/** The mean absolute step between neighbouring training values: the one-step error of the naive forecast in-sample. */
export function naiveScale(trainingValues: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 1; index < trainingValues.length; index += 1) {
    sum += Math.abs((trainingValues[index] ?? Number.NaN) - (trainingValues[index - 1] ?? Number.NaN));
  }
  return trainingValues.length > 1 ? sum / (trainingValues.length - 1) : 0;
}
