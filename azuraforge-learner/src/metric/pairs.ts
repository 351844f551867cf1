import { ArgumentError, DataError } from '../error.ts';

/** Throws ArgumentError unless both hold as many values, at least one; DataError where one is not finite. */
export function checkPairs(metric: string, predicted: ArrayLike<number>, actual: ArrayLike<number>): void {
  if (predicted.length !== actual.length || actual.length === 0) {
    throw new ArgumentError(
      `${metric} got ${predicted.length} predictions and ${actual.length} targets. Give it as many of one as of the other, and at least one.`,
    );
  }
  checkFinite(metric, 'Prediction', predicted);
  checkFinite(metric, 'Target', actual);
}

/** Throws DataError that names the first value that is NaN or infinite. */
export function checkFinite(metric: string, what: string, values: ArrayLike<number>): void {
  for (let index = 0; index < values.length; index += 1) {
    if (Number.isFinite(values[index])) continue;
    throw new DataError(
      `${metric}: ${what.toLowerCase()} ${index} is ${values[index]}. Mend or drop it; a score of it would mean nothing.`,
    );
  }
}

/** Throws DataError unless every value is a whole number from 0 to `classes` − 1. */
export function checkClasses(metric: string, what: string, values: ArrayLike<number>, classes: number): void {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    if (Number.isInteger(value) && value >= 0 && value < classes) continue;
    throw new DataError(
      `${metric}: ${what.toLowerCase()} ${index} is ${value}, but there are ${classes} classes: it must be a whole number from 0 to ${classes - 1}.`,
    );
  }
}

/** Throws ArgumentError unless `scores` holds a row of `classes` numbers for each target. */
export function checkScoreRows(
  metric: string,
  scores: ArrayLike<number>,
  actual: ArrayLike<number>,
  classes: number,
): void {
  if (
    !Number.isSafeInteger(classes) ||
    classes < 1 ||
    scores.length !== actual.length * classes ||
    actual.length === 0
  ) {
    throw new ArgumentError(
      `${metric} got ${scores.length} scores for ${actual.length} targets and ${classes} classes; it needs a row of ${classes} scores for each target, and at least one target.`,
    );
  }
}
