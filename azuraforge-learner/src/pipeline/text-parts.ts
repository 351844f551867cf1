import { DataError } from '../error.ts';

export interface TextParts {
  train: string;
  validation: string;
  test: string;
}

/** How far a cut may move to come to the end of a line. */
const NEAR = 2000;

/**
 * One text in three parts that follow each other: what is to be foretold comes after what was learned from. Cuts lie at
 * ends of lines where one is near. Throws DataError for an empty text.
 */
export function splitText(
  text: string,
  {
    validation_fraction: validation,
    test_fraction: test,
  }: { validation_fraction: number; test_fraction: number },
): TextParts {
  if (text.trim() === '') throw new DataError('The text is empty; give at least a few thousand characters.');
  const trainEnd = cutNear(text, text.length * (1 - validation - test));
  const validationEnd = cutNear(text, text.length * (1 - test));
  return {
    train: text.slice(0, trainEnd),
    validation: text.slice(trainEnd, validationEnd),
    test: text.slice(validationEnd),
  };
}

function cutNear(text: string, place: number): number {
  const near = Math.floor(place);
  const line = text.indexOf('\n', near);
  if (line >= 0 && line < Math.min(near + NEAR, text.length - 1)) return line + 1;
  const isSecondHalf = /[\uDC00-\uDFFF]/.test(text.charAt(near));
  return isSecondHalf ? near + 1 : near;
}
