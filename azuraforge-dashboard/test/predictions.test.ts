import { describe, expect, test } from '@jest/globals';
import type { EpochPoint } from '../src/features/experiments/run-state.ts';
import { optimizationLines } from '../src/features/experiments/optimization-lines.ts';
import { answerFile, targetColumn } from '../src/features/predictions/answer-file.ts';
import {
  initialValues,
  inputForm,
  inputOf,
  isForecaster,
  shownPaths,
} from '../src/features/predictions/input-form.ts';
import { knownPrediction, rankedClasses } from '../src/features/predictions/prediction-kind.ts';

const rowsOf = (properties: object, required: string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  required: ['rows'],
  properties: {
    rows: {
      type: 'array',
      minItems: 1,
      maxItems: 3,
      description: 'Each row gets an answer.',
      'x-i18n': { tr: { description: 'Her satıra bir yanıt verilir.' } },
      items: { type: 'object', additionalProperties: false, required, properties },
    },
  },
});

const TABLE = rowsOf(
  {
    width: { type: 'number', title: 'Width', 'x-i18n': { tr: { title: 'Genişlik' } } },
    colour: { enum: ['red', 'green'] },
    origin: { type: 'string' },
  },
  ['width'],
);
const PAIRS = rowsOf({
  image: { type: 'string', maxLength: 8_000_000, contentEncoding: 'base64' },
  pixels: { type: 'array', minItems: 784, maxItems: 784, items: { type: 'integer' } },
  text: { type: 'string', minLength: 1, maxLength: 100_000 },
});
const GENERATION = {
  type: 'object',
  required: ['prompt'],
  properties: {
    temperature: { type: 'number', minimum: 0, maximum: 5, default: 0.8 },
    prompt: { type: 'string', minLength: 1, maxLength: 100_000 },
    seed: { type: 'integer', minimum: 0 },
  },
};

/** Fields of rows of which each needs one of these, and whether the form calls them optional. */
const oneOf = (properties: object) => {
  const schema = rowsOf(properties);
  schema.properties.rows.items = { ...schema.properties.rows.items, minProperties: 1 } as never;
  return inputForm(schema, 'en').rows?.fields.map(({ path, optional }) => [path, optional]);
};

const looks = (fields: { path: string; kind: string; look: string }[]) =>
  fields.map(({ path, kind, look }) => [path, kind, look]);

const point = (epoch: number, more: Partial<EpochPoint>): EpochPoint => ({
  epoch,
  train_loss: 1,
  validation_loss: null,
  metrics: {},
  learning_rate: 0.01,
  seconds: 1,
  best: true,
  ...more,
});

describe('the form of an input', () => {
  test('asks for the columns of a table with their types and titles', () => {
    const { fields, rows } = inputForm(TABLE, 'tr');
    expect(fields).toEqual([]);
    expect(rows).toMatchObject({ help: 'Her satıra bir yanıt verilir.', minimum: 1, maximum: 3 });
    expect(looks(rows?.fields ?? [])).toEqual([
      ['width', 'number', 'plain'],
      ['colour', 'choice', 'plain'],
      ['origin', 'string', 'plain'],
    ]);
    expect(rows?.columns).toEqual([
      { name: 'width', kind: 'number', title: 'Genişlik', required: true },
      { name: 'colour', kind: 'text', title: 'Colour', required: false },
      { name: 'origin', kind: 'text', title: 'Origin', required: false },
    ]);
  });

  test('asks for an image first, as a file and not as pixels, and for long texts in an area', () => {
    expect(looks(inputForm(PAIRS, 'en').rows?.fields ?? [])).toEqual([
      ['image', 'string', 'image'],
      ['text', 'string', 'text'],
    ]);
  });

  test('says that a field is optional only where something else may stand for it', () => {
    const { text, ...image } = PAIRS.properties.rows.items.properties as Record<string, object>;
    expect(oneOf(image)).toEqual([['image', false]]);
    expect(oneOf({ ...image, text })).toEqual([
      ['image', true],
      ['text', true],
    ]);
  });

  test('asks for a prompt first, and for numbers with their defaults', () => {
    const { fields, rows } = inputForm(GENERATION, 'en');
    expect(rows).toBeNull();
    expect(looks(fields)).toEqual([
      ['prompt', 'string', 'text'],
      ['temperature', 'number', 'plain'],
      ['seed', 'integer', 'plain'],
    ]);
    expect(initialValues(fields)).toEqual({ temperature: 0.8 });
  });

  test('asks for a sound as a file', () => {
    const file = { type: 'string', maxLength: 32_000_000, contentEncoding: 'base64' };
    const schema = {
      type: 'object',
      properties: { a: { ...file, contentMediaType: 'audio/wav' }, prompt_audio: file, zip: file },
    };
    expect(looks(inputForm(schema, 'en').fields)).toEqual([
      ['zip', 'string', 'text'],
      ['a', 'string', 'sound'],
      ['prompt_audio', 'string', 'sound'],
    ]);
  });

  test('tells forecasters from all others', () => {
    expect(isForecaster({ properties: { steps: { type: 'integer' } } })).toBe(true);
    expect([TABLE, PAIRS, GENERATION].map(isForecaster)).toEqual([false, false, false]);
  });

  test('sends what was filled in: neither empty fields nor the empty rows at the end', () => {
    expect(inputOf({ prompt: 'Once', seed: undefined, temperature: 0 }, null)).toEqual({
      prompt: 'Once',
      temperature: 0,
    });
    expect(inputOf({}, [{ width: 1, origin: '' }, {}, { width: 0 }, {}, {}])).toEqual({
      rows: [{ width: 1 }, {}, { width: 0 }],
    });
    expect(inputOf({}, [{}])).toEqual({ rows: [{}] });
  });

  test('says what is wrong at a field in sight', () => {
    expect([...shownPaths(inputForm(PAIRS, 'en'), 1)]).toEqual(['rows.0', 'rows.0.image', 'rows.0.text']);
    expect(shownPaths(inputForm(GENERATION, 'en'), 0).has('prompt')).toBe(true);
  });
});

