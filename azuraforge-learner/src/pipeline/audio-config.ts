import { Type } from 'typebox';
import { MODEL, texts } from './form-field.ts';
import { splitProperties } from './shared-fields.ts';
import type { TrainingConfig } from './training-config.ts';
import { trainingProperties } from './training-config.ts';

const DEFAULTS: Required<AudioConfig> = {
  epochs: 10,
  window: 256,
  hidden_size: 128,
  embedding_size: 48,
  sample_seconds: 1,
  batch_size: 32,
  learning_rate: 0.005,
  schedule: 'one_cycle',
  optimizer: 'adamw',
  early_stopping_patience: 3,
  seed: 42,
  weight_decay: 0.01,
  gradient_clip: 1,
  validation_fraction: 0.1,
  test_fraction: 0.1,
};

/** Fields that every generator of audio has; put them into a `Type.Object` beside the pipeline's own. */
export function audioProperties(defaults: Partial<AudioConfig> = {}) {
  const initial = { ...DEFAULTS, ...defaults };
  const { epochs, ...training } = trainingProperties(initial);
  return {
    epochs,
    window: Type.Integer({
      ...texts('Window', 'How many samples the model hears on end while it learns.', {
        title: 'Pencere',
        description: 'Modelin öğrenirken art arda kaç örnek duyduğu.',
      }),
      minimum: 8,
      maximum: 8192,
      default: initial.window,
      'x-group': MODEL,
    }),
    hidden_size: Type.Integer({
      ...texts('Memory', 'What the model remembers from one sample to the next.', {
        title: 'Bellek',
        description: 'Modelin bir örnekten ötekine aklında tuttuğu sayıların sayısı.',
      }),
      minimum: 1,
      maximum: 1024,
      default: initial.hidden_size,
      'x-group': MODEL,
    }),
    embedding_size: Type.Integer({
      ...texts('Embedding', 'Numbers that stand for the level of a sample.', {
        title: 'Gömme boyutu',
        description: 'Bir örneğin düzeyini temsil eden sayıların sayısı.',
      }),
      minimum: 1,
      maximum: 256,
      default: initial.embedding_size,
      'x-group': MODEL,
      'x-advanced': true,
    }),
    sample_seconds: Type.Number({
      ...texts('Example', 'How many seconds the report lets the model make, to show them.', {
        title: 'Örnek',
        description: 'Raporun göstermek için modele kaç saniye ürettirdiği.',
      }),
      minimum: 0.01,
      maximum: 10,
      default: initial.sample_seconds,
      'x-group': MODEL,
      'x-advanced': true,
    }),
    ...training,
    ...splitProperties(initial, {
      validation: {
        en: 'Share of the recordings, before the test part, that chooses the best epoch.',
        tr: 'Kayıtların, test bölümünden önce gelen ve en iyi devri seçen payı.',
      },
      test: {
        en: 'Share of the recordings, at their end, that only the report hears.',
        tr: 'Kayıtların sonunda, yalnızca raporun duyduğu pay.',
      },
    }),
  };
}

/** What the configuration of every generator of audio holds. */
export interface AudioConfig extends TrainingConfig {
  window: number;
  hidden_size: number;
  embedding_size: number;
  sample_seconds: number;
  validation_fraction: number;
  test_fraction: number;
}
