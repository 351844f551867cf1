import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { fromTypedArray, memory, tidy } from 'azuraforge-core';
import { ConfigError, DataError, ModelFileError, PredictionInputError } from '../../src/error.ts';
import type { FieldProblem } from '../../src/error.ts';
import { loadModel } from '../../src/model-file.ts';
import type { RowsInput, TrainingResult } from '../../src/pipeline.ts';
import type { LabelledImages } from '../../src/pipeline/labelled-images.ts';
import { testPipeline } from '../../src/plugin.ts';
import type { PicturesSection, ScoresSection } from '../../src/report.ts';
import type { BarConfig } from './bar-pipeline.ts';
import { barImages, BarPipeline } from './bar-pipeline.ts';

function train(change: Partial<BarConfig> = {}, pipeline = new BarPipeline()): Promise<TrainingResult> {
  return pipeline.train({
    config: { ...pipeline.defaultConfig(), ...change },
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
}

function section<Section extends { id: string }>({ report }: TrainingResult, id: string): Section {
  return report.sections.find((candidate) => candidate.id === id) as unknown as Section;
}

const score = (result: TrainingResult, row: string, column: string): number =>
  section<ScoresSection>(result, 'scores').rows.find(({ key }) => key === row)!.values[column]!;

/** Images with something changed. */
const changed = (change: Partial<LabelledImages>): BarPipeline =>
  new BarPipeline({ ...barImages(40), ...change });

const trained = train();

const picture = (index: number): number[] => {
  const { pixels } = barImages(320);
  return Array.from(pixels.subarray(index * 64, (index + 1) * 64));
};

async function ask(input: unknown): Promise<{ label: string; probabilities: number[] }[]> {
  return (await new BarPipeline().predict((await trained).files, input as RowsInput)).rows;
}

async function problems(input: unknown): Promise<FieldProblem[]> {
  const error = await ask(input).then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(PredictionInputError);
  return (error as PredictionInputError).details;
}

const bytesOf = (pixels: string): number[] => Array.from(atob(pixels), (byte) => byte.charCodeAt(0));

describe('training', () => {
  test('keeps the contract of plugins', async () => {
    expect(await testPipeline(new BarPipeline())).toHaveLength(8);
  });

  test('learns what the majority class does not know', async () => {
    const result = await trained;
    const { metric, model, naive, verdict } = result.report.summary;
    expect({ metric, naive, verdict }).toEqual({ metric: 'error_rate', naive: 0.5, verdict: 'better' });
    expect(model).toBeLessThan(0.1);
    expect(score(result, 'model', 'accuracy')).toBeCloseTo(1 - model, 12);
    expect(score(result, 'naive', 'accuracy')).toBe(0.5);
    expect(score(result, 'naive', 'macro_f1')).toBeCloseTo(2 / 9, 12);
  });

  test('does not call a model better that answers the majority class', async () => {
    const { report } = await train(
      { epochs: 1, learning_rate: 1e-6, schedule: 'constant', optimizer: 'sgd' },
      changed({}),
    );
    expect(report.summary.verdict).not.toBe('better');
  });

  test('counts every test image once in the confusion matrix, its diagonal the right ones', async () => {
    const result = await trained;
    const rows = section<ScoresSection>(result, 'confusion').rows;
    const counts = rows.flatMap(({ values }) => Object.values(values) as number[]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(48);
    const right = rows.reduce((sum, { key, values }) => sum + values[key]!, 0);
    expect(right / 48).toBeCloseTo(score(result, 'model', 'accuracy'), 12);
    const support = section<ScoresSection>(result, 'per_class').rows.map(({ values }) => values['support']);
    expect(support).toEqual([24, 12, 12]);
  });

  test('shows its mistakes, the surest first, as pixels', async () => {
    // Labels by chance can only be guessed.
    const images = barImages(320, { channels: 3 });
    const labels = Int32Array.from(images.labels, (label, index) =>
      index % 5 === 0 ? (label + 1) % 3 : label,
    );
    const result = await train({ epochs: 8 }, new BarPipeline({ ...images, labels }));
    const { items } = section<PicturesSection>(result, 'mistakes');
    expect(items.length).toBeGreaterThan(2);
    const sure = items.map(({ caption }) => Number(/\(([\d.]+)%\)/.exec((caption as { en: string }).en)![1]));
    expect(sure).toEqual(sure.toSorted((a, b) => b - a));
    const [first] = items;
    expect(first).toMatchObject({ width: 8, height: 8, channels: 3 });
    const index = Number(first!.key.slice('image_'.length));
    expect(Number.isInteger(index)).toBe(true);
    expect(atob(first!.pixels)).toHaveLength(192);
    expect(first!.heat!.values).toHaveLength(64);
  });

  test('shows for each class what it looks at: the bar, not the noise around it', async () => {
    const { items } = section<PicturesSection>(await trained, 'evidence');
    expect(items.map(({ caption }) => (caption as { en: string }).en.split(' ')[0])).toEqual([
      'lying',
      'standing',
      'leaning',
    ]);
    for (const { pixels, heat } of items) {
      expect(heat).toMatchObject({ rows: 8, columns: 8 });
      const meanOf = (isBar: boolean): number => {
        const chosen = heat!.values.filter((_, at) => bytesOf(pixels)[at]! >= 200 === isBar);
        return chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
      };
      expect(meanOf(true)).toBeGreaterThan(meanOf(false));
    }
  });

  test('uses the test part that the data brings', async () => {
    const result = await train({ epochs: 1 }, changed({ test: barImages(16) }));
    const counts = section<ScoresSection>(result, 'per_class').rows.map(({ values }) => values['support']);
    expect(counts).toEqual([8, 4, 4]);
  });

  test('learns with every augmentation, schedule and optimizer', async () => {
    for (const change of [
      { augment_flip: true, augment_shift: 1, schedule: 'cosine', optimizer: 'adam' },
      { augment_rotation: 10, augment_cutout: 2, augment_color: 0.2, schedule: 'constant', optimizer: 'sgd' },
    ] as const) {
      const { report } = await train({ epochs: 1, ...change }, changed({}));
      expect(Number.isFinite(report.summary.model)).toBe(true);
    }
  });

  test('learns from blended images', async () => {
    const result = await train({ augment_mixup: 0.4 });
    expect(score(result, 'model', 'accuracy')).toBeGreaterThan(0.85);
    const plain = await train({ augment_mixup: 0.4, epochs: 1 });
    expect(plain.files['model.safetensors']).not.toEqual(
      (await train({ epochs: 1 })).files['model.safetensors'],
    );
  });

  test('leaves no tensor behind', async () => {
    await trained;
    const before = memory().buffers;
    await train({ epochs: 1 }, changed({}));
    expect(memory().buffers).toBe(before);
  });
});

describe('data that cannot be learned from', () => {
  const empty = { pixels: new Uint8Array(), shape: [0, 1, 8, 8] as const, labels: [] };
  test.each<[string, () => BarPipeline, RegExp]>([
    ['no image', () => changed(empty), /shape \[0, 1, 8, 8\].*at least one image/],
    ['bytes that do not fill the shape', () => changed({ pixels: new Uint8Array(7) }), /hold 7/],
    ['fewer labels', () => changed({ labels: [0, 1] }), /40 images but 2 labels/],
    ['one class', () => changed({ labels: new Int32Array(40) }), /All 40 images are of the class "lying"/],
    [
      'a class without images',
      () => changed({ classNames: ['a', 'b', 'c', 'd'] }),
      /no image of the class "d"/,
    ],
    ['a label out of range', () => changed({ classNames: ['a', 'b'] }), /image 3 has the label 2.*0 to 1/],
    [
      'a label that is NaN',
      () => changed({ labels: Array.from({ length: 40 }, () => Number.NaN) }),
      /label NaN/,
    ],
    ['a class name twice', () => changed({ classNames: ['a', 'b', 'a'] }), /"a" is empty or there twice/],
    ['images of one colour', () => changed({ pixels: new Uint8Array(40 * 64).fill(9) }), /Channel 0 is 9/],
    [
      'a test part of another size',
      () => changed({ test: { ...barImages(4), shape: [1, 4, 8, 8] as const, labels: [0] } }),
      /one size/,
    ],
  ])('%s', async (_, pipeline, message) => {
    await expect(train({}, pipeline())).rejects.toThrow(DataError);
    await expect(train({}, pipeline())).rejects.toThrow(message);
  });

  test('more blocks than halvings', async () => {
    const failure = train({ blocks: 4 });
    await expect(failure).rejects.toThrow(ConfigError);
    await expect(failure).rejects.toMatchObject({ details: [{ path: 'blocks' }] });
  });
});

describe('prediction', () => {
  test('gives each class its probability', async () => {
    const rows = await ask({ rows: [0, 2, 3].map((index) => ({ pixels: picture(index) })) });
    expect(rows.map(({ label }) => label)).toEqual(['lying', 'standing', 'leaning']);
    for (const { probabilities } of rows) {
      expect(probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    }
    const { naive } = await new BarPipeline().predict((await trained).files, {
      rows: [{ pixels: picture(0) }],
    });
    expect(naive).toEqual([0.5, 0.25, 0.25]);
  });

  test('answers as its layers do for normalised pixels, and as well as the report says', async () => {
    const images = barImages(48, { noise: 130 });
    const result = await train({ epochs: 3 }, new BarPipeline({ ...barImages(320), test: images }));
    const pixels = Array.from({ length: 48 }, (_, index) =>
      Array.from(images.pixels.subarray(index * 64, (index + 1) * 64)),
    );
    const { rows, classes } = await new BarPipeline().predict(result.files, {
      rows: pixels.map((each) => ({ pixels: each })),
    });
    expect(classes).toEqual(images.classNames);
    const right = rows.filter(({ label }, index) => label === classes[images.labels[index]!]);
    expect(right.length / 48).toBeCloseTo(score(result, 'model', 'accuracy'), 12);
    expect(right.length).toBeGreaterThan(24);
    expect(right.length).toBeLessThan(48);

    const { model, description } = loadModel(result.files);
    const { mean, std } = description.preprocessing as { mean: [number]; std: [number] };
    const input = pixels.flat().map((byte) => (byte / 255 - mean[0]) / std[0]);
    const logits = tidy(() => model.eval().forward(fromTypedArray(Float32Array.from(input), [48, 1, 8, 8])));
    const data = await logits.data();
    for (const [index, { probabilities }] of rows.entries()) {
      const powers = Array.from(data.slice(3 * index, 3 * index + 3), Math.exp);
      for (const [number, probability] of probabilities.entries()) {
        expect(probability).toBeCloseTo(powers[number]! / (powers[0]! + powers[1]! + powers[2]!), 5);
      }
    }
    logits.dispose();
    model.dispose();
  });

  test('reads PNG and JPEG files', async () => {
    for (const file of ['gray.png', 'gray.jpg']) {
      const bytes = await readFile(new URL(`../fixtures/files/${file}`, import.meta.url));
      const [problem] = await problems({ rows: [{ image: bytes.toString('base64') }] });
      expect(problem).toMatchObject({
        path: 'rows.0.image',
        message: expect.stringMatching(/It is \d+ × \d+ pixels instead of 8 × 8/),
      });
    }
  });

  test.each(['gray.png', 'gray.jpg'])('refuses %s of a huge size before it is unpacked', async (file) => {
    const bytes = await readFile(new URL(`../fixtures/files/${file}`, import.meta.url));
    const head = bytes.subarray(0, file === 'gray.png' ? 24 : bytes.indexOf(Buffer.from([0xff, 0xc0])) + 9);
    if (file === 'gray.png') head.writeUInt32BE(60_000, 16);
    else head.writeUInt16BE(60_000, head.length - 2);
    // Of a file that ends here, nothing but the size can be told.
    const [problem] = await problems({ rows: [{ image: head.toString('base64') }] });
    expect(problem!.message).toMatch(/It is 60000 × \d+ pixels instead of 8 × 8/);
  });

  test('answers the same for a file as for its pixels', async () => {
    const { encode } = await import('fast-png');
    const pixels = picture(2);
    const png = encode({ width: 8, height: 8, data: Uint8Array.from(pixels), channels: 1, depth: 8 });
    const image = Buffer.from(png).toString('base64');
    const plain = await ask({ rows: [{ pixels }, { pixels }] });
    expect(await ask({ rows: [{ image }, { image: `data:image/png;base64,${image}` }] })).toEqual(plain);
  });

  test.each<[string, unknown, string]>([
    ['nothing', {}, 'rows'],
    ['no row', { rows: [] }, 'rows'],
    ['an empty row', { rows: [{}] }, 'rows.0'],
    ['both kinds', { rows: [{ image: 'AAAA', pixels: Array.from({ length: 64 }, () => 0) }] }, 'rows.0'],
    ['too few pixels', { rows: [{ pixels: [1, 2] }] }, 'rows.0.pixels'],
    [
      'a pixel out of range',
      { rows: [{ pixels: Array.from({ length: 64 }, () => 256) }] },
      'rows.0.pixels.0',
    ],
    ['no base64', { rows: [{ image: '%%' }] }, 'rows.0.image'],
    ['another file', { rows: [{ image: btoa('GIF89a') }] }, 'rows.0.image'],
    ['a damaged file', { rows: [{ image: btoa('\x89PNG\r\n\x1a\n') }] }, 'rows.0.image'],
  ])('refuses %s', async (_, input, path) => {
    expect((await problems(input)).map((problem) => problem.path)).toContain(path);
  });

  interface ModelJson {
    layer: { layers: Record<string, { type: string }> };
    preprocessing: { mean: number[]; height: number; class_names: string[]; class_shares: number[] };
  }

  test.each<[string, (content: ModelJson) => unknown, RegExp]>([
    [
      'a mean too many',
      ({ preprocessing }) => preprocessing.mean.push(0),
      /not one mean and std for each channel/,
    ],
    [
      'a class more than its layers have',
      ({ preprocessing }) => {
        preprocessing.class_names.push('round');
        preprocessing.class_shares.push(0);
      },
      /layers give \[1, 3\], where \[1, 4\] was expected/,
    ],
    [
      'another size than its layers take',
      ({ preprocessing }) => (preprocessing.height = 16),
      /layers do not fit its preprocessing/,
    ],
  ])('refuses a model.json with %s', async (_, damage, message) => {
    const { files } = await trained;
    const content = JSON.parse(new TextDecoder().decode(files['model.json']));
    damage(content);
    const damaged = { ...files, 'model.json': new TextEncoder().encode(JSON.stringify(content)) };
    const pixels = Array.from({ length: 8 * content.preprocessing.height }, () => 0);
    const question = new BarPipeline().predict(damaged, { rows: [{ pixels }] });
    await expect(question).rejects.toThrow(ModelFileError);
    await expect(question).rejects.toThrow(message);
  });
});