describe('an answer', () => {
  const id = { pipeline_id: 'any' };
  const CLASSES = {
    ...id,
    target: 'kind',
    classes: ['a', 'b', 'c'],
    rows: [{ label: 'b', probabilities: [0.1, 0.7, 0.2] }],
    naive: [0.5, 0.2, 0.3],
  };

  test.each([
    ['forecast', { ...id, target: 't', history: [], steps: [{ label: '1', value: 2, naive: 3 }] }],
    ['classes', CLASSES],
    ['values', { ...id, target: 't', unit: 'g', rows: [{ value: 1 }], naive: 2 }],
    ['text', { ...id, prompt: 'a', text: 'b', tokens: 1, prompt_tokens: 1, cut_tokens: 0, seed: 7 }],
    ['audio', { ...id, wav: 'UklGRg==', sample_rate: 8000, samples: 1, prompt_samples: 0, seed: 7 }],
    ['other', { ...id, boxes: [[1, 2, 3, 4]] }],
    ['other', { ...id, target: 't', rows: [{ value: null }], naive: 2 }],
    ['other', { ...id, target: 't', history: [], steps: [{ label: '1', value: 2 }] }],
  ])('is %s by what it holds', (kind, prediction) => {
    expect(knownPrediction(prediction)).toEqual({ kind, prediction });
  });

  test('goes into a file whose name every system takes, and whose columns differ', () => {
    expect(answerFile('Çay / 2:1 "a"', 'wav')).toBe('prediction-Çay-2-1-a-.wav');
    const others = ['row', 'naive', 'row (predicted)'];
    expect(['price', 'naive', 'row'].map((target) => targetColumn(target, others))).toEqual([
      'price',
      'naive (predicted)',
      'row (predicted) (predicted)',
    ]);
  });

  test('names the likeliest classes first, each beside its share in the training data', () => {
    expect(rankedClasses(CLASSES, [0.1, 0.7, 0.2])).toEqual([
      { name: 'b', probability: 0.7, share: 0.2 },
      { name: 'c', probability: 0.2, share: 0.3 },
      { name: 'a', probability: 0.1, share: 0.5 },
    ]);
  });
});

describe('learning rate and gradient norm', () => {
  const names = { learningRate: 'Learning rate', gradientNorm: 'Gradient norm' };
  test('are lines where there is something to see', () => {
    const epochs = [point(1, { gradient_norm: 2 }), point(2, { learning_rate: 0.001 })];
    expect(optimizationLines(epochs, names)).toMatchObject([
      { key: 'learning-rate', name: 'Learning rate', values: [0.01, 0.001] },
      { key: 'gradient-norm', name: 'Gradient norm', values: [2, null] },
    ]);
  });

  test('are left out where the rate stays and nobody measured the norm', () => {
    expect(optimizationLines([point(1, {}), point(2, {})], names)).toEqual([]);
    expect(optimizationLines([point(1, { gradient_norm: 2 })], names)).toEqual([]);
  });
});
