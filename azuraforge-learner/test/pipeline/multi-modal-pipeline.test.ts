import { describe, expect, test } from '@jest/globals';
import { memory } from 'azuraforge-core';
import { SequenceDataset } from '../../src/data/sequence-dataset.ts';
import { ImageDataset } from '../../src/data/image-dataset.ts';
import { randomBlanking, TextImageDataset } from '../../src/data/text-image-dataset.ts';
import { DataError, ModelFileError, PredictionInputError } from '../../src/error.ts';
import type { FieldProblem } from '../../src/error.ts';
import type { RowsInput, TrainingResult } from '../../src/pipeline.ts';
import type { LabelledPairs } from '../../src/pipeline/labelled-pairs.ts';
import { testPipeline } from '../../src/plugin.ts';
import type { BarsSection, PicturesSection, ScoresSection } from '../../src/report.ts';
import type { BadgeConfig } from './badge-pipeline.ts';
import { BadgePipeline, badges } from './badge-pipeline.ts';

function train(change: Partial<BadgeConfig> = {}, pipeline = new BadgePipeline()): Promise<TrainingResult> {
  return pipeline.train({
    config: { ...pipeline.defaultConfig(), ...change },
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
}

function section<Section extends { id: string }>({ report }: TrainingResult, id: string): Section {
  return report.sections.find((candidate) => candidate.id === id) as unknown as Section;
}

const accuracyOf = (result: TrainingResult, row: string): number =>
  section<ScoresSection>(result, 'scores').rows.find(({ key }) => key === row)!.values['accuracy']!;

/** Badges with something changed. */
const changed = (change: Partial<LabelledPairs>): BadgePipeline =>
  new BadgePipeline({ ...badges(40), ...change });

const trained = train();

const picture = (index: number): number[] =>
  Array.from(badges(240).pixels.subarray(index * 36, (index + 1) * 36));

describe('training', () => {
  test('keeps the contract of plugins', async () => {
    expect(await testPipeline(new BadgePipeline(badges(80)))).toHaveLength(8);
  });

  test('learns what neither the text nor the image tells alone', async () => {
    const result = await trained;
    expect(result.report.summary).toMatchObject({ metric: 'error_rate', naive: 0.75, verdict: 'better' });
    expect(accuracyOf(result, 'model')).toBeGreaterThan(0.95);
    expect(accuracyOf(result, 'naive')).toBe(0.25);
    // Either half tells two of the four classes apart.
    for (const half of ['text_alone', 'image_alone']) {
      expect(accuracyOf(result, half)).toBeGreaterThan(0.3);
      expect(accuracyOf(result, half)).toBeLessThan(0.7);
    }
    const beside = result.report.sections.find(({ id }) => id === 'beside_text_alone');
    expect(beside).toMatchObject({
      title: { en: 'Beside the same model without the image' },
      text: { en: expect.stringMatching(/: the image helps this model\.$/) },
    });
  });

  test('shows its mistakes with their texts', async () => {
    const pairs = badges(240);
    const labels = Int32Array.from(pairs.labels, (label, index) =>
      index % 5 === 0 ? (label + 1) % 4 : label,
    );
    const result = await train({ epochs: 6 }, new BadgePipeline({ ...pairs, labels }));
    const { items } = section<PicturesSection>(result, 'mistakes');
    const { en } = items[0]!.caption as { en: string };
    expect(en).toMatch(/^“[abc] (anna|berk)”: (dark|light) \w+, taken for .* \([\d.]+%\)$/);
  });

  test('says which places and words decide', async () => {
    const result = await trained;
    const { items } = section<PicturesSection>(result, 'evidence');
    expect(items.map(({ caption }) => (caption as { en: string }).en)).toEqual([
      expect.stringMatching(/^“[abc] anna”: dark anna \(/),
      expect.stringMatching(/^“[abc] berk”: dark berk \(/),
      expect.stringMatching(/^“[abc] anna”: light anna \(/),
      expect.stringMatching(/^“[abc] berk”: light berk \(/),
    ]);
    // Wherever it is dark or light.
    for (const { heat } of items) {
      expect(heat!.values.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(1);
    }
    const strongest = ['words', 'words_2', 'words_3', 'words_4'].map(
      (id) => section<BarsSection>(result, id).bars[0]!.title,
    );
    expect(strongest).toEqual(['anna', 'berk', 'anna', 'berk']);
  });

  test('uses the test part that the data brings', async () => {
    const result = await train({ epochs: 1 }, changed({ test: badges(8) }));
    const counts = section<ScoresSection>(result, 'per_class').rows.map(({ values }) => values['support']);
    expect(counts).toEqual([2, 2, 2, 2]);
  });

  test('leaves no tensor behind', async () => {
    await trained;
    const before = memory().buffers;
    await train({ epochs: 1 }, changed({}));
    expect(memory().buffers).toBe(before);
  });
});

/** What is hidden of 2,000 samples. */
function drawn(seed: number, epoch: number): ('text' | 'image' | null)[] {
  const hide = randomBlanking(0.4, seed);
  return Array.from({ length: 2000 }, (_, index) => hide(index, epoch));
}

describe('hidden halves', () => {
  const { pixels, shape, labels, texts } = badges(40);
  const pairs = (blank?: ReturnType<typeof randomBlanking>): TextImageDataset =>
    new TextImageDataset({
      texts: new SequenceDataset({
        sequences: texts.map(() => [1, 2]),
        labels,
        classes: 4,
        length: 3,
        padding: 9,
      }),
      images: new ImageDataset({ pixels, shape, labels, classes: 4, mean: [0], std: [1] }),
      blankToken: 8,
      padding: 9,
      blank,
    });

  test('are the share that was asked for, half of them texts, others in each epoch and the same for a seed', () => {
    const count = (hidden: 'text' | 'image') => drawn(1, 1).filter((each) => each === hidden).length;
    expect(Math.abs(count('text') - 400)).toBeLessThan(60);
    expect(Math.abs(count('image') - 400)).toBeLessThan(60);
    expect(drawn(1, 1)).toEqual(drawn(1, 1));
    expect(drawn(1, 2)).not.toEqual(drawn(1, 1));
    expect(drawn(2, 1)).not.toEqual(drawn(1, 1));
  });

  test('are a token of their own and zeros, and nothing else changes', () => {
    const whole = pairs().load(Uint32Array.of(0, 1), 0);
    expect([...whole.input[0]!.data]).toEqual([1, 2, 9, 1, 2, 9]);
    const blanked = pairs((index) => (index === 1 ? 'text' : null)).load(Uint32Array.of(0, 1), 0);
    expect([...blanked.input[0]!.data]).toEqual([1, 2, 9, 8, 9, 9]);
    expect(blanked.input[1]).toEqual(whole.input[1]);
    const dark = pairs((index) => (index === 0 ? 'image' : null)).load(Uint32Array.of(0, 1), 0);
    expect(dark.input[0]).toEqual(whole.input[0]);
    expect([...dark.input[1]!.data.subarray(0, 36)]).toEqual(Array.from({ length: 36 }, () => 0));
    expect(dark.input[1]!.data.subarray(36)).toEqual(whole.input[1]!.data.subarray(36));
    expect(pairs()).toHaveLength(40);
  });

  test('need a text for each image', () => {
    const few = new SequenceDataset({ sequences: [[1]], labels: [0], classes: 4, length: 3, padding: 9 });
    const images = new ImageDataset({ pixels, shape, labels, classes: 4 });
    expect(() => new TextImageDataset({ texts: few, images, blankToken: 8, padding: 9 })).toThrow(
      'There are 1 texts but 40 images',
    );
  });
});

describe('data that cannot be learned from', () => {
  const texts = badges(40).texts;
  const empty = { pixels: new Uint8Array(), shape: [0, 1, 6, 6] as const, labels: [], texts: [] };
  test.each<[string, () => BadgePipeline, RegExp]>([
    ['no sample', () => changed(empty), /at least one image/],
    ['fewer texts', () => changed({ texts: texts.slice(1) }), /40 images but 39 texts/],
    ['an empty text', () => changed({ texts: texts.with(3, '  ') }), /text of the image 3 is empty/],
    ['half a character', () => changed({ texts: texts.with(3, '\uD83D') }), /half a surrogate pair/],
    [
      'one class',
      () => changed({ labels: new Int32Array(40) }),
      /All 40 images are of the class "dark anna"/,
    ],
    ['images of one colour', () => changed({ pixels: new Uint8Array(40 * 36) }), /Channel 0 is 0/],
    [
      'a test part without texts',
      () => changed({ test: { ...badges(4), texts: [] } }),
      /4 test images but 0 texts/,
    ],
  ])('%s', async (_, pipeline, message) => {
    await expect(train({}, pipeline())).rejects.toThrow(DataError);
    await expect(train({}, pipeline())).rejects.toThrow(message);
  });
});

async function ask(input: unknown): Promise<{ label: string; probabilities: number[] }[]> {
  return (await new BadgePipeline().predict((await trained).files, input as RowsInput)).rows;
}

async function problems(input: unknown): Promise<FieldProblem[]> {
  const error = await ask(input).then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(PredictionInputError);
  return (error as PredictionInputError).details;
}

describe('prediction', () => {
  test('answers from both, and from one where the other is left out', async () => {
    const pixels = picture(0);
    const rows = await ask({
      rows: [
        { text: 'c anna', pixels },
        { text: 'c berk', pixels },
        { text: 'c berk', pixels: picture(2) },
        { text: 'c berk' },
        { pixels },
      ],
    });
    expect(rows.slice(0, 3).map(({ label }) => label)).toEqual(['dark anna', 'dark berk', 'light berk']);
    expect(rows[3]!.label).toMatch(/berk$/);
    expect(rows[4]!.label).toMatch(/^dark/);
  });

  test('answers the same for a file as for its pixels, and for texts alike in what is read of them', async () => {
    const { encode } = await import('fast-png');
    const png = encode({ width: 6, height: 6, data: Uint8Array.from(picture(2)), channels: 1, depth: 8 });
    const image = Buffer.from(png).toString('base64');
    const long = 'a berk and so on';
    const [plain, ...same] = await ask({
      rows: [
        { text: long, pixels: picture(2) },
        { text: long, image },
        { text: `${long.slice(0, 12)} or else`, image },
      ],
    });
    expect(same).toEqual([plain, plain]);
  });

  test.each<[string, unknown, string]>([
    ['nothing', {}, 'rows'],
    ['no row', { rows: [] }, 'rows'],
    ['an empty row', { rows: [{}] }, 'rows.0'],
    ['an image of both kinds', { rows: [{ text: 'a', image: 'AAAA', pixels: picture(0) }] }, 'rows.0'],
    ['an empty text', { rows: [{ text: '', pixels: picture(0) }] }, 'rows.0.text'],
    ['a text that is a number', { rows: [{ text: 5 }] }, 'rows.0.text'],
    ['half a character', { rows: [{ text: 'a' }, { text: '\uD83D' }] }, 'rows.1.text'],
    ['too few pixels', { rows: [{ text: 'a', pixels: [1, 2] }] }, 'rows.0.pixels'],
    ['an image that is none', { rows: [{ text: 'a', image: btoa('GIF89a') }] }, 'rows.0.image'],
    ['no base64', { rows: [{ text: 'a', image: '%%' }] }, 'rows.0.image'],
  ])('refuses %s', async (_, input, path) => {
    expect((await problems(input)).map((problem) => problem.path)).toContain(path);
  });

  test('refuses layers that do not fit the preprocessing', async () => {
    const { files } = await trained;
    const content = JSON.parse(new TextDecoder().decode(files['model.json']));
    content.preprocessing.images.height = 12;
    const damaged = { ...files, 'model.json': new TextEncoder().encode(JSON.stringify(content)) };
    const question = new BadgePipeline().predict(damaged, { rows: [{ text: 'a' }] });
    await expect(question).rejects.toThrow(ModelFileError);
    await expect(question).rejects.toThrow('its layers do not fit its preprocessing');
  });

  test('refuses a damaged model.json', async () => {
    const { files } = await trained;
    for (const part of ['images', 'tokenizer', 'text_length']) {
      const content = JSON.parse(new TextDecoder().decode(files['model.json']));
      content.preprocessing[part] = {};
      const damaged = { ...files, 'model.json': new TextEncoder().encode(JSON.stringify(content)) };
      const question = new BadgePipeline().predict(damaged, { rows: [{ text: 'a' }] });
      await expect(question).rejects.toThrow(ModelFileError);
    }
  });
});
