import { Type } from 'typebox';
import { MODEL, texts, TRAINING } from './form-field.ts';
import type { TransformerConfig } from './generation-config.ts';
import { transformerProperties } from './generation-config.ts';
import type { TokenizerConfig } from './tokenizer-config.ts';
import { tokenizerProperties } from './tokenizer-config.ts';
import { labelSmoothingField, splitProperties } from './shared-fields.ts';
import type { TrainingConfig } from './training-config.ts';
import { trainingProperties } from './training-config.ts';

const DEFAULTS: Required<TextConfig> = {
  epochs: 8,
  tokenizer: 'byte_pair',
  vocabulary_size: 2048,
  window: 128,
  hidden_size: 64,
  num_layers: 2,
  num_heads: 4,
  dropout: 0.1,
  class_weights: 'none',
  batch_size: 32,
  learning_rate: 0.003,
  schedule: 'one_cycle',
  optimizer: 'adamw',
  early_stopping_patience: 4,
  seed: 42,
  label_smoothing: 0,
  weight_decay: 0.01,
  gradient_clip: 1,
  validation_fraction: 0.1,
  test_fraction: 0.15,
};

/** Fields that every text classifier has; put them into a `Type.Object` beside the pipeline's own. */
export function textProperties(defaults: Partial<TextConfig> = {}) {
  const initial = { ...DEFAULTS, ...defaults };
  const { epochs, ...training } = trainingProperties(initial);
  return {
    epochs,
    ...tokenizerProperties(initial),
    window: Type.Integer({
      ...texts('Window', 'How many tokens of a text the model reads; the rest of a longer one is cut.', {
        title: 'Pencere',
        description: 'Modelin bir metnin kaç birimini okuduğu; daha uzun metnin kalanı kesilir.',
      }),
      minimum: 4,
      maximum: 1024,
      default: initial.window,
      'x-group': MODEL,
    }),
    ...transformerProperties(initial),
    class_weights: Type.Enum(['none', 'balanced'], {
      ...texts(
        'Class weights',
        'Whether rare classes count more while training, so that all classes count the same.',
        {
          title: 'Sınıf ağırlıkları',
          description:
            'Seyrek sınıfların eğitimde daha çok, böylece tüm sınıfların eşit sayılıp sayılmayacağı.',
          enum: { none: 'Yok', balanced: 'Dengeli' },
        },
      ),
      default: initial.class_weights,
      'x-group': TRAINING,
      'x-enum-titles': { none: 'None', balanced: 'Balanced' },
    }),
    ...training,
    label_smoothing: labelSmoothingField(initial.label_smoothing),
    ...splitProperties(initial, {
      validation: {
        en: 'Share of the texts that choose the best epoch.',
        tr: 'En iyi devri seçen metinlerin payı.',
      },
      test: {
        en: 'Share of the texts that only the report sees, where the data has no test part of its own.',
        tr: 'Verinin kendi test bölümü yoksa, yalnızca raporun gördüğü metinlerin payı.',
      },
    }),
  };
}

/** What every text classifier's configuration holds. */
export interface TextConfig extends TrainingConfig, TokenizerConfig, TransformerConfig {
  window: number;
  class_weights: 'none' | 'balanced';
  label_smoothing: number;
  validation_fraction: number;
  test_fraction: number;
}
