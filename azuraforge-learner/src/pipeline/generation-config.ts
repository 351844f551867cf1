import { Type } from 'typebox';
import { ConfigError } from '../error.ts';
import { MODEL, texts } from './form-field.ts';
import type { TokenizerConfig } from './tokenizer-config.ts';
import { tokenizerProperties } from './tokenizer-config.ts';
import { dropoutField, splitProperties } from './shared-fields.ts';
import type { TrainingConfig } from './training-config.ts';
import { trainingProperties } from './training-config.ts';

const DEFAULTS: Required<GenerationConfig> = {
  epochs: 10,
  tokenizer: 'byte_pair',
  vocabulary_size: 512,
  window: 64,
  hidden_size: 96,
  num_layers: 3,
  num_heads: 4,
  dropout: 0,
  tied_head: true,
  batch_size: 16,
  learning_rate: 0.005,
  schedule: 'one_cycle',
  optimizer: 'adamw',
  early_stopping_patience: 3,
  seed: 42,
  weight_decay: 0.1,
  gradient_clip: 1,
  validation_fraction: 0.1,
  test_fraction: 0.1,
};

/** Fields that every generator of text has; put them into a `Type.Object` beside the pipeline's own. */
export function generationProperties(defaults: Partial<GenerationConfig> = {}) {
  const initial = { ...DEFAULTS, ...defaults };
  const { epochs, ...training } = trainingProperties(initial);
  return {
    epochs,
    ...tokenizerProperties(initial),
    window: Type.Integer({
      ...texts('Window', 'How many tokens the model sees at once.', {
        title: 'Pencere',
        description: 'Modelin bir kerede kaç birim gördüğü.',
      }),
      minimum: 4,
      maximum: 1024,
      default: initial.window,
      'x-group': MODEL,
    }),
    ...transformerProperties(initial),
    tied_head: Type.Boolean({
      ...texts('Tied head', 'Whether tokens are told apart by the same numbers as they are read by.', {
        title: 'Ortak ağırlıklar',
        description: 'Birimlerin, okunurken kullanılan sayılarla mı ayırt edileceği.',
      }),
      default: initial.tied_head,
      'x-group': MODEL,
      'x-advanced': true,
    }),
    ...training,
    ...splitProperties(initial, {
      validation: {
        en: 'Share of the text, before the test part, that chooses the best epoch.',
        tr: 'Metnin, test bölümünden önce gelen ve en iyi devri seçen payı.',
      },
      test: {
        en: 'Share of the text, at its end, that only the report sees.',
        tr: 'Metnin sonunda, yalnızca raporun gördüğü pay.',
      },
    }),
  };
}

/** The size of a transformer. */
export interface TransformerConfig {
  hidden_size: number;
  num_layers: number;
  num_heads: number;
  dropout: number;
}

/** Fields of every pipeline whose model is a transformer. */
export function transformerProperties(initial: TransformerConfig) {
  return {
    hidden_size: Type.Integer({
      ...texts('Width', 'Numbers that stand for a token. Wider models learn more, and need more time.', {
        title: 'Genişlik',
        description:
          'Bir birimi temsil eden sayıların sayısı. Geniş modeller daha çok öğrenir, daha çok süre ister.',
      }),
      minimum: 16,
      maximum: 1024,
      default: initial.hidden_size,
      'x-group': MODEL,
    }),
    num_layers: Type.Integer({
      ...texts('Layers', 'How many layers of attention there are.', {
        title: 'Katman sayısı',
        description: 'Dikkat katmanlarının sayısı.',
      }),
      minimum: 1,
      maximum: 12,
      default: initial.num_layers,
      'x-group': MODEL,
    }),
    num_heads: Type.Integer({
      ...texts('Heads', 'How many things each layer looks for at once; must divide the width.', {
        title: 'Baş sayısı',
        description: 'Her katmanın aynı anda kaç şeye baktığı; genişliği tam bölmelidir.',
      }),
      minimum: 1,
      maximum: 16,
      default: initial.num_heads,
      'x-group': MODEL,
    }),
    dropout: dropoutField(initial.dropout),
  };
}

/** Throws ConfigError where the heads cannot share the width evenly. */
export function checkHeads({ hidden_size: width, num_heads: heads }: TransformerConfig): void {
  if (width % heads === 0) return;
  const message = `Must divide the width, ${width}.`;
  throw new ConfigError(`The configuration does not fit. num_heads: ${message}`, [
    { path: 'num_heads', message, keyword: 'multipleOf', params: { width } },
  ]);
}

/** What the configuration of every generator of text holds. */
export interface GenerationConfig extends TrainingConfig, TokenizerConfig, TransformerConfig {
  window: number;
  tied_head: boolean;
  validation_fraction: number;
  test_fraction: number;
}
