import { Generator } from 'azuraforge-core';
import { CodeChain } from '../baseline/code-chain.ts';
import { LinearPrediction } from '../baseline/linear-prediction.ts';
import { decodeMuLaw, encodeMuLaw, MU_LAW_CODES } from '../data/mu-law.ts';
import { TokenDataset } from '../data/token-dataset.ts';
import { encodeWav } from '../data/wav-encoder.ts';
import type { TrainingEvent } from '../event.ts';
import { generateCodes } from '../generation/generate-audio.ts';
import { TokenCrossEntropyLoss } from '../loss/token-cross-entropy.ts';
import type { Module } from '../nn/module.ts';
import type { AudioInput, AudioPrediction, TrainingResult, TrainingRun } from '../pipeline.ts';
import type { FactsSection, NoteSection } from '../report.ts';
import type { AudioBaselines } from '../report/audio-report.ts';
import { AUDIO_SECTIONS, audioReport } from '../report/audio-report.ts';
import type { AudioConfig } from './audio-config.ts';
import { audioInputSchema, audioSchema, readAudioInput, secondsWithin } from './audio-input.ts';
import { codeModelOf, createAudioModel } from './audio-model.ts';
import type { AudioState } from './audio-state.ts';
import { restoreAudioState } from './audio-state.ts';
import { toBase64 } from './base64.ts';
import type { LearningTask } from './learning-pipeline.ts';
import { epochLosses, LearningPipeline } from './learning-pipeline.ts';
import { pastImportance } from './past-importance.ts';
import type { CodeParts, Recording } from './recordings.ts';
import { checkRecordings, recordingsHash, splitRecordings } from './recordings.ts';
import { trainingFacts } from './run-facts.ts';
import { JudgedWindows, TokenJudge } from './token-judge.ts';

/** Of the sound that the report shows. */
const TEMPERATURE = 0.9;

/**
 * Makes sound, sample by sample, with a GRU that is trained on recordings. A subclass says where they come from; its
 * `configSchema` holds `audioProperties()`.
 */
export abstract class AudioGenerationPipeline<Config extends AudioConfig> extends LearningPipeline<
  Config,
  Recording[],
  AudioInput,
  AudioPrediction
> {
  override readonly reportSections = AUDIO_SECTIONS;

  /** All recordings, of one sample rate; the last ones are the test part. */
  protected abstract loadRecordings(config: Config): Recording[] | Promise<Recording[]>;

  /** What a reader of the report should know about this kind of sound. */
  protected caveats(): NoteSection[] {
    return [];
  }

  /** The events of epochs hold the bits per sample of the validation part too. */
  override train(run: TrainingRun<Config>): Promise<TrainingResult> {
    return super.train({ ...run, onEvent: (event) => run.onEvent(withBits(event)) });
  }

  protected override load(config: Config): Recording[] | Promise<Recording[]> {
    return this.loadRecordings(config);
  }

  protected override async prepare(recordings: Recording[], config: Config): Promise<LearningTask> {
    const { window, seed } = config;
    checkRecordings(recordings, window);
    const parts = splitRecordings(recordings, config);
    const { train, validation, test } = parts;
    const state: AudioState = { encoding: 'mu_law_256', sample_rate: recordings[0]!.sampleRate };
    const hash = await recordingsHash(recordings);
    const asked = new JudgedWindows(test, window);
    return {
      createModel: () => createAudioModel(config, new Generator(seed)),
      loss: new TokenCrossEntropyLoss(),
      train: new TokenDataset({ tokens: train, window, seed }),
      validation: new TokenDataset({ tokens: validation, window }),
      test: asked,
      judge: (model) => new TokenJudge(model),
      evaluationBatch: config.batch_size,
      report: async ({ data }, record, { model, signal }) => {
        const baselines = await baselinesOf(parts, signal);
        const { sound, speed } = await makeSound(model, state, config, signal);
        state.max_seconds = secondsWithin(speed, state.sample_rate);
        return audioReport({
          pipelineId: this.id,
          createdAt: new Date(),
          sampleRate: state.sample_rate,
          window,
          test: {
            model: data,
            baselines: each(baselines, (losses) => losses.test.subarray(0, asked.length * window)),
          },
          validation: each(baselines, (losses) => meanOf(losses.validation)),
          past: await pastImportance(new TokenJudge(model), parts, window, signal),
          losses: epochLosses(record.history),
          sounds: { real: decodeMuLaw(test.subarray(0, sound.length)), made: sound },
          facts: [
            ...soundFacts(parts, recordings, state),
            { key: 'window', title: { en: 'Window', tr: 'Pencere' }, value: window },
            {
              key: 'generation_speed',
              title: { en: 'Samples made in a second', tr: 'Saniyede üretilen örnek' },
              value: Math.round(speed),
            },
            ...trainingFacts(record, seed, hash),
          ],
          caveats: this.caveats(),
        });
      },
      preprocessing: state,
      features: ['code'],
      datasetHash: hash,
      // Read after the report, when the speed is known.
      get inputSchema() {
        return audioInputSchema(state);
      },
      get outputSchema() {
        return audioSchema(state);
      },
    };
  }

  protected override async answer(
    model: Module,
    preprocessing: Record<string, unknown>,
    input: AudioInput,
  ): Promise<AudioPrediction> {
    const state = restoreAudioState(preprocessing);
    const parts = codeModelOf(model);
    const { prompt, promptSamples, samples, ...asked } = await readAudioInput(input, state);
    const codes = await generateCodes(parts, prompt, {
      samples,
      temperature: asked.temperature,
      topK: asked.top_k,
      topP: asked.top_p,
      generator: new Generator(asked.seed),
    });
    return {
      pipeline_id: this.id,
      wav: toBase64(encodeWav(decodeMuLaw(codes), state.sample_rate)),
      sample_rate: state.sample_rate,
      samples,
      prompt_samples: promptSamples,
      seed: asked.seed,
    };
  }
}

