import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Tokenizer } from '../../../src/data/tokenizer.ts';
import { readTokenizer } from '../../../src/data/tokenizer.ts';
import { BytePairTokenizer } from '../../../src/data/tokenizer/byte-pair.ts';
import { CharacterTokenizer } from '../../../src/data/tokenizer/character.ts';
import { joinPair, learnMerges } from '../../../src/data/tokenizer/merges.ts';
import { ArgumentError, DataError, ModelFileError } from '../../../src/error.ts';

const text = 'the cat sat on the mat; kedi paspasın üstünde oturdu. 12345 12345\n\tthe the\r\n'.repeat(3);
const tokenizers: [string, Tokenizer][] = [
  ['characters', CharacterTokenizer.train(text, { special: ['<pad>', '<end>'] })],
  ['byte pairs', BytePairTokenizer.train(text, { size: 300, special: ['<pad>', '<end>'] })],
];

describe.each(tokenizers)('%s', (_, tokenizer) => {
  test('give back any Unicode text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', 'the cat ', '\uFEFF'),
        (random, known) => {
          const there = known + random + known;
          return tokenizer.decode(tokenizer.encode(there)) === there;
        },
      ),
      { numRuns: 500, seed: 4 },
    );
  });

  test.each(['', '\uFEFFmark', 'e\u0301é', '👩‍👩‍👧 🇹🇷', '\0\u001F', 'مرحبا 你好', '  two  spaces  ', '<pad>'])(
    'give back %j',
    (there) => {
      expect(tokenizer.decode(tokenizer.encode(there))).toBe(there);
    },
  );

  test('survive JSON', () => {
    const restored = readTokenizer(JSON.parse(JSON.stringify(tokenizer.state)));
    expect(restored.encode(`${text}ğ`)).toEqual(tokenizer.encode(`${text}ğ`));
    expect(restored.size).toBe(tokenizer.size);
    expect(restored.special('<end>')).toBe(tokenizer.size - 1);
  });

  test('keep special tokens out of texts, and texts out of them', () => {
    const pad = tokenizer.special('<pad>');
    expect(tokenizer.encode('<pad>')).not.toContain(pad);
    expect(tokenizer.decode([pad, ...tokenizer.encode('mat'), pad])).toBe('mat');
    expect(() => tokenizer.special('<mask>')).toThrow(/there are: <pad>, <end>/);
  });

  test('refuse half characters and numbers that are no tokens', () => {
    expect(() => tokenizer.encode('ab\uD83D')).toThrow(DataError);
    expect(() => tokenizer.encode('ab\uD83D')).toThrow(/at 2 it holds half a surrogate pair \(U\+D83D\)/);
    for (const token of [-1, tokenizer.size, 0.5, Number.NaN]) {
      expect(() => tokenizer.decode([token])).toThrow(/is no token/);
    }
  });
});

describe('byte pairs', () => {
  test('are those of the example "aaabdaaabac" of Wikipedia (Byte-pair encoding)', () => {
    // aa → Z, ab → Y, ZY → X gives XdXac.
    const merges = learnMerges(new Map([['aaabdaaabac', 1]]), 3);
    expect(merges).toEqual([
      [97, 97],
      [97, 98],
      [256, 257],
    ]);
    const tokens = new BytePairTokenizer({ merges, special: [] }).encode('aaabdaaabac');
    expect([...tokens]).toEqual([258, 100, 258, 97, 99]);
  });

  test('count what is left after each merge, as counting anew does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c') }), { maxLength: 12 }),
        (list) => {
          const words = new Map(list.map((word, index) => [word, 1 + (index % 3)]));
          expect(learnMerges(words, 20)).toEqual(mergesByCountingAnew(words, 20));
        },
      ),
      { numRuns: 300, seed: 4 },
    );
  });

  test('join the pair that was learned first, from left to right, as pass after pass does', () => {
    const abc = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(abc, abc, (learned, word) => {
        const merges = learnMerges(new Map([[learned, 2]]), 20);
        let expected = [...new TextEncoder().encode(word)];
        for (const [place, pair] of merges.entries()) expected = joinPair(expected, pair, 256 + place);
        expect([...new BytePairTokenizer({ merges, special: [] }).encode(word)]).toEqual(expected);
      }),
      { numRuns: 300, seed: 4 },
    );
  });

  test('take about as long for a long word as for a text', () => {
    const tokenizer = BytePairTokenizer.train(text, { size: 400 });
    const letters = text.replaceAll(/\P{L}/gu, '');
    const word = Array.from({ length: 30_000 }, (_, at) => letters.charAt((at * at) % letters.length));
    const started = performance.now();
    tokenizer.encode(word.join('').repeat(33));
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test('stop where no pair comes twice', () => {
    expect(BytePairTokenizer.train('abc', { size: 1000 }).size).toBe(256);
  });

  test('shorten text, and do not join words', () => {
    const tokenizer = tokenizers[1]![1];
    expect(tokenizer.encode(text).length).toBeLessThan(text.length / 2);
    expect(tokenizer.encode('the the')).toHaveLength(2);
  });

  test('refuse no text, too small a size, and a damaged state', () => {
    expect(() => BytePairTokenizer.train('', { size: 300 })).toThrow(DataError);
    expect(() => BytePairTokenizer.train('abc', { size: 256, special: ['<pad>'] })).toThrow(ArgumentError);
    expect(() => BytePairTokenizer.train('abc', { size: 300, special: ['<a>', '<a>'] })).toThrow(
      ArgumentError,
    );
    const damaged = { kind: 'byte_pair', merges: [[97, 256]], special: [] };
    expect(() => readTokenizer(damaged)).toThrow(/merges.0: it joins 97 and 256/);
    for (const state of [
      null,
      {},
      { ...damaged, merges: [[1, 2, 3]] },
      { ...damaged, merges: [[-1, 0.5]] },
    ]) {
      expect(() => readTokenizer(state)).toThrow(ModelFileError);
    }
  });
});

test('characters without fallback name the one that is new', () => {
  const tokenizer = CharacterTokenizer.train('abc', { byteFallback: false });
  expect([...tokenizer.encode('cab')]).toEqual([2, 0, 1]);
  expect(() => tokenizer.encode('abğ')).toThrow(/"ğ" \(U\+11F\), after 2 characters/);
  expect(() => CharacterTokenizer.train('')).toThrow(DataError);
  expect(() => readTokenizer({ ...tokenizer.state, characters: [] })).toThrow(ModelFileError);
});

/** The plain method: count all pairs of all words for each merge. */
function mergesByCountingAnew(words: ReadonlyMap<string, number>, limit: number): [number, number][] {
  let lists = [...words].map(([word, count]) => ({ tokens: [...Buffer.from(word)], count }));
  const merges: [number, number][] = [];
  while (merges.length < limit) {
    const counts = new Map<string, number>();
    for (const { tokens, count } of lists) {
      for (const [place, right] of tokens.slice(1).entries()) {
        const key = `${tokens[place]},${right}`;
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
    }
    const ranked = [...counts].map(([key, count]) => ({
      pair: key.split(',').map(Number) as [number, number],
      count,
    }));
    ranked.sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
    const [best] = ranked;
    if (!best || best.count < 2) break;
    const [left, right] = best.pair;
    const joined = 256 + merges.length;
    lists = lists.map(({ tokens, count }) => {
      const next: number[] = [];
      for (const token of tokens) {
        if (token === right && next.at(-1) === left) next[next.length - 1] = joined;
        else next.push(token);
      }
      return { tokens: next, count };
    });
    merges.push(best.pair);
  }
  return merges;
}
