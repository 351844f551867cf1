import { describe, expect, test } from '@jest/globals';
import { memory } from 'azuraforge-core';
import { ConfigError, DataError, ModelFileError, PredictionInputError } from '../../src/error.ts';
import type { FieldProblem } from '../../src/error.ts';
import type { ClassPrediction, RowsInput, TrainingResult } from '../../src/pipeline.ts';
import type { LabelledTexts } from '../../src/pipeline/labelled-texts.ts';
import { testPipeline } from '../../src/plugin.ts';
import type { BarsSection, FactsSection, NoteSection, ScoresSection } from '../../src/report.ts';
import { expectValuesClose } from '../close.ts';
import type { ReviewConfig } from './review-pipeline.ts';
import { ReviewPipeline, reviews } from './review-pipeline.ts';

function train(change: Partial<ReviewConfig> = {}, pipeline = new ReviewPipeline()): Promise<TrainingResult> {
  return pipeline.train({
    config: { ...pipeline.defaultConfig(), ...change },
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
}

function section<Section extends { id: string }>({ report }: TrainingResult, id: string): Section {
  return report.sections.find((candidate) => candidate.id === id) as unknown as Section;
}

const score = (result: TrainingResult, row: string, column = 'accuracy'): number =>
  section<ScoresSection>(result, 'scores').rows.find(({ key }) => key === row)!.values[column]!;

const fact = (result: TrainingResult, key: string): string | number =>
  section<FactsSection>(result, 'facts').items.find((item) => item.key === key)!.value;

/** Texts with something changed. */
const changed = (change: Partial<LabelledTexts>): ReviewPipeline =>
  new ReviewPipeline({ ...reviews(40), ...change });

const trained = train();

async function ask(input: unknown): Promise<ClassPrediction> {
  return new ReviewPipeline().predict((await trained).files, input as RowsInput);
}

/** How likely the rarer class seems to a model that has learned little. */
async function chanceOfRare(weights: 'none' | 'balanced'): Promise<number> {
  const { files } = await train({ epochs: 1, class_weights: weights });
  const { rows } = await new ReviewPipeline().predict(files, { rows: [{ text: 'some cake' }] });
  return rows[0]!.probabilities[1]!;
}

describe('training', () => {
  test('keeps the contract of plugins', async () => {
    expect(await testPipeline(new ReviewPipeline())).toHaveLength(8);
  });

  test('learns from the order of words, which naive Bayes does not see', async () => {
    const result = await trained;
    const { metric, model, naive, verdict } = result.report.summary;
    expect({ metric, naive, verdict }).toEqual({ metric: 'error_rate', naive: 0.5, verdict: 'better' });
    expect(model).toBeLessThan(0.05);
    expect(score(result, 'model')).toBeCloseTo(1 - model, 12);
    expect(score(result, 'naive_bayes')).toBeGreaterThan(0.6);
    expect(score(result, 'naive_bayes')).toBeLessThan(0.85);
    expect(section<NoteSection>(result, 'beside_naive_bayes').tone).toBe('good');
  });

  test('says where a simpler model does as well', async () => {
    const result = await train({ epochs: 1, learning_rate: 1e-6, schedule: 'constant' });
    expect(result.report.summary.verdict).not.toBe('better');
    expect(section<NoteSection>(result, 'beside_naive_bayes')).toMatchObject({
      tone: 'warning',
      text: { en: expect.stringContaining('take the simpler one') },
    });
  });

  test('shows its mistakes as texts, the surest first', async () => {
    // Labels by chance can only be guessed.
    const given = reviews(320);
    const labels = Int32Array.from(given.labels, (label, index) =>
      index % 5 === 0 ? (label + 1) % 3 : label,
    );
    const result = await train({}, new ReviewPipeline({ ...given, labels }));
    const { items } = section<FactsSection>(result, 'mistakes');
    expect(items.length).toBeGreaterThan(2);
    const sure = items.map(({ title }) => Number(/\(([\d.]+)%\)/.exec((title as { en: string }).en)![1]));
    expect(sure).toEqual(sure.toSorted((a, b) => b - a));
    for (const { value } of items) expect(given.texts).toContain(value);
  });

  test('says which words decide', async () => {
    const { sections } = (await trained).report;
    const words = sections.filter(({ id }) => id.startsWith('words')) as BarsSection[];
    const [fell, , neither] = words.map(({ bars }) => bars.map(({ title }) => title));
    // The first word after "some" tells: what was good before it was bad, or a thing.
    expect(fell![0]).toBe('good');
    expect(['soup', 'bread', 'fish', 'tea', 'cake']).toContain(neither![0]);
    expect(words[0]!.title).toMatchObject({ en: expect.stringMatching(/^Words that decide: fell \(/) });
    expect(words[0]!.description).toMatchObject({ en: expect.stringMatching(/“some good \w+ but then bad/) });
  });

  test('lets rare classes count more where it is told to', async () => {
    expect(await chanceOfRare('balanced')).toBeGreaterThan(await chanceOfRare('none'));
  });

  test('uses the test part that the data brings, and tells how many texts are cut', async () => {
    const given = reviews(16);
    const long = given.texts.map((text, index) => (index < 3 ? `${text} `.repeat(6) : text));
    const result = await train({ epochs: 1 }, changed({ test: { ...given, texts: long } }));
    expect(fact(result, 'test')).toBe(16);
    expect(fact(result, 'cut')).toBe(3);
  });

  test('leaves no tensor behind', async () => {
    await trained;
    const before = memory().buffers;
    await train({ epochs: 1 }, changed({}));
    expect(memory().buffers).toBe(before);
  });
});

describe('texts that cannot be learned from', () => {
  const given = reviews(40);
  test.each<[string, Partial<LabelledTexts>, RegExp]>([
    ['none', { texts: [], labels: [] }, /no text/],
    ['an empty one', { texts: given.texts.with(5, ' \n') }, /The text 5 is empty/],
    ['fewer labels', { labels: [0, 1] }, /40 texts but 2 labels/],
    ['one class', { labels: new Int32Array(40) }, /All 40 texts are of the class "fell"/],
    ['a class without texts', { classNames: ['a', 'b', 'c', 'd'] }, /no text of the class "d"/],
    ['a label out of range', { classNames: ['a', 'b'] }, /text 3 has the label 2.*0 to 1/],
    ['a class name twice', { classNames: ['a', 'b', 'a'] }, /"a" is empty or there twice/],
    ['half a character', { texts: given.texts.with(5, 'bad \uD83D') }, /half a surrogate pair/],
    ['an empty test part', { test: { texts: [], labels: [] } }, /no test text/],
  ])('%s', async (_, change, message) => {
    const failure = train({}, changed(change));
    await expect(failure).rejects.toThrow(DataError);
    await expect(failure).rejects.toThrow(message);
  });

  test('heads that do not divide the width', async () => {
    const failure = train({ num_heads: 3 });
    await expect(failure).rejects.toThrow(ConfigError);
    await expect(failure).rejects.toMatchObject({ details: [{ path: 'num_heads' }] });
  });
});

async function problems(input: unknown): Promise<FieldProblem[]> {
  const error = await ask(input).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(PredictionInputError);
  return (error as PredictionInputError).details;
}

describe('prediction', () => {
  test('gives each class its probability', async () => {
    const texts = [
      'some good soup but then bad tea',
      'some bad soup but then good tea',
      'some fish and then cake',
    ];
    const { rows, naive } = await ask({ rows: texts.map((text) => ({ text })) });
    expect(rows.map(({ label }) => label)).toEqual(['fell', 'rose', 'neither']);
    for (const { probabilities } of rows) {
      expect(probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    }
    naive.forEach((share, label) => expect(share).toBeCloseTo([0.5, 0.25, 0.25][label]!, 1));
  });

  test('does not depend on the texts beside it, nor on what is behind the window', async () => {
    const long = 'some good soup but then bad tea, '.repeat(9);
    const [alone] = (await ask({ rows: [{ text: 'bad tea' }] })).rows;
    const [beside, cut] = (await ask({ rows: [{ text: 'bad tea' }, { text: long }] })).rows;
    expectValuesClose(beside!.probabilities, alone!.probabilities);
    expect(beside).not.toHaveProperty('cut_tokens');
    const [more] = (await ask({ rows: [{ text: `${long} cake` }] })).rows;
    expectValuesClose(more!.probabilities, cut!.probabilities);
    expect(more!.cut_tokens).toBeGreaterThan(cut!.cut_tokens!);
  });

  test.each<[string, unknown, string]>([
    ['nothing', {}, 'rows'],
    ['no row', { rows: [] }, 'rows'],
    ['no text', { rows: [{}] }, 'rows.0.text'],
    ['an empty text', { rows: [{ text: 'tea' }, { text: '' }] }, 'rows.1.text'],
    ['spaces', { rows: [{ text: 'tea' }, { text: ' \n' }] }, 'rows.1.text'],
    ['half a character', { rows: [{ text: 'bad \uD83D' }] }, 'rows.0.text'],
    ['another field', { rows: [{ text: 'tea', label: 1 }] }, 'rows.0.label'],
  ])('refuses %s', async (_, input, path) => {
    expect((await problems(input)).map((problem) => problem.path)).toContain(path);
  });

  test.each<[string, (preprocessing: Record<string, unknown>) => void, RegExp]>([
    ['no window', (state) => delete state['window'], /window/],
    ['a missing share', (state) => (state['class_shares'] = [1]), /one share for each class/],
    ['a damaged tokenizer', (state) => (state['tokenizer'] = {}), /tokenizer/],
    [
      'a tokenizer without padding',
      (state) => ((state['tokenizer'] as { special: string[] }).special = []),
      /special token "<pad>"/,
    ],
  ])('refuses a model.json with %s', async (_, damage, message) => {
    const { files } = await trained;
    const content = JSON.parse(new TextDecoder().decode(files['model.json']));
    damage(content.preprocessing);
    const damaged = { ...files, 'model.json': new TextEncoder().encode(JSON.stringify(content)) };
    const question = new ReviewPipeline().predict(damaged, { rows: [{ text: 'tea' }] });
    await expect(question).rejects.toThrow(ModelFileError);
    await expect(question).rejects.toThrow(message);
  });
});
