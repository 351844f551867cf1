import { checkCount } from '../argument.ts';
import { checkClasses, checkPairs, checkScoreRows } from './pairs.ts';

/** How often each class was taken for each. */
export interface ConfusionMatrix {
  classes: number;
  /** `counts[truth * classes + predicted]`. */
  counts: Uint32Array;
}

/** Both hold class numbers from 0 to `classes` − 1. Throws DataError that names the sample of one out of range. */
export function confusionMatrix(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
  classes: number,
): ConfusionMatrix {
  checkCount('classes', classes);
  checkPairs('confusionMatrix()', predicted, actual);
  checkClasses('confusionMatrix()', 'Prediction', predicted, classes);
  checkClasses('confusionMatrix()', 'Target', actual, classes);
  const counts = new Uint32Array(classes * classes);
  for (let index = 0; index < actual.length; index += 1) {
    counts[actual[index]! * classes + predicted[index]!]! += 1;
  }
  return { classes, counts };
}

/** The class with the highest score in each row of `[samples, classes]`; the first of equal ones. NaN never wins. */
export function highestClasses(scores: ArrayLike<number>, classes: number): Int32Array {
  checkCount('classes', classes);
  const highest = new Int32Array(scores.length / classes);
  checkScoreRows('highestClasses()', scores, highest, classes);
  for (let row = 0; row < highest.length; row += 1) {
    let best = Number.NEGATIVE_INFINITY;
    for (let column = 0; column < classes; column += 1) {
      const score = scores[row * classes + column]!;
      if (score > best) {
        best = score;
        highest[row] = column;
      }
    }
  }
  return highest;
}
