import { afterAll, describe, expect, test } from '@jest/globals';
import type { Tensor } from 'azuraforge-core';
import { fromTypedArray } from 'azuraforge-core';
import { ImageDataset } from '../../src/data/image-dataset.ts';
import { CharacterTokenizer } from '../../src/data/tokenizer/character.ts';
import { CancelledError } from '../../src/error.ts';
import { attentionMaps } from '../../src/explain/attention-maps.ts';
import { Flatten } from '../../src/nn/flatten.ts';
import { GPT } from '../../src/nn/gpt.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Module } from '../../src/nn/module.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { imageEvidence } from '../../src/pipeline/image-evidence.ts';
import { inputImportance } from '../../src/pipeline/input-importance.ts';
import { pastImportance } from '../../src/pipeline/past-importance.ts';
import { tokenAttention } from '../../src/pipeline/token-attention.ts';
import { wordEvidence } from '../../src/pipeline/word-evidence.ts';
import { attentionSection } from '../../src/report/attention.ts';
import { wordSections } from '../../src/report/words.ts';
import type { InputSource, Values } from '../../src/trainer/dataset.ts';
import { ArrayDataset } from '../../src/trainer/dataset.ts';
import { expectValuesClose } from '../close.ts';

const signal = new AbortController().signal;
const aborted = AbortSignal.abort(new Error('enough'));

/** A linear model of these weights, one row for each output. */
function linear(weights: number[][]): Sequential {
  const model = new Sequential({ flat: new Flatten(), head: new Linear(weights[0]!.length, weights.length) });
  model.loadStateDict({
    'head.weight': {
      dtype: 'float32',
      data: Float32Array.from(weights.flat()),
      shape: [weights.length, weights[0]!.length],
    },
    'head.bias': { dtype: 'float32', data: new Float32Array(weights.length), shape: [weights.length] },
  });
  return model;
}

/** Samples whose first input is their number, and whose target is twice as much. */
const samples = (count: number): ArrayDataset =>
  new ArrayDataset(
    { data: Float32Array.from({ length: 2 * count }, (_, at) => Math.floor(at / 2)), shape: [count, 2] },
    { data: Float32Array.from({ length: count }, (_, at) => 2 * at), shape: [count, 1] },
  );

const meanError = (predicted: Values, actual: Values): number =>
  predicted.data.reduce((sum, value, at) => sum + Math.abs(value - actual.data[at]!), 0) /
  predicted.data.length;

describe('inputImportance', () => {
  const model = linear([[2, 0]]);
  afterAll(() => model.dispose());
  const inputs = { names: ['a', 'b'], titles: ['A', 'B'], groupOf: [0, 1] };

  test('asks samples from the whole test part, at most 256 of them', async () => {
    const asked: Uint32Array[] = [];
    const found = await inputImportance({ model, signal }, samples(1000), inputs, (...said) => {
      asked.push(said[2]);
      return meanError(said[0], said[1]);
    });
    expect(found).toMatchObject({ samples: 256, titles: ['A', 'B'] });
    expect([asked[0]![0], asked[0]![128], asked[0]![255]]).toEqual([0, 500, 996]);
    expect(found!.found.score).toBe(0);
    const [used, unused] = found!.found.features;
    expect(used!.mean).toBeGreaterThan(400);
    expect(unused!.values).toEqual([0, 0, 0]);
  });

  test('has nothing to exchange in one sample', async () => {
    expect(await inputImportance({ model, signal }, samples(1), inputs, meanError)).toBeNull();
  });

  test('ends when the run is cancelled', async () => {
    const run = inputImportance({ model, signal: aborted }, samples(10), inputs, meanError);
    await expect(run).rejects.toThrow(CancelledError);
  });
});

describe('imageEvidence', () => {
  // 28 × 14 pixels, so cells of 2 × 2; the upper half speaks for class 1 and the lower one for class 0.
  const [height, width] = [28, 14];
  const half = Array.from({ length: height * width }, (_, at) => (at < 14 * width ? 100 : 0));
  const model = linear([half.map((weight) => 100 - weight), half]);
  afterAll(() => model.dispose());
  const pixels = new Uint8Array(2 * height * width).fill(100);
  const images = new ImageDataset({
    pixels,
    shape: [2, 1, height, width],
    labels: [0, 1],
    classes: 2,
    mean: [0],
    std: [1],
  });

  test('tells the places that speak for the answer from those that speak against it', async () => {
    const found = await imageEvidence({ model, signal }, images, [1], [0, 1]);
    expect([...found.keys()]).toEqual([1]);
    const { rows, columns, values } = found.get(1)!;
    expect([rows, columns, values.length]).toEqual([14, 7, 98]);
    // A patch of 4 × 4 pixels, each 100 ÷ 255 bright, between two classes that are equally likely.
    const effect = Number(((16 * 100 * 100) / 255).toPrecision(3));
    expect([values[0], values[97]]).toEqual([effect, -effect]);
    // On the border half of the patch speaks for each.
    expect(Math.abs(values[7 * 7]! + values[6 * 7]!)).toBeLessThan(1);
  });

  test('still tells something where the model is wholly sure, and is 0 where it does not look', async () => {
    const sure = linear([half.map(() => 0), half]);
    try {
      const { values } = (await imageEvidence({ model: sure, signal }, images, [0], [1, 1])).get(0)!;
      expect(values[0]).toBeGreaterThan(100);
      expect(values.slice(7 * 8)).toEqual(Array.from({ length: 42 }, () => 0));
    } finally {
      sure.dispose();
    }
  });

  test('ends when the run is cancelled', async () => {
    await expect(imageEvidence({ model, signal: aborted }, images, [0], [0, 1])).rejects.toThrow(
      CancelledError,
    );
  });
});

