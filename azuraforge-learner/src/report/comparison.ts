/**
 * Whether one forecast is really better than another, or only by chance: the Diebold-Mariano test on mean absolute
 * errors, with a Newey-West variance because forecasts of neighbouring origins overlap (Diebold & Mariano, 1995, with
 * the small-sample correction of Harvey, Leybourne & Newbold, 1997).
 */
export interface Comparison {
  /** Negative when the model's errors are smaller; about standard normal when neither is better. */
  statistic: number;
  verdict: 'better' | 'worse' | 'no_clear_difference';
}

/** Two-sided 5 % limit of the standard normal distribution. */
const LIMIT = 1.96;

/** Fewer differences than this show nothing by being the same. */
const FEW = 10;

/** Mean absolute error of each origin, oldest first, for the model and its rival; `horizon` rows ahead. */
export function compareErrors(
  model: readonly number[],
  rival: readonly number[],
  horizon: number,
): Comparison {
  const count = model.length;
  const difference = model.map((error, index) => error - (rival[index] ?? Number.NaN));
  const mean = difference.reduce((sum, value) => sum + value, 0) / count;
  const centred = difference.map((value) => value - mean);
  const autocovariance = (lag: number): number =>
    centred.slice(lag).reduce((sum, value, index) => sum + value * (centred[index] ?? 0), 0) / count;
  const lags = Math.min(horizon, count - 1);
  let variance = autocovariance(0);
  for (let lag = 1; lag <= lags; lag += 1) {
    // Bartlett weights keep the variance from falling below 0.
    variance += 2 * (1 - lag / (lags + 1)) * autocovariance(lag);
  }
  const correction = Math.max(0, (count + 1 - 2 * horizon + (horizon * (horizon - 1)) / count) / count);
  return judged(correction > 0 ? standardized(mean, variance, count) * Math.sqrt(correction) : 0);
}

/**
 * As `compareErrors`, for samples that do not depend on each other, in any order: the paired z test on the mean difference
 * of their errors. With errors of 0 and 1 it is McNemar's test (without its correction).
 */
export function comparePairs(model: ArrayLike<number>, rival: ArrayLike<number>): Comparison {
  const count = model.length;
  const difference = Float64Array.from({ length: count }, (_, index) => model[index]! - rival[index]!);
  const mean = difference.reduce((sum, value) => sum + value, 0) / count;
  const variance = difference.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  return judged(standardized(mean, variance, count));
}

/** The mean difference in units of its own spread; infinite where enough differences are all the same. */
function standardized(mean: number, variance: number, count: number): number {
  if (variance > 0) return mean / Math.sqrt(variance / count);
  return mean !== 0 && count >= FEW ? Math.sign(mean) * Number.POSITIVE_INFINITY : 0;
}

function judged(statistic: number): Comparison {
  if (statistic <= -LIMIT) return { statistic, verdict: 'better' };
  return { statistic, verdict: statistic >= LIMIT ? 'worse' : 'no_clear_difference' };
}
