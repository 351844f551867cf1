import { describe, expect, test } from '@jest/globals';
import { memory } from 'azuraforge-core';
import { CharacterTokenizer } from '../../src/data/tokenizer/character.ts';
import {
  CancelledError,
  ConfigError,
  DataError,
  ModelFileError,
  PredictionInputError,
} from '../../src/error.ts';
import type { FieldProblem } from '../../src/error.ts';
import type { TrainingEvent } from '../../src/event.ts';
import { GPT } from '../../src/nn/gpt.ts';
import type { GenerationInput, TextPrediction, TrainingResult } from '../../src/pipeline.ts';
import type { LearningTask } from '../../src/pipeline/learning-pipeline.ts';
import { splitText } from '../../src/pipeline/text-parts.ts';
import { textSamples } from '../../src/pipeline/text-samples.ts';
import { testPipeline } from '../../src/plugin.ts';
import type { ChartSection, FactsSection, HeatMapSection, ScoresSection } from '../../src/report.ts';
import type { BalladConfig } from './ballad-pipeline.ts';
import { ballad, BalladPipeline } from './ballad-pipeline.ts';

function train(
  change: Partial<BalladConfig> = {},
  pipeline = new BalladPipeline(),
  onEvent: (event: TrainingEvent) => void = () => undefined,
): Promise<TrainingResult> {
  return pipeline.train({
    config: { ...pipeline.defaultConfig(), ...change },
    signal: new AbortController().signal,
    onEvent,
  });
}

function section<Section extends { id: string }>({ report }: TrainingResult, id: string): Section {
  return report.sections.find((candidate) => candidate.id === id) as unknown as Section;
}

const events: TrainingEvent[] = [];
const trained = train({}, new BalladPipeline(), (event) => events.push(event));

async function ask(input: unknown): Promise<TextPrediction> {
  return new BalladPipeline().predict((await trained).files, input as GenerationInput);
}

/** A training that is over in a moment. */
const short = { epochs: 1, hidden_size: 16 };