const count = (text: string, word: string): number => text.split(word).length - 1;

describe('wordEvidence', () => {
  // Counts of two words: the first speaks for class 1, the second against it.
  const model = linear([
    [0, 0],
    [3, -1],
  ]);
  afterAll(() => model.dispose());
  const texts = ['ça va', 'good!  good, bad tea', 'tea'];
  const tokenizer = CharacterTokenizer.train('god! ,batev', { special: ['nothing'] });
  const cover = tokenizer.special('nothing');
  const judged = {
    labels: [0, 1, 1],
    classNames: ['no', 'yes'],
    probabilities: Float32Array.of(0.9, 0.1, 0, 1, 0.7, 0.3),
  };
  const read = { tokens: texts.map((text) => tokenizer.encode(text)), window: 18, tokenizer, cover };

  test('covers each word wherever it stands, in the clearest texts and the surest mistake', async () => {
    const asked: string[][] = [];
    const sourceOf = (tokens: readonly Int32Array[]): InputSource => {
      // In place, but none of it left to read.
      for (const each of tokens) expect(each).toHaveLength(tokens[0]!.length);
      const changed = tokens.map((each) => tokenizer.decode(each));
      asked.push(changed);
      const counts = changed.flatMap((text) => [count(text, 'good'), count(text, 'bad')]);
      const data = Float32Array.from(counts);
      return { length: changed.length, batch: () => ({ input: fromTypedArray(data, [changed.length, 2]) }) };
    };
    const found = await wordEvidence({ model, signal }, judged, { ...read, sourceOf });
    expect(found.map(({ index }) => index)).toEqual([0, 1, 2]);
    // The window ends within a word, and ç is two tokens.
    expect(asked).toEqual([
      ['ça va', ' va', 'ça '],
      [
        'good!  good, bad t',
        '!  , bad t',
        'good  good, bad t',
        'good!  good bad t',
        'good!  good,  t',
        'good!  good, bad ',
      ],
      ['tea', ''],
    ]);
    const [good, ...rest] = found[1]!.words;
    expect([good!.name, good!.value]).toEqual(['good', 6]);
    expect(rest.map(({ name, value }) => [name, value])).toEqual([
      ['!', 0],
      [',', 0],
      ['bad', -1],
      ['t', 0],
    ]);
    const sections = wordSections(judged, found);
    expect(sections.map(({ id }) => id)).toEqual(['words', 'words_2', 'words_3']);
    expect(sections[2]!.title).toMatchObject({ en: 'Words that decide: yes, taken for no (70%)' });
    expect(sections[1]!.bars.slice(0, 2).map(({ title }) => title)).toEqual(['good', 'bad']);
  });

  test('shows the strongest words alone, for and against', () => {
    const words = Array.from({ length: 14 }, (_, at) => ({ name: `w${at}`, value: at - 7, error: null }));
    const [section] = wordSections(judged, [{ index: 0, text: 'w0 w1', words }]);
    const shown = section!.bars.map(({ value }) => value);
    expect(shown.toSorted((a, b) => a - b)).toEqual([-7, -6, -5, -4, -3, -2, -1, 2, 3, 4, 5, 6]);
  });

  test('ends when the run is cancelled', async () => {
    const run = wordEvidence({ model, signal: aborted }, judged, { ...read, sourceOf: () => samples(3) });
    await expect(run).rejects.toThrow(CancelledError);
  });
});

describe('tokenAttention', () => {
  const tokenizer = CharacterTokenizer.train('abc', { byteFallback: false });
  const model = new GPT(tokenizer.size, { maxLength: 4, dModel: 8, nhead: 2, numLayers: 2 });
  afterAll(() => model.dispose());

  test('is the mean over heads and layers, for as many tokens as the model reads', async () => {
    const { tokens, map } = await tokenAttention(model, tokenizer, tokenizer.encode('abcabc'));
    expect(tokens).toEqual(['a', 'b', 'c', 'a']);
    const input = fromTypedArray(tokenizer.encode('abca'), [1, 4]);
    const [first, second] = await attentionMaps(model, input);
    input.dispose();
    const mean = first!.mean.values.map((value, at) => (value + second!.mean.values[at]!) / 2);
    expectValuesClose(map.values, mean);
    expect(map.shape).toEqual([4, 4]);
    expect(attentionSection({ tokens: [' a', '\n', 'b', '\t'], map }).rows.labels).toEqual([
      '␣a',
      '↵',
      'b',
      '␣',
    ]);
  });
});

/** Loses as much as the code two before the one to foretell. */
class SecondBefore extends Module {
  override forward(windows: Tensor): Tensor {
    const [batch, width] = windows.shape as [number, number];
    return windows
      .narrow(1, width - 3, 1)
      .cast('float32')
      .expand([batch, width - 1]);
  }

  override describe() {
    return { type: 'SecondBefore' };
  }
}

describe('pastImportance', () => {
  const codes = { train: new Int32Array(40).fill(9), test: new Int32Array(20).fill(1) };

  test('finds what the next sample depends on', async () => {
    const { bins, growth, places } = await pastImportance(new SecondBefore(), codes, 6, signal);
    expect(bins.map(({ label }) => label)).toEqual(['1', '2', '3–4', '5–6']);
    expect(growth).toEqual([0, 8, 0, 0]);
    expect(places).toBe(2);
  });

  test('ends when the run is cancelled', async () => {
    await expect(pastImportance(new SecondBefore(), codes, 6, aborted)).rejects.toThrow(CancelledError);
  });
});