function withBits(event: TrainingEvent): TrainingEvent {
  if (event.type !== 'epoch' || event.validation_loss === null) return event;
  return { ...event, metrics: { ...event.metrics, bits_per_sample: event.validation_loss / Math.LN2 } };
}

interface PartLosses {
  validation: Float64Array;
  test: Float64Array;
}

/** What is lost without a model of the sound. */
async function baselinesOf(
  { train, validation, test }: CodeParts,
  signal: AbortSignal,
): Promise<AudioBaselines<PartLosses>> {
  const linear = await new LinearPrediction(train).tune(validation, signal);
  const chain = new CodeChain(train, MU_LAW_CODES).tune(validation);
  const both = (lossesOf: (codes: Int32Array) => Float64Array): PartLosses => {
    return { validation: lossesOf(validation), test: lossesOf(test) };
  };
  return {
    linear: both((codes) => linear.losses(codes)),
    pairs: both((codes) => chain.pairLosses(codes)),
    levels: both((codes) => chain.singleLosses(codes)),
  };
}

function each<From, To>(
  { linear, pairs, levels }: AudioBaselines<From>,
  change: (losses: From) => To,
): AudioBaselines<To> {
  return { linear: change(linear), pairs: change(pairs), levels: change(levels) };
}

/** What the model makes from silence on, and how many samples it made in a second. */
async function makeSound(
  model: Module,
  { sample_rate: rate }: AudioState,
  { seed, sample_seconds: seconds }: AudioConfig,
  signal: AbortSignal,
): Promise<{ sound: Float32Array; speed: number }> {
  const samples = Math.max(1, Math.round(seconds * rate));
  const started = performance.now();
  const codes = await generateCodes(codeModelOf(model), encodeMuLaw([0]), {
    samples,
    temperature: TEMPERATURE,
    generator: new Generator(seed),
    signal,
  });
  return { sound: decodeMuLaw(codes), speed: (1000 * samples) / (performance.now() - started) };
}

function soundFacts(
  { train, validation, test }: CodeParts,
  recordings: readonly Recording[],
  { sample_rate: rate }: AudioState,
): FactsSection['items'] {
  const seconds = ({ length }: Int32Array): number => Number((length / rate).toFixed(1));
  return [
    { key: 'recordings', title: { en: 'Recordings', tr: 'Kayıt sayısı' }, value: recordings.length },
    {
      key: 'sample_rate',
      title: { en: 'Sample rate', tr: 'Örnekleme hızı' },
      value: rate,
      unit: 'Hz',
    },
    { key: 'train', title: { en: 'Training part', tr: 'Eğitim bölümü' }, value: seconds(train), unit: 's' },
    {
      key: 'validation',
      title: { en: 'Validation part', tr: 'Doğrulama bölümü' },
      value: seconds(validation),
      unit: 's',
    },
    { key: 'test', title: { en: 'Test part', tr: 'Test bölümü' }, value: seconds(test), unit: 's' },
  ];
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
