import type { JsonSchema } from '../pipeline.ts';

export const MAX_SEED = 2_147_483_647;

type Words = Record<'en' | 'tr', string>;

export interface SamplingWords {
  /** What is drawn, such as `{ en: 'tokens', tr: 'birim' }`: more than one in English, one in Turkish. */
  drawn: Words;
  /** What comes of it, such as `{ en: 'text', tr: 'metni' }`. */
  made: Words;
  /** What the temperature does. */
  temperature: Words;
}

interface Defaults {
  temperature: number;
  top_k: number;
  top_p: number;
}

/** The fields that say how the next token or level is drawn. */
export function samplingFields(
  { drawn, made, temperature }: SamplingWords,
  { maxTopK, defaults }: { maxTopK: number; defaults: Defaults },
): Record<'temperature' | 'top_k' | 'top_p' | 'seed', JsonSchema> {
  return {
    temperature: {
      type: 'number',
      minimum: 0,
      maximum: 5,
      default: defaults.temperature,
      title: 'Temperature',
      description: temperature.en,
      'x-i18n': { tr: { title: 'Sıcaklık', description: temperature.tr } },
    },
    top_k: {
      type: 'integer',
      minimum: 0,
      maximum: maxTopK,
      default: defaults.top_k,
      title: 'Top k',
      description: `Chooses among so many of the likeliest ${drawn.en}; 0 for all.`,
      'x-i18n': {
        tr: {
          title: 'En olası k',
          description: `En olası şu kadar ${drawn.tr} arasından seçer; 0 hepsi demektir.`,
        },
      },
    },
    top_p: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 1,
      default: defaults.top_p,
      title: 'Top p',
      description: `Chooses among the likeliest ${drawn.en} that together reach this probability.`,
      'x-i18n': {
        tr: {
          title: 'Toplam olasılık p',
          description: `Birlikte bu olasılığa ulaşan en olası ${drawn.tr}ler arasından seçer.`,
        },
      },
    },
    seed: {
      type: 'integer',
      minimum: 0,
      maximum: MAX_SEED,
      title: 'Seed',
      description: `The same seed and input give the same ${made.en}; drawn by chance when left out.`,
      'x-i18n': {
        tr: {
          title: 'Tohum',
          description: `Aynı tohum ve girdi aynı ${made.tr} verir; verilmezse rastgele seçilir.`,
        },
      },
    },
  };
}

export function drawSeed(): number {
  return globalThis.crypto.getRandomValues(new Uint32Array(1))[0]! % (MAX_SEED + 1);
}
