import { describe, expect, test } from '@jest/globals';
import { Generator, memory } from 'azuraforge-core';
import { CodeChain } from '../../src/baseline/code-chain.ts';
import { decodeMuLaw } from '../../src/data/mu-law.ts';
import { decodeWav } from '../../src/data/wav-decoder.ts';
import { encodeWav } from '../../src/data/wav-encoder.ts';
import { CancelledError, DataError, ModelFileError, PredictionInputError } from '../../src/error.ts';
import type { TrainingEvent } from '../../src/event.ts';
import { generateCodes } from '../../src/generation/generate-audio.ts';
import type { AudioInput, AudioPrediction, TrainingResult } from '../../src/pipeline.ts';
import { secondsWithin } from '../../src/pipeline/audio-input.ts';
import { codeModelOf, createAudioModel } from '../../src/pipeline/audio-model.ts';
import { splitRecordings } from '../../src/pipeline/recordings.ts';
import type { Recording } from '../../src/pipeline/recordings.ts';
import { testPipeline } from '../../src/plugin.ts';
import type { ChartSection, FactsSection, PicturesSection, ScoresSection } from '../../src/report.ts';
import type { ToneConfig } from './tone-pipeline.ts';
import { TonePipeline, tones } from './tone-pipeline.ts';

const events: TrainingEvent[] = [];

function train(change: Partial<ToneConfig> = {}, pipeline = new TonePipeline()): Promise<TrainingResult> {
  return pipeline.train({
    config: { ...pipeline.defaultConfig(), ...change },
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
  });
}

function section<Section extends { id: string }>({ report }: TrainingResult, id: string): Section {
  return report.sections.find((candidate) => candidate.id === id) as unknown as Section;
}

const trained = train();

async function ask(input: AudioInput): Promise<AudioPrediction> {
  return new TonePipeline().predict((await trained).files, input);
}

const bytesOf = ({ wav }: AudioPrediction): Uint8Array => Buffer.from(wav, 'base64');
const base64 = (samples: Float32Array, rate = 1000): string =>
  Buffer.from(encodeWav(samples, rate)).toString('base64');

/** A WAV file that says so. */
function withChannels(channels: number): string {
  const bytes = Buffer.from(encodeWav(new Float32Array(99), 1000));
  bytes.writeUInt16LE(channels, 22);
  return bytes.toString('base64');
}

describe('training', () => {
  test('keeps the contract of plugins', async () => {
    const small = new TonePipeline(tones(2, 700));
    expect(await testPipeline(small, { config: { sample_seconds: 0.05 } })).toHaveLength(8);
  });

  test('needs fewer bits for a sample than every baseline', async () => {
    const result = await trained;
    const rows = section<ScoresSection>(result, 'scores').rows;
    const bits = Object.fromEntries(rows.map(({ key, values }) => [key, values['bits']!]));
    const { metric, model, naive, verdict } = result.report.summary;
    expect({ metric, verdict }).toEqual({ metric: 'bits_per_sample', verdict: 'better' });
    const best = Math.min(bits['linear']!, bits['pairs']!, bits['levels']!);
    expect(naive).toBe(best);
    expect(rows.find(({ role }) => role === 'naive')!.values['bits']).toBe(best);
    expect(model).toBe(bits['model']);
    expect(bits['pairs']).toBeLessThan(bits['levels']!);
    // All are judged on the same samples, those of whole windows.
    const { train: learned, test: judged } = splitRecordings(tones(), new TonePipeline().defaultConfig());
    const samples = 32 * Math.floor((judged.length - 1) / 32);
    const losses = new CodeChain(learned, 256).singleLosses(judged).subarray(0, samples);
    expect(bits['levels']).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / samples / Math.LN2, 10);
  });

  test('shows bits by epoch above the baselines, waves and spectrograms', async () => {
    const result = await trained;
    const loss = section<ChartSection>(result, 'loss');
    expect(loss.series.map(({ key }) => key)).toEqual(['train', 'validation', 'linear', 'pairs', 'levels']);
    const told = events.flatMap((event) =>
      event.type === 'epoch' ? [event.metrics['bits_per_sample']!] : [],
    );
    expect(loss.series[1]!.values[0]).toBeCloseTo(told[0]!, 4);
    const wave = section<ChartSection>(result, 'waveform');
    expect(wave.x.labels).toHaveLength(300);
    const { items } = section<PicturesSection>(result, 'spectrograms');
    expect(items.map(({ key, width, height }) => [key, width, height])).toEqual([
      ['real', 3, 64],
      ['made', 3, 64],
    ]);
  });

  test('says what of the past counts', async () => {
    const { x, series } = section<ChartSection>(await trained, 'past');
    expect(x.labels).toEqual(['1', '2', '3–4', '5–8', '9–16', '17–32']);
    const growth = series[0]!.values as number[];
    expect(growth[0]).toBeGreaterThan(1);
    expect(growth[0]).toBe(Math.max(...growth));
    expect(Math.abs(growth.at(-1)!)).toBeLessThan(0.1);
  });

  test('can be cancelled while the report lets the model make a sound', async () => {
    const pipeline = new TonePipeline(tones(1, 600));
    const cancel = new AbortController();
    const run = pipeline.train({
      config: { ...pipeline.defaultConfig(), epochs: 1, sample_seconds: 10 },
      signal: cancel.signal,
      onEvent: (event) => {
        if (event.type === 'stage' && event.stage === 'evaluating') setTimeout(() => cancel.abort(), 300);
      },
    });
    await expect(run).rejects.toThrow(CancelledError);
  });

  test('leaves no tensor behind', async () => {
    await trained;
    const before = memory().buffers;
    await train({ epochs: 1, sample_seconds: 0.02 }, new TonePipeline(tones(1, 600)));
    expect(memory().buffers).toBe(before);
  });
});

