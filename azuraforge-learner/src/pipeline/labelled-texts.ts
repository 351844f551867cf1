import { Generator } from 'azuraforge-core';
import { byteHash } from '../data/byte-hash.ts';
import { stratifiedSplit } from '../data/random-split.ts';
import { DataError } from '../error.ts';
import { checkLabels, checkVariety } from './class-labels.ts';

/** Texts with a class number each. */
export interface LabelledText {
  texts: readonly string[];
  labels: ArrayLike<number>;
}

/** What a text classifier learns from. */
export interface LabelledTexts extends LabelledText {
  /** The names of the classes for people; a label is a place in it. */
  classNames: readonly string[];
  /** A test part of its own. Without it, `test_fraction` of the texts become it. */
  test?: LabelledText;
}

/** Parts in which each class has its share. Throws DataError that says what is wrong with texts or labels. */
export function splitTexts(
  given: LabelledTexts,
  config: { validation_fraction: number; test_fraction: number; seed: number },
): Record<'train' | 'validation' | 'test', LabelledText> {
  const { classNames, test } = given;
  checkTexts('text', given, classNames);
  if (test) checkTexts('test text', test, classNames);
  checkVariety('text', given.labels, classNames);
  const fractions = { validation: config.validation_fraction, test: test ? 0 : config.test_fraction };
  const names = Array.from(given.labels, (label) => classNames[label]!);
  const split = stratifiedSplit(names, fractions, new Generator(config.seed));
  return {
    train: textsAt(given, split.train),
    validation: textsAt(given, split.validation),
    test: test ?? textsAt(given, split.test),
  };
}

/** `sha256:…` over class names, texts and labels. */
export function textsHash({ classNames, test, ...rest }: LabelledTexts): Promise<string> {
  const content = [rest, ...(test ? [test] : [])].map(({ texts, labels }) => [texts, Array.from(labels)]);
  return byteHash([new TextEncoder().encode(JSON.stringify([classNames, ...content]))]);
}

function checkTexts(what: string, { texts, labels }: LabelledText, classNames: readonly string[]): void {
  if (texts.length === 0) throw new DataError(`There is no ${what}. Give at least one of each class.`);
  checkLabels(what, texts.length, labels, classNames);
  const empty = texts.findIndex((text) => text.trim() === '');
  if (empty >= 0) throw new DataError(`The ${what} ${empty} is empty. Remove it or give it words.`);
}

function textsAt({ texts, labels }: LabelledText, indices: Uint32Array): LabelledText {
  return {
    texts: Array.from(indices, (index) => texts[index]!),
    labels: Int32Array.from(indices, (index) => labels[index]!),
  };
}
