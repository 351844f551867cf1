import { checkCount } from '../argument.ts';
import { ArgumentError, DataError } from '../error.ts';
import { minimize } from './minimize.ts';
import { NgramCounts } from './ngram-counts.ts';
import type { Continuations } from './ngram-counts.ts';
import { spreadBlocks } from './spread-blocks.ts';

/** What is taken from counts of 1, of 2, and of 3 or more. */
export type Discounts = readonly [once: number, twice: number, more: number];

export interface KneserNeyOptions {
  /** Tokens of one n-gram: 1 looks at no token before, 3 is a trigram model. Default 3. */
  order?: number;
  /** Token numbers are below it; what the text lacks gets a share too. */
  vocabularySize: number;
}

/** With no discount at all, what the text lacks would be impossible. */
const LEAST = 0.01;
/** Tokens that discounts are tuned on; more would take long and change little. */
const TUNED = 50_000;

/** How often a token followed a context, of one order; null where the context is new. */
interface Level {
  count: number;
  context: Continuations;
}

/**
 * The n-gram model with the best smoothing there is: modified Kneser-Ney, interpolated (Chen & Goodman, 1998). An n-gram's
 * share is its count less a discount; what the discounts leave goes to the next shorter context, whose counts are those of
 * different tokens before it, and at last to all tokens evenly. Needs one look at the text: the baseline of language models.
 */
export class KneserNey {
  readonly order: number;
  readonly vocabularySize: number;
  /** By order, that of single tokens first. */
  readonly discounts: readonly Discounts[];
  readonly #counts: NgramCounts;

  private constructor(counts: NgramCounts, discounts: readonly Discounts[]) {
    this.order = counts.order;
    this.vocabularySize = counts.vocabularySize;
    this.discounts = discounts;
    this.#counts = counts;
  }

  /** With Chen and Goodman's estimates of the discounts. Throws DataError for a text shorter than an n-gram. */
  static fit(tokens: ArrayLike<number>, { order = 3, vocabularySize }: KneserNeyOptions): KneserNey {
    checkCount('KneserNey: order', order);
    checkCount('KneserNey: vocabularySize', vocabularySize);
    if (tokens.length < order) {
      throw new DataError(`The text has ${tokens.length} tokens, too few for n-grams of ${order}.`);
    }
    const counts = new NgramCounts(tokens, order, vocabularySize);
    return new KneserNey(counts, counts.frequencies().map(estimatedDiscounts));
  }

  /** The same counts with other discounts, each from 0 to the count that it is taken from. */
  withDiscounts(discounts: readonly Discounts[]): KneserNey {
    const fits = discounts.length === this.order && discounts.flat().every(isDiscount);
    if (fits) return new KneserNey(this.#counts, discounts);
    throw new ArgumentError(
      `KneserNey takes three discounts for each of its ${this.order} orders, from 0 to 1, 2 and 3.`,
    );
  }

  /**
   * With the discounts that make the loss on `tokens` smallest: better than any estimate, if that text is the judge. Of more
   * than 50,000 tokens, 20 parts count that lie evenly over them. Throws CancelledError when the signal is aborted.
   */
  async tuned(tokens: Int32Array, signal?: AbortSignal): Promise<KneserNey> {
    const levels = spreadBlocks(tokens, TUNED).flatMap((block) =>
      Array.from(block, (_, position) => this.#levels(block, position)),
    );
    const start = this.discounts.flat();
    const loss = (flat: readonly number[]): number => {
      const discounts = grouped(flat);
      return levels.reduce((sum, each) => sum - Math.log(this.#share(each, discounts)), 0);
    };
    const best = await minimize(loss, start, { low: () => LEAST, high: (index) => 1 + (index % 3), signal });
    return this.withDiscounts(grouped(best));
  }

  /** Of `token` after `context`, whose last tokens alone count. */
  probability(context: readonly number[], token: number): number {
    return this.#share(this.#levels([...context, token], context.length), this.discounts);
  }

  /** −ln of the probability of each token after those before it, in nats. */
  losses(tokens: ArrayLike<number>): Float64Array {
    return Float64Array.from(
      { length: tokens.length },
      (_, position) => -Math.log(this.#share(this.#levels(tokens, position), this.discounts)),
    );
  }

  /** From single tokens up to the longest context that the text knows. */
  #levels(tokens: ArrayLike<number>, position: number): Level[] {
    const levels: Level[] = [];
    for (let length = 0; length < this.order && length <= position; length += 1) {
      const context = this.#counts.context(tokens, position - length, length);
      if (!context) break;
      levels.push({ count: this.#counts.count(tokens, position - length, length + 1), context });
    }
    return levels;
  }

  #share(levels: readonly Level[], discounts: readonly Discounts[]): number {
    let share = 1 / this.vocabularySize;
    for (const [index, { count, context }] of levels.entries()) {
      const [once, twice, more] = discounts[index]!;
      const own = count === 0 ? 0 : count - (count === 1 ? once : count === 2 ? twice : more);
      const left = once * context.once + twice * context.twice + more * context.more;
      share = (own + left * share) / context.total;
    }
    return share;
  }
}

function isDiscount(discount: number, index: number): boolean {
  return discount >= 0 && discount <= 1 + (index % 3);
}

function grouped(flat: readonly number[]): Discounts[] {
  return Array.from({ length: flat.length / 3 }, (_, order): Discounts => {
    return [flat[3 * order]!, flat[3 * order + 1]!, flat[3 * order + 2]!];
  });
}

/** From how many n-grams were counted once, twice, three and four times (Chen & Goodman, 1998, equation 17). */
function estimatedDiscounts([n1, n2, n3, n4]: readonly number[]): Discounts {
  const share = n1! / (n1! + 2 * n2!);
  const discount = (count: number, these: number, next: number): number => {
    const estimate = count - ((count + 1) * share * next) / these;
    // A short text may lack n-grams of a count, or have too many of the next.
    return Number.isFinite(estimate) ? Math.min(Math.max(estimate, LEAST), count) : count / 2;
  };
  return [discount(1, n1!, n2!), discount(2, n2!, n3!), discount(3, n3!, n4!)];
}