describe('recordings that cannot be learned from', () => {
  const [first, second] = tones(2, 600) as [Recording, Recording];
  const silent = { ...second, channels: [new Float32Array(600)] };
  test.each<[string, Recording[], RegExp]>([
    ['none', [], /no recording/],
    [
      'one that is shorter than a window',
      [first, { ...second, channels: [second.channels[0]!.slice(0, 32)] }],
      /tone-1.wav has 32 samples, too few for a window of 32/,
    ],
    ['one without samples', [{ ...first, channels: [] }], /tone-0.wav has 0 samples/],
    ['a silent one', [first, silent], /tone-1.wav is silent/],
    [
      'another sample rate',
      [first, { ...second, sampleRate: 8000 }],
      /tone-1.wav has 8000 samples a second, but tone-0.wav has 1000/,
    ],
    ['no sample rate', [{ ...first, sampleRate: 0 }], /tone-0.wav: its sample rate is 0/],
    [
      'a sample that is NaN',
      [{ ...first, channels: [first.channels[0]!.with(7, Number.NaN)] }],
      /tone-0.wav: sample 7 is NaN/,
    ],
    [
      'too little for three parts',
      [{ ...first, channels: [first.channels[0]!.slice(0, 60)] }],
      /part of the recordings has/,
    ],
  ])('%s', async (_, recordings, message) => {
    const failure = train({}, new TonePipeline(recordings));
    await expect(failure).rejects.toThrow(DataError);
    await expect(failure).rejects.toThrow(message);
  });
});

async function refusal(input: unknown): Promise<{ path: string; message: string }> {
  const error = await ask(input as AudioInput).then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(PredictionInputError);
  return (error as PredictionInputError).details[0]!;
}

