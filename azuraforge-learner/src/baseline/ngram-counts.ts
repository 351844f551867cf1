import { ArgumentError, DataError } from '../error.ts';

/** What followed a context: how often in all, and how many different tokens once, twice, and more often. */
export interface Continuations {
  total: number;
  once: number;
  twice: number;
  more: number;
}

/**
 * How often the n-grams of a text occur, up to an order. Of the highest order it counts the text; of the lower ones, how
 * many different tokens stand before an n-gram, which is what Kneser and Ney count.
 */
export class NgramCounts {
  readonly order: number;
  readonly vocabularySize: number;
  /** By order, from 1 on: the number of an n-gram and its count. */
  readonly #counts: readonly Map<number, number>[];
  /** By length of the context, from 0 on. */
  readonly #contexts: readonly Map<number, Continuations>[];

  /** Throws DataError for a token out of range, ArgumentError where n-grams cannot be numbered. */
  constructor(tokens: ArrayLike<number>, order: number, vocabularySize: number) {
    if (vocabularySize ** order > Number.MAX_SAFE_INTEGER) {
      throw new ArgumentError(
        `n-grams of ${order} from ${vocabularySize} tokens are too many to number; lower the order.`,
      );
    }
    for (let position = 0; position < tokens.length; position += 1) {
      const token = tokens[position]!;
      if (Number.isInteger(token) && token >= 0 && token < vocabularySize) continue;
      throw new DataError(
        `Token ${position} is ${token}; it must be a whole number below ${vocabularySize}.`,
      );
    }
    this.order = order;
    this.vocabularySize = vocabularySize;
    const counts: Map<number, number>[] = [this.#countText(tokens)];
    while (counts.length < order) {
      const shorter = vocabularySize ** (order - counts.length);
      counts.unshift(countEach([...counts[0]!.keys()].map((ngram) => ngram % shorter)));
    }
    this.#counts = counts;
    this.#contexts = counts.map((ngrams) => continuations(ngrams, vocabularySize));
  }

  /** How often the `length` tokens from `start` on were counted. */
  count(tokens: ArrayLike<number>, start: number, length: number): number {
    return this.#counts[length - 1]!.get(this.#number(tokens, start, length)) ?? 0;
  }

  /** What followed the `length` tokens from `start` on; undefined where nothing did. */
  context(tokens: ArrayLike<number>, start: number, length: number): Continuations | undefined {
    return this.#contexts[length]!.get(this.#number(tokens, start, length));
  }

  /** For each order how many n-grams were counted once, twice, three and four times. */
  frequencies(): number[][] {
    return this.#counts.map((ngrams) => {
      const found = [0, 0, 0, 0];
      for (const count of ngrams.values()) if (count <= 4) found[count - 1]! += 1;
      return found;
    });
  }

  #countText(tokens: ArrayLike<number>): Map<number, number> {
    const { order } = this;
    const ngrams = Array.from({ length: tokens.length - order + 1 }, (_, start) =>
      this.#number(tokens, start, order),
    );
    return countEach(ngrams);
  }

  /** The digits of the n-gram's number are its tokens. */
  #number(tokens: ArrayLike<number>, start: number, length: number): number {
    let number = 0;
    for (let position = start; position < start + length; position += 1) {
      number = number * this.vocabularySize + tokens[position]!;
    }
    return number;
  }
}

function countEach(ngrams: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const ngram of ngrams) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  return counts;
}

function continuations(
  ngrams: ReadonlyMap<number, number>,
  vocabularySize: number,
): Map<number, Continuations> {
  const contexts = new Map<number, Continuations>();
  for (const [ngram, count] of ngrams) {
    const context = Math.floor(ngram / vocabularySize);
    const known = contexts.get(context) ?? { total: 0, once: 0, twice: 0, more: 0 };
    known.total += count;
    if (count === 1) known.once += 1;
    else if (count === 2) known.twice += 1;
    else known.more += 1;
    contexts.set(context, known);
  }
  return contexts;
}