describe('training', () => {
  test('keeps the contract of plugins', async () => {
    expect(await testPipeline(new BalladPipeline(ballad(60)))).toHaveLength(8);
  });

  test('learns what trigrams cannot know', async () => {
    const result = await trained;
    const { metric, model, naive, verdict } = result.report.summary;
    expect({ metric, verdict }).toEqual({ metric: 'perplexity', verdict: 'better' });
    const { rows } = section<ScoresSection>(result, 'scores');
    expect(rows.map(({ key, role }) => [key, role])).toEqual([
      ['model', 'model'],
      ['trigram', 'naive'],
      ['unigram', 'other'],
    ]);
    const [own, trigram, unigram] = rows.map(({ values }) => values) as Record<string, number>[];
    expect([own!['perplexity'], trigram!['perplexity']]).toEqual([model, naive]);
    expect(trigram!['perplexity']).toBeLessThan(unigram!['perplexity']! / 4);
    expect(own!['validation_loss']).toBeLessThan(trigram!['validation_loss']!);
    for (const values of rows.map((row) => row.values as Record<string, number>)) {
      expect(Math.log(values['perplexity']!)).toBeCloseTo(values['loss']!, 12);
    }
    expect(own!['bits_per_character']! / own!['loss']!).toBeCloseTo(
      trigram!['bits_per_character']! / trigram!['loss']!,
      12,
    );
  });

  test('loses less on tokens that have more before them', async () => {
    const { series, x } = section<ChartSection>(await trained, 'context');
    expect(x.labels).toEqual(['1', '2', '3–4', '5–8', '9–16', '17–24']);
    const [model, trigram] = series.map(({ values }) => values as number[]);
    expect(model![0]).toBeGreaterThan(trigram![0]!);
    expect(model!.at(-1)).toBeLessThan(trigram!.at(-1)!);
  });

  test('shows what the model looks at, which is never ahead', async () => {
    const { rows, columns, values } = section<HeatMapSection>(await trained, 'attention');
    expect([rows.count, rows.labels, columns.labels]).toEqual([16, columns.labels, rows.labels]);
    expect(ballad(400).replaceAll('\n', '↵').replaceAll(' ', '␣')).toContain(rows.labels.join(''));
    for (let row = 0; row < 16; row += 1) {
      const shares = values.slice(16 * row, 16 * (row + 1)) as number[];
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 4);
      expect(shares.slice(row + 1)).toEqual(Array.from({ length: 15 - row }, () => 0));
    }
  });

  test('tells perplexity and a text with each epoch, and shows texts in the report', async () => {
    const result = await trained;
    const epochs = events.filter((event) => event.type === 'epoch');
    expect(epochs).toHaveLength(6);
    for (const { metrics, validation_loss: loss } of epochs) {
      expect(metrics['perplexity']).toBeCloseTo(Math.exp(loss!), 12);
    }
    const texts = events.filter((event) => event.type === 'log');
    expect(texts.map(({ message }) => message.split(' writes: ')[0])).toEqual(
      epochs.map(({ epoch }) => `Epoch ${epoch}`),
    );
    const { items } = section<FactsSection>(result, 'samples');
    expect(items).toHaveLength(3);
    for (const { value } of items) expect(value).toMatch(/walked to|came/);
  });

  test('does not call a model better that has learned nothing', async () => {
    const change = { ...short, learning_rate: 1e-6, schedule: 'constant' } as const;
    const { report } = await train(change, new BalladPipeline(ballad(60)));
    expect(report.summary.verdict).toBe('worse');
  });

  test('learns from the beginning of the text alone', async () => {
    const text = ballad(60);
    const [verses, other] = [text.slice(0, -300), text.slice(-300).replaceAll('o', 'ö')];
    const [weights, changed] = await Promise.all(
      [text, verses + other].map(async (each) => (await train(short, new BalladPipeline(each))).files),
    );
    expect(changed!['model.safetensors']).toEqual(weights!['model.safetensors']);
  });

  test('learns with characters, a head of its own and dropout, and leaves no tensor behind', async () => {
    await trained;
    const before = memory().buffers;
    const change = { ...short, tokenizer: 'character', tied_head: false, dropout: 0.1, window: 16 } as const;
    const { report } = await train(change, new BalladPipeline(ballad(60)));
    expect(Number.isFinite(report.summary.model)).toBe(true);
    expect(memory().buffers).toBe(before);
  });

  test('writes for the report without dropout', async () => {
    const modes: boolean[] = [];
    class Watched extends BalladPipeline {
      protected override async prepare(text: string, config: BalladConfig): Promise<LearningTask> {
        const task = await super.prepare(text, config);
        return {
          ...task,
          report: (outputs, record, tested) => {
            modes.push(tested.model.training);
            return task.report(outputs, record, tested);
          },
        };
      }
    }
    await train({ ...short, epochs: 1, dropout: 0.5 }, new Watched(ballad(60)));
    expect(modes).toEqual([false]);
  });
});

describe('a text that cannot be learned from', () => {
  test.each<[string, string, RegExp]>([
    ['is empty', ' \n ', /The text is empty/],
    ['is short', ballad(3), /The validation part of the text has \d+ tokens.*window of 24.*raise validation/],
    ['holds half a character', `${ballad(60)}\uD83D`, /half a surrogate pair/],
  ])('%s', async (_, text, message) => {
    const failure = train(short, new BalladPipeline(text));
    await expect(failure).rejects.toThrow(DataError);
    await expect(failure).rejects.toThrow(message);
  });

  test('heads that do not divide the width', async () => {
    const failure = train({ num_heads: 3 });
    await expect(failure).rejects.toThrow(ConfigError);
    await expect(failure).rejects.toMatchObject({ details: [{ path: 'num_heads' }] });
  });
});