describe('prediction', () => {
  test('is a WAV file as long as was asked, the same for a seed', async () => {
    const answer = await ask({ seconds: 0.25, seed: 3 });
    const { sampleRate, channels } = decodeWav(bytesOf(answer));
    expect([sampleRate, channels.length, channels[0]!.length]).toEqual([1000, 1, 250]);
    expect(answer).toMatchObject({ samples: 250, sample_rate: 1000, prompt_samples: 0, seed: 3 });
    expect((await ask({ seconds: 0.25, seed: 3 })).wav).toBe(answer.wav);
    expect((await ask({ seconds: 0.25, seed: 4 })).wav).not.toBe(answer.wav);
    expect((await ask({ seconds: 0.1, seed: 3 })).samples).toBe(100);
  });

  test('takes as many seconds as the model can make in time', async () => {
    const result = await trained;
    const facts = section<FactsSection>(result, 'facts').items;
    const speed = Number(facts.find(({ key }) => key === 'generation_speed')!.value);
    const { seconds } = result.inputSchema['properties'] as Record<string, { maximum: number }>;
    expect(Math.abs(seconds!.maximum - secondsWithin(speed, 1000))).toBeLessThanOrEqual(1);
    const { preprocessing } = JSON.parse(new TextDecoder().decode(result.files['model.json']));
    expect(preprocessing.max_seconds).toBe(seconds!.maximum);
    expect([100, 8000, 1e9].map((made) => secondsWithin(made, 16_000))).toEqual([1, 7, 30]);
  });

  test('sounds as what it learned from, and goes on from a prompt', async () => {
    const [{ channels }] = tones(1) as [Recording];
    const prompt = channels[0]!.slice(0, 64);
    const answer = await ask({ seconds: 0.1, temperature: 0.5, seed: 1, prompt_audio: base64(prompt) });
    expect(answer.prompt_samples).toBe(64);
    const made = decodeWav(bytesOf(answer)).channels[0]!;
    // Half a wave is done at the end of the prompt; 6 samples of it are left.
    const near = made.slice(0, 6).filter((sample) => Math.abs(sample - 0.5) < 0.05);
    expect(near.length).toBeGreaterThanOrEqual(5);
  });

  test.each<[string, unknown, string, RegExp]>([
    ['no time', { seconds: 0 }, 'seconds', /at least 0.001/],
    ['too long', { seconds: 31 }, 'seconds', /at most \d+/],
    ['an unknown field', { prompt: 'la' }, 'prompt', /no field "prompt"/],
    ['no base64', { prompt_audio: '%%' }, 'prompt_audio', /base64/],
    ['no WAV file', { prompt_audio: btoa('OggS') }, 'prompt_audio', /Must be a WAV file/],
    [
      'another sample rate',
      { prompt_audio: base64(new Float32Array(9), 8000) },
      'prompt_audio',
      /1000 samples a second.*has 8000/,
    ],
    [
      'a WAV file that is cut off',
      { prompt_audio: Buffer.from(encodeWav(new Float32Array(99), 1000).slice(0, 100)).toString('base64') },
      'prompt_audio',
      /Must be a WAV file: It is cut off/,
    ],
    [
      'a WAV file without samples',
      { prompt_audio: base64(new Float32Array()) },
      'prompt_audio',
      /no samples/,
    ],
    ['a WAV file of no channels', { prompt_audio: withChannels(0) }, 'prompt_audio', /has no channels/],
    [
      'a WAV file of more channels than samples',
      { prompt_audio: withChannels(65_535) },
      'prompt_audio',
      /holds 99 samples for 65535 channels/,
    ],
  ])('refuses %s', async (_, input, path, message) => {
    const problem = await refusal(input);
    expect(problem.path).toBe(path);
    expect(problem.message).toMatch(message);
  });

  test('refuses damaged model files', async () => {
    const { files } = await trained;
    const content = JSON.parse(new TextDecoder().decode(files['model.json']));
    const damaged = (change: object): Promise<AudioPrediction> =>
      new TonePipeline().predict(
        { ...files, 'model.json': new TextEncoder().encode(JSON.stringify({ ...content, ...change })) },
        { seconds: 0.01 },
      );
    await expect(damaged({ preprocessing: { sample_rate: 1000 } })).rejects.toThrow(ModelFileError);
  });
});

describe('generation', () => {
  const model = createAudioModel(new TonePipeline().defaultConfig(), new Generator(2)).eval();
  const parts = codeModelOf(model);
  const options = { samples: 40, generator: new Generator(1) };
  const likeliestAfter = (prompt: Int32Array): Promise<Int32Array> =>
    generateCodes(parts, prompt, { ...options, temperature: 0 });

  test('says step by step what the model says of the whole at once', async () => {
    const made = await generateCodes(parts, Int32Array.of(100, 120), { ...options, temperature: 0 });
    const { fromTypedArray, noGrad, tidy } = await import('azuraforge-core');
    const heard = Int32Array.of(100, 120, ...made);
    const likeliest = tidy(() =>
      noGrad(() => model.forward(fromTypedArray(heard, [1, heard.length])).argmax(2)),
    );
    expect([...(await likeliest.data())].slice(1, -1)).toEqual([...made]);
    likeliest.dispose();
  });

  test('hears the whole of a long prompt, part after part', async () => {
    const prompt = Int32Array.from({ length: 9000 }, (_, at) => (at * at) % 256);
    const made = await likeliestAfter(prompt);
    expect(made).toEqual(await likeliestAfter(prompt.slice(-3000)));
    expect(made).not.toEqual(await likeliestAfter(prompt.slice(0, 8192)));
  });

  test('leaves no tensor behind and can be cancelled', async () => {
    await trained;
    const before = memory().buffers;
    await generateCodes(parts, Int32Array.of(128), { ...options, samples: 50 });
    expect(memory().buffers).toBe(before);
    const cancel = new AbortController();
    const endless = generateCodes(parts, Int32Array.of(128), {
      ...options,
      samples: 1e9,
      signal: cancel.signal,
    });
    cancel.abort();
    await expect(endless).rejects.toThrow(CancelledError);
    expect(memory().buffers).toBe(before);
  });

  test('refuses an empty prompt and a model of another kind', async () => {
    await expect(generateCodes(parts, new Int32Array(), options)).rejects.toThrow('The prompt has no codes');
    await expect(generateCodes(parts, Int32Array.of(1), { ...options, topP: 0 })).rejects.toThrow('topP');
    expect(() => codeModelOf(parts.head)).toThrow(ModelFileError);
    expect(decodeMuLaw([128])[0]).toBeCloseTo(0, 3);
  });
});
