import type { FieldProblem } from '../error.ts';
import { encodeMuLaw, MU_LAW_CODES } from '../data/mu-law.ts';
import type { AudioInput, JsonSchema } from '../pipeline.ts';
import type { AudioState } from './audio-state.ts';
import { fromBase64 } from './base64.ts';
import { refuseInput } from './prediction-input.ts';
import { monoOf } from './recordings.ts';
import type { SamplingWords } from './sampling-fields.ts';
import { drawSeed, MAX_SEED, samplingFields } from './sampling-fields.ts';
import { schemaProblems } from './schema-check.ts';

/** More would only make one request long. */
const MAX_SECONDS = 30;
/** How long an answer may take to make; whoever asks waits no longer than twice that. */
const WORK_SECONDS = 15;
const MAX_PROMPT_SECONDS = 60;
const MAX_BASE64 = 16_000_000;

const DEFAULTS = { seconds: 1, temperature: 0.9, top_k: 0, top_p: 1 };

const WORDS: SamplingWords = {
  drawn: { en: 'levels', tr: 'düzey' },
  made: { en: 'sound', tr: 'sesi' },
  temperature: {
    en: 'Below 1 calmer, above 1 noisier; 0 always takes the likeliest level.',
    tr: "1'in altında daha sakin, üstünde daha gürültülü; 0 hep en olası düzeyi seçer.",
  },
};

/** What the model hears where there is no prompt: one sample of silence. */
const SILENCE = encodeMuLaw([0]);

/** Whole seconds of sound that are made in 15 seconds of work, from 1 to 30, where `speed` samples are made in one. */
export function secondsWithin(speed: number, rate: number): number {
  return Math.min(Math.max(Math.floor((WORK_SECONDS * speed) / rate), 1), MAX_SECONDS);
}

/** JSON Schema of `AudioInput` for a model of this sample rate. */
export function audioInputSchema({
  sample_rate: rate,
  max_seconds: most = MAX_SECONDS,
}: AudioState): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      seconds: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: most,
        default: DEFAULTS.seconds,
        title: 'Seconds',
        description: 'How much to make.',
        'x-i18n': { tr: { title: 'Saniye', description: 'Ne kadar üretileceği.' } },
      },
      ...samplingFields(WORDS, { maxTopK: MU_LAW_CODES, defaults: DEFAULTS }),
      prompt_audio: {
        type: 'string',
        minLength: 1,
        maxLength: MAX_BASE64,
        contentEncoding: 'base64',
        title: 'Sound to go on from',
        description: `A WAV file in base64 with ${rate} samples a second; silence when left out.`,
        'x-i18n': {
          tr: {
            title: 'Devamı getirilecek ses',
            description: `Base64 olarak, saniyede ${rate} örnekli bir WAV dosyası; verilmezse sessizlik.`,
          },
        },
      },
    },
  };
}

/** JSON Schema of an `AudioPrediction`. */
export function audioSchema({ sample_rate: rate, max_seconds: most = MAX_SECONDS }: AudioState): JsonSchema {
  return {
    type: 'object',
    required: ['pipeline_id', 'wav', 'sample_rate', 'samples', 'prompt_samples', 'seed'],
    properties: {
      pipeline_id: { type: 'string' },
      wav: { type: 'string', contentEncoding: 'base64', contentMediaType: 'audio/wav' },
      sample_rate: { const: rate },
      samples: { type: 'integer', minimum: 1, maximum: most * rate },
      prompt_samples: { type: 'integer', minimum: 0 },
      seed: { type: 'integer', minimum: 0, maximum: MAX_SEED },
    },
  };
}

/** A question with its defaults, and what the model hears before it begins. */
export interface AudioQuestion extends Required<Omit<AudioInput, 'seconds' | 'prompt_audio'>> {
  samples: number;
  prompt: Int32Array;
  promptSamples: number;
}

/** Throws PredictionInputError whose details name every wrong field. */
export async function readAudioInput(input: AudioInput, state: AudioState): Promise<AudioQuestion> {
  refuseInput(schemaProblems(audioInputSchema(state), input));
  const { seconds, prompt_audio: file, seed = drawSeed(), ...sampling } = { ...DEFAULTS, ...input };
  const heard = file === undefined ? null : await hear(file, state);
  if (typeof heard === 'string') {
    refuseInput([{ path: 'prompt_audio', message: heard, keyword: 'audio' } satisfies FieldProblem]);
  }
  const prompt = heard instanceof Float32Array ? encodeMuLaw(heard) : SILENCE;
  return {
    ...sampling,
    seed,
    samples: Math.max(1, Math.round(seconds * state.sample_rate)),
    prompt,
    promptSamples: heard?.length ?? 0,
  };
}

/** The samples of a WAV file, or what is wrong with it. */
async function hear(text: string, { sample_rate: rate }: AudioState): Promise<Float32Array | string> {
  const bytes = fromBase64(text.replace(/^data:audio\/[\w.+-]+;base64,/, ''));
  if (!bytes) return 'Must be base64.';
  // Loaded only now: most programs that train or predict read no sound files.
  const { decodeWav } = await import('../data/wav-decoder.ts');
  let sound;
  try {
    sound = decodeWav(bytes);
  } catch (error) {
    return `Must be a WAV file: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (sound.sampleRate !== rate) {
    return `Must have ${rate} samples a second, as the model learned from, but has ${sound.sampleRate}. Resample it.`;
  }
  const samples = monoOf(sound);
  if (samples.length > MAX_PROMPT_SECONDS * rate)
    return `Must be at most ${MAX_PROMPT_SECONDS} seconds long.`;
  return samples;
}