test('parts follow each other, and end where lines or at least characters do', () => {
  const fractions = { validation_fraction: 0.2, test_fraction: 0.2 };
  const lines = 'one two three\n'.repeat(20);
  const parts = splitText(lines, fractions);
  expect(parts.train + parts.validation + parts.test).toBe(lines);
  for (const part of Object.values(parts)) expect(part).toMatch(/^(one two three\n)+$/);
  const faces = splitText('😀'.repeat(11), fractions);
  for (const part of Object.values(faces)) expect(part).toMatch(/^😀+$/u);
});

async function problems(input: unknown): Promise<FieldProblem[]> {
  const error = await ask(input).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(PredictionInputError);
  return (error as PredictionInputError).details;
}

describe('prediction', () => {
  test('goes on from the prompt', async () => {
    const prompt = 'Ece walked to the old mill at dawn,\nand home from';
    const answer = await ask({ prompt, max_tokens: 12, temperature: 0, seed: 5 });
    expect(answer).toMatchObject({ pipeline_id: 'ballad', prompt, tokens: 12, cut_tokens: 0, seed: 5 });
    expect(answer.text).toMatch(/^ the [a-z ]+ came \p{L}+\.\n/u);
  });

  test('gives the same for a seed, and tells the seed that it drew', async () => {
    const question = { prompt: 'Cem', max_tokens: 30, temperature: 2 };
    const answer = await ask(question);
    const { seed } = answer;
    expect(await ask({ ...question, seed })).toEqual(answer);
    expect((await ask({ ...question, seed: (seed + 1) % 1000 })).text).not.toBe(answer.text);
  });

  test('says how much of a long prompt it did not see', async () => {
    const { prompt_tokens: tokens, cut_tokens: cut } = await ask({ prompt: ballad(10), max_tokens: 1 });
    expect(cut).toBe(tokens - 24);
  });

  test('takes letters that the text lacks, and spaces', async () => {
    for (const prompt of ['你好', ' \n']) expect((await ask({ prompt, max_tokens: 9 })).tokens).toBe(9);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['no prompt', { prompt: undefined }, 'prompt'],
    ['half a character', { prompt: 'a\uD83D' }, 'prompt'],
    ['too many tokens', { max_tokens: 1e9 }, 'max_tokens'],
    ['a broken number of tokens', { max_tokens: 1.5 }, 'max_tokens'],
    ['a temperature that is no number', { temperature: 'hot' }, 'temperature'],
    ['a probability above 1', { top_p: 1.01 }, 'top_p'],
    ['a negative seed', { seed: -1 }, 'seed'],
  ])('refuses %s', async (_, change, path) => {
    const input = JSON.parse(JSON.stringify({ prompt: 'Ece', ...change }));
    expect((await problems(input)).map((problem) => problem.path)).toContain(path);
  });

  test('refuses a tokenizer that does not fit the model', async () => {
    const { files } = await trained;
    const content = JSON.parse(new TextDecoder().decode(files['model.json']));
    content.preprocessing.tokenizer.merges.pop();
    const damaged = { ...files, 'model.json': new TextEncoder().encode(JSON.stringify(content)) };
    const question = new BalladPipeline().predict(damaged, { prompt: 'Ece' });
    await expect(question).rejects.toThrow(ModelFileError);
    await expect(question).rejects.toThrow(/needs a GPT over the 299 tokens/);
  });
});

test('texts for the report are not written once the run is cancelled', async () => {
  const tokenizer = CharacterTokenizer.train('abc');
  const model = new GPT(tokenizer.size, { maxLength: 8, dModel: 4, nhead: 1, numLayers: 1 }).eval();
  const options = { count: 2, seed: 1, signal: AbortSignal.abort() };
  const written = textSamples(model, tokenizer, tokenizer.encode('abcabc'), options);
  await expect(written).rejects.toThrow(CancelledError);
});
