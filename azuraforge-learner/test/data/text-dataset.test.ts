import { describe, expect, test } from '@jest/globals';
import type { SequenceDatasetOptions } from '../../src/data/sequence-dataset.ts';
import { SequenceDataset } from '../../src/data/sequence-dataset.ts';
import { TokenDataset } from '../../src/data/token-dataset.ts';
import { ArgumentError, DataError } from '../../src/error.ts';

const tokens = Int32Array.from({ length: 10 }, (_, index) => index);

describe('TokenDataset', () => {
  test('gives windows and what follows each token', async () => {
    const dataset = new TokenDataset({ tokens, window: 3 });
    expect(dataset.length).toBe(3);
    const { input, target } = dataset.batch(Uint32Array.of(2, 0));
    expect([input.shape, target.shape, input.dtype]).toEqual([[2, 3], [2, 3], 'int32']);
    expect([...(await input.data())]).toEqual([6, 7, 8, 0, 1, 2]);
    expect([...(await target.data())]).toEqual([7, 8, 9, 1, 2, 3]);
  });

  test.each([
    [9, 1, 1],
    [8, 1, 2],
    [3, 2, 4],
    [4, 5, 2],
    [4, 6, 1],
  ])('window %d, stride %d: %d samples, none past the end', (window, stride, count) => {
    const dataset = new TokenDataset({ tokens, window, stride });
    expect(dataset.length).toBe(count);
    const { target } = dataset.load(Uint32Array.of(count - 1));
    expect(target.data.at(-1)).toBe((count - 1) * stride + window);
    expect((count - 1) * stride + window).toBeLessThan(tokens.length);
    expect(count * stride + window).toBeGreaterThanOrEqual(tokens.length);
  });

  test('moves the windows of each epoch where it has a seed, never past the end', () => {
    const dataset = new TokenDataset({ tokens, window: 3, seed: 1 });
    expect(dataset.length).toBe(2);
    const starts = Array.from({ length: 20 }, (_, epoch) => {
      const { input, target } = dataset.load(Uint32Array.of(0, 1), epoch + 1);
      const start = input.data[0]!;
      expect([...input.data]).toEqual([0, 1, 2, 3, 4, 5].map((step) => start + step));
      expect([...target.data]).toEqual([1, 2, 3, 4, 5, 6].map((step) => start + step));
      return start;
    });
    expect([...new Set(starts)].sort()).toEqual([0, 1, 2]);
    const again = new TokenDataset({ tokens, window: 3, seed: 1 });
    expect(again.load(Uint32Array.of(0), 7).input.data[0]).toBe(starts[6]);
    expect(dataset.load(Uint32Array.of(0)).input.data[0]).toBe(0);
  });

  test('refuses a text shorter than the window, and negative tokens', () => {
    expect(() => new TokenDataset({ tokens, window: 10 })).toThrow(/10 tokens, too few for a window of 10/);
    expect(() => new TokenDataset({ tokens: new Int32Array(), window: 1 })).toThrow(DataError);
    expect(() => new TokenDataset({ tokens, window: 6, seed: 1 })).toThrow(/window of 6 and the 6 after it/);
    expect(() => new TokenDataset({ tokens: Int32Array.of(1, -2, 3), window: 1 })).toThrow(/Token 1 is -2/);
    expect(() => new TokenDataset({ tokens, window: 0 })).toThrow(ArgumentError);
  });
});

describe('SequenceDataset', () => {
  const options: SequenceDatasetOptions = {
    sequences: [[1, 2], [3, 4, 5, 6], [7]],
    labels: [0, 1, 0],
    classes: 2,
    length: 3,
    padding: 9,
  };

  test('pads short texts and cuts long ones', async () => {
    const dataset = new SequenceDataset(options);
    const { input, target } = dataset.batch(Uint32Array.of(1, 0));
    expect([input.dtype, target.dtype, input.shape]).toEqual(['int32', 'int32', [2, 3]]);
    expect([...(await input.data())]).toEqual([3, 4, 5, 1, 2, 9]);
    expect([...(await target.data())]).toEqual([1, 0]);
    expect([...dataset.lengths]).toEqual([2, 3, 1]);
    expect([...new SequenceDataset({ ...options, keep: 'end' }).load(Uint32Array.of(1)).input.data]).toEqual([
      4, 5, 6,
    ]);
  });

  test.each<[string, Partial<SequenceDatasetOptions>, RegExp]>([
    ['no texts', { sequences: [], labels: [] }, /no texts/],
    ['an empty text', { sequences: [[1], [], [2]] }, /Text 1 has no tokens/],
    ['a broken token', { sequences: [[1], [2], [0.5]] }, /Text 2 holds the token 0.5/],
    ['a label out of range', { labels: [0, 2, 0] }, /Text 1 has the label 2/],
    ['missing labels', { labels: [0] }, /3 texts but 1 labels/],
    ['one class', { classes: 1 }, /at least two/],
  ])('refuses %s', (_, change, message) => {
    const make = (): unknown => new SequenceDataset({ ...options, ...change });
    expect(make).toThrow(DataError);
    expect(make).toThrow(message);
  });
});
