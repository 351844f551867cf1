import { describe, expect, test } from '@jest/globals';
import { Generator } from 'azuraforge-core';
import type { Discounts } from '../../src/baseline/kneser-ney.ts';
import { KneserNey } from '../../src/baseline/kneser-ney.ts';
import { spreadBlocks } from '../../src/baseline/spread-blocks.ts';
import { ArgumentError, CancelledError, DataError } from '../../src/error.ts';
import { expectValuesClose } from '../close.ts';
import { readFixture } from '../fixture.ts';

const { ngrams } = await readFixture<{
  ngrams: {
    text: number[];
    vocabularySize: number;
    discount: number;
    cases: { context: number[]; probabilities: number[] }[];
  };
}>('baselines');

const words = Array.from({ length: ngrams.vocabularySize }, (_, word) => word);

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Words that depend on the two before them, with some noise. */
function chain(count: number, seed: number): number[] {
  const generator = new Generator(seed);
  const text = [0, 1];
  while (text.length < count) {
    const noise = generator.random() < 0.3 ? Math.floor(generator.random() * 8) : 0;
    text.push((3 * text.at(-1)! + text.at(-2)! + noise) % 8);
  }
  return text;
}

test('are those of NLTK, where all discounts are one', () => {
  const { text, vocabularySize, discount, cases } = ngrams;
  const same: Discounts = [discount, discount, discount];
  const model = KneserNey.fit(text, { order: 3, vocabularySize }).withDiscounts([[0, 0, 0], same, same]);
  for (const { context, probabilities } of cases) {
    const found = words.map((word) => model.probability(context, word));
    expectValuesClose(found, probabilities, context.join(' '), 1e-12);
  }
});

/** Of the text a b a b a b c b a c: before a stands b alone, before b a and c, before c b and a; 2 of 5 is left for all 4. */
function alone(taken: number): number {
  return (taken + (0.5 + 2 * 0.75) / 4) / 5;
}

describe('modified discounts', () => {
  test('are those of Chen and Goodman, equation 17', () => {
    // Of single words: 4 counted once, 2 twice, 1 three times, 1 four times.
    const text = [0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7, 7];
    const { discounts } = KneserNey.fit(text, { order: 1, vocabularySize: 8 });
    const share = 4 / (4 + 2 * 2);
    const expected = [1 - 2 * share * (2 / 4), 2 - 3 * share * (1 / 2), 3 - 4 * share * (1 / 1)];
    expectValuesClose(discounts[0]!, expected, 'discounts', 1e-12);
  });

  test('give the shares that one finds by hand', () => {
    const [a, b, c] = [0, 1, 2];
    const model = KneserNey.fit([a, b, a, b, a, b, c, b, a, c], { order: 2, vocabularySize: 4 });
    const tuned = model.withDiscounts([
      [0.5, 0.75, 0],
      [0.5, 0.6, 0.8],
    ]);
    expect(tuned.probability([], a)).toBeCloseTo(alone(1 - 0.5), 12);
    expect(tuned.probability([], c)).toBeCloseTo(alone(2 - 0.75), 12);
    expect(tuned.probability([], 3)).toBeCloseTo(alone(0), 12);
    // After a came b three times and c once: 0.8 + 0.5 of 4 is left for the shorter context.
    expect(tuned.probability([a], b)).toBeCloseTo((3 - 0.8 + 1.3 * alone(2 - 0.75)) / 4, 12);
    expect(tuned.probability([a], c)).toBeCloseTo((1 - 0.5 + 1.3 * alone(2 - 0.75)) / 4, 12);
    expect(tuned.probability([a], a)).toBeCloseTo((1.3 * alone(0.5)) / 4, 12);
    // Nothing came after the fourth word.
    expect(tuned.probability([3], a)).toBeCloseTo(alone(0.5), 12);
  });
});

test.each([1, 2, 3, 4])('share all of 1 among the words, order %d', (order) => {
  const model = KneserNey.fit(chain(300, 1), { order, vocabularySize: 9 });
  for (const context of [[], [3], [8], [1, 2], [5, 5], [8, 8, 8], [0, 1, 2, 3]]) {
    const shares = Array.from({ length: 9 }, (_, word) => model.probability(context, word));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(Math.min(...shares)).toBeGreaterThan(0);
  }
});

test('lose what the probabilities say', () => {
  const model = KneserNey.fit(chain(300, 1), { vocabularySize: 8 });
  const text = chain(20, 2);
  const expected = text.map((word, at) => -Math.log(model.probability(text.slice(0, at), word)));
  expectValuesClose(model.losses(text), expected, 'losses', 1e-12);
});

test('lose less with longer contexts, and least with discounts that are tuned on the text', async () => {
  const [text, other] = [chain(2000, 1), chain(500, 2)];
  const [one, two, three] = [1, 2, 3].map((order) => KneserNey.fit(text, { order, vocabularySize: 8 }));
  const loss = (model: KneserNey): number => mean(model.losses(other));
  expect(loss(two!)).toBeLessThan(loss(one!));
  expect(loss(three!)).toBeLessThan(loss(two!));
  const tuned = await three!.tuned(Int32Array.from(other));
  expect(loss(tuned)).toBeLessThan(loss(three!));
  // No single discount can be moved to a better place.
  for (const [at, discount] of tuned.discounts.flat().entries()) {
    for (const step of [-0.02, 0.02]) {
      const moved = Math.min(Math.max(discount + step, 0.01), 1 + (at % 3));
      const flat = tuned.discounts.flat().with(at, moved);
      const discounts = [0, 3, 6].map((start) => flat.slice(start, start + 3) as unknown as Discounts);
      expect(loss(three!.withDiscounts(discounts))).toBeGreaterThanOrEqual(loss(tuned) - 1e-4);
    }
  }
});

test('are tuned on parts from all over a long text, and can be cancelled', async () => {
  const model = KneserNey.fit(chain(2000, 1), { vocabularySize: 8 });
  const text = Int32Array.from(chain(60_000, 2));
  const cancel = new AbortController();
  const tuning = model.tuned(text, cancel.signal);
  setTimeout(() => cancel.abort());
  await expect(tuning).rejects.toThrow(CancelledError);
  const parts = spreadBlocks(text, 50_000);
  expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(50_000);
  expect([parts[0]!.byteOffset, parts.at(-1)!.byteOffset]).toEqual([0, 4 * (60_000 - 2500)]);
});

test('refuse what they cannot count', () => {
  const options = { order: 3, vocabularySize: 8 };
  expect(() => KneserNey.fit([1, 2], options)).toThrow(/2 tokens, too few for n-grams of 3/);
  expect(() => KneserNey.fit([1, 2, 8], options)).toThrow(DataError);
  expect(() => KneserNey.fit([1, 2, 8], options)).toThrow(/Token 2 is 8/);
  expect(() => KneserNey.fit([1, 2, 3], { order: 3, vocabularySize: 1e6 })).toThrow(ArgumentError);
  const model = KneserNey.fit([1, 2, 3], options);
  expect(() => model.withDiscounts([[0, 0, 0]])).toThrow(ArgumentError);
  expect(() => model.withDiscounts([1, 2, 3].map(() => [1.5, 0, 0] as const))).toThrow(/three discounts/);
});
