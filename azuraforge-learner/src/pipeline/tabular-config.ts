import { Type } from 'typebox';
import { DATA, MODEL, texts } from './form-field.ts';
import { dropoutField, lossField, scalerField, splitProperties } from './shared-fields.ts';
import type { TrainingConfig } from './training-config.ts';
import { trainingProperties } from './training-config.ts';

const DEFAULTS: TabularConfig & Required<TrainingConfig> = {
  task: 'auto',
  epochs: 50,
  encoding: 'embedding',
  hidden_size: 64,
  num_layers: 2,
  dropout: 0.1,
  normalization: 'layer',
  batch_size: 64,
  learning_rate: 0.003,
  schedule: 'one_cycle',
  optimizer: 'adamw',
  loss: 'mse',
  early_stopping_patience: 10,
  seed: 42,
  weight_decay: 0.001,
  gradient_clip: 5,
  scaler: 'standard',
  fill: 'median',
  validation_fraction: 0.15,
  test_fraction: 0.15,
};

/** Fields that every pipeline over a table has; put them into a `Type.Object` beside the pipeline's own. */
export function tabularProperties(defaults: Partial<TabularConfig> = {}) {
  const initial = { ...DEFAULTS, ...defaults };
  const { epochs, ...training } = trainingProperties(initial);
  return {
    task: Type.Enum(['auto', 'regression', 'classification'], {
      ...texts('Task', 'Whether a number or a class is predicted; by itself as the target column is.', {
        title: 'Görev',
        description: 'Sayı mı sınıf mı tahmin edileceği; otomatikte hedef sütunun türüne göre.',
        enum: { auto: 'Otomatik', regression: 'Sayı (regresyon)', classification: 'Sınıf (sınıflandırma)' },
      }),
      default: initial.task,
      'x-enum-titles': {
        auto: 'By itself',
        regression: 'A number (regression)',
        classification: 'A class (classification)',
      },
    }),
    epochs,
    encoding: Type.Enum(['embedding', 'one_hot'], {
      ...texts(
        'Categories',
        'How a category becomes numbers: learned ones, or a column of 0 and 1 for each.',
        {
          title: 'Kategoriler',
          description:
            'Bir kategorinin nasıl sayıya dönüştüğü: öğrenilen sayılar ya da her biri için 0/1 sütunu.',
          enum: { embedding: 'Öğrenilen sayılar', one_hot: '0/1 sütunları' },
        },
      ),
      default: initial.encoding,
      'x-group': MODEL,
      'x-enum-titles': { embedding: 'Learned numbers', one_hot: 'Columns of 0 and 1' },
    }),
    hidden_size: Type.Integer({
      ...texts('Hidden size', 'Width of the hidden layers. Wider models learn more, and overfit sooner.', {
        title: 'Gizli katman genişliği',
        description: 'Gizli katmanların genişliği. Geniş modeller daha çok öğrenir, ama daha çabuk ezberler.',
      }),
      minimum: 1,
      maximum: 1024,
      default: initial.hidden_size,
      'x-group': MODEL,
    }),
    num_layers: Type.Integer({
      ...texts('Layers', 'How many hidden layers there are.', {
        title: 'Katman sayısı',
        description: 'Gizli katman sayısı.',
      }),
      minimum: 1,
      maximum: 8,
      default: initial.num_layers,
      'x-group': MODEL,
    }),
    dropout: dropoutField(initial.dropout),
    normalization: Type.Enum(['layer', 'none'], {
      ...texts('Normalization', 'Whether hidden values are brought to a common scale.', {
        title: 'Normalleştirme',
        description: 'Gizli değerlerin ortak bir ölçeğe getirilip getirilmeyeceği.',
        enum: { layer: 'Katman başına', none: 'Yok' },
      }),
      default: initial.normalization,
      'x-group': MODEL,
      'x-enum-titles': { layer: 'Per layer', none: 'None' },
    }),
    ...training,
    loss: lossField(initial.loss),
    scaler: scalerField(initial.scaler),
    fill: Type.Enum(['median', 'mean'], {
      ...texts('Missing numbers', 'What stands in for a missing number, beside a mark that it was missing.', {
        title: 'Eksik sayılar',
        description: 'Eksik sayının yerine, eksik olduğunu belirten bir işaretle birlikte ne konacağı.',
        enum: { median: 'Ortanca', mean: 'Ortalama' },
      }),
      default: initial.fill,
      'x-group': DATA,
      'x-advanced': true,
      'x-enum-titles': { median: 'The median', mean: 'The mean' },
    }),
    ...splitProperties(initial, {
      validation: {
        en: 'Share of the rows that choose the best epoch.',
        tr: 'En iyi devri seçen satırların payı.',
      },
      test: {
        en: 'Share of the rows that only the report sees.',
        tr: 'Yalnızca raporun gördüğü satırların payı.',
      },
    }),
  };
}

/** What the configuration of every pipeline over a table holds. */
export interface TabularConfig extends TrainingConfig {
  task: 'auto' | 'regression' | 'classification';
  encoding: 'embedding' | 'one_hot';
  hidden_size: number;
  num_layers: number;
  dropout: number;
  normalization: 'layer' | 'none';
  loss: 'mse' | 'mae' | 'huber';
  scaler: 'standard' | 'min_max';
  fill: 'median' | 'mean';
  validation_fraction: number;
  test_fraction: number;
}
