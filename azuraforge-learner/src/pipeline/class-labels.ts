import { classCounts } from '../data/label-encoder.ts';
import { DataError } from '../error.ts';

/** Throws DataError unless there is a class number for each of `count` samples; `what` is one of them, e.g. `image`. */
export function checkLabels(
  what: string,
  count: number,
  labels: ArrayLike<number>,
  classNames: readonly string[],
): void {
  if (labels.length !== count) {
    throw new DataError(`There are ${count} ${what}s but ${labels.length} labels; each needs one.`);
  }
  const classes = classNames.length;
  for (let index = 0; index < labels.length; index += 1) {
    const label = labels[index]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new DataError(
      `The ${what} ${index} has the label ${label}, but there are ${classes} class names: it must be a whole number from 0 to ${classes - 1}.`,
    );
  }
}

/** Throws DataError unless there are two classes at least, each with a name of its own and samples. */
export function checkVariety(what: string, labels: ArrayLike<number>, classNames: readonly string[]): void {
  const repeated = classNames.find((name, index) => name.trim() === '' || classNames.indexOf(name) < index);
  if (repeated !== undefined) {
    throw new DataError(
      `The class name ${JSON.stringify(repeated)} is empty or there twice; name each class.`,
    );
  }
  const counts = classCounts(labels, classNames.length);
  if (counts.filter((count) => count > 0).length < 2) {
    const only = classNames[counts.findIndex((count) => count > 0)];
    throw new DataError(
      `All ${labels.length} ${what}s are of the class ${JSON.stringify(only)}; a classifier needs at least two classes.`,
    );
  }
  const absent = counts.indexOf(0);
  if (absent >= 0) {
    throw new DataError(
      `There is no ${what} of the class ${JSON.stringify(classNames[absent])}. Add ${what}s or remove the class.`,
    );
  }
}
