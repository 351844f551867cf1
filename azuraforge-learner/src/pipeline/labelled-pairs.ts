import { byteHash } from '../data/byte-hash.ts';
import { DataError } from '../error.ts';
import type { Labelled, LabelledImages } from './labelled-images.ts';
import { imagesAt, imagesHash, splitIndices } from './labelled-images.ts';

/** Images with a text and a class number each. */
export interface LabelledPair extends Labelled {
  texts: readonly string[];
}

/** What a classifier of texts and images learns from. */
export interface LabelledPairs extends LabelledPair, LabelledImages {
  test?: LabelledPair;
}

export interface PairParts {
  train: LabelledPair;
  validation: LabelledPair;
  test: LabelledPair;
}

/** Parts in which each class has its share. Throws DataError that says what is wrong with texts, images or labels. */
export function splitPairs(
  pairs: LabelledPairs,
  config: { validation_fraction: number; test_fraction: number; seed: number },
): PairParts {
  checkTexts('', pairs);
  if (pairs.test) checkTexts('test ', pairs.test);
  const split = splitIndices(pairs, config);
  return {
    train: pairsAt(pairs, split.train),
    validation: pairsAt(pairs, split.validation),
    test: pairs.test ?? pairsAt(pairs, split.test),
  };
}

/** `sha256:…` over all that `imagesHash` covers, and the texts. */
export async function pairsHash(pairs: LabelledPairs): Promise<string> {
  const texts = [await imagesHash(pairs), pairs.texts, pairs.test?.texts ?? []];
  return byteHash([new TextEncoder().encode(JSON.stringify(texts))]);
}

function checkTexts(part: string, { texts, shape: [count] }: LabelledPair): void {
  if (texts.length !== count) {
    throw new DataError(`There are ${count} ${part}images but ${texts.length} texts; each needs one.`);
  }
  const empty = texts.findIndex((text) => text.trim() === '');
  if (empty >= 0) {
    throw new DataError(
      `The text of the ${part}image ${empty} is empty. Write one, or leave the sample out.`,
    );
  }
}

function pairsAt(pairs: LabelledPair, indices: Uint32Array): LabelledPair {
  return {
    ...imagesAt(pairs, indices),
    texts: Array.from(indices, (index) => pairs.texts[index]!),
  };
}
