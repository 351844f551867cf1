import { Type } from 'typebox';
import { SCALER_KINDS } from '../data/scaler.ts';
import { DATA, MODEL, texts, TRAINING } from './form-field.ts';
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
  const shared = trainingProperties(initial);
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
    epochs: shared.epochs,
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
    dropout: Type.Number({
      ...texts('Dropout', 'Share of the hidden values that is dropped while training, against overfitting.', {
        title: 'Seyreltme',
        description: 'Ezberlemeye karşı, eğitim sırasında atılan gizli değerlerin payı.',
      }),
      minimum: 0,
      maximum: 0.9,
      default: initial.dropout,
      'x-group': MODEL,
    }),
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
    batch_size: shared.batch_size,
    learning_rate: shared.learning_rate,
    schedule: shared.schedule,
    optimizer: shared.optimizer,
    loss: Type.Enum(['mse', 'mae', 'huber'], {
      ...texts('Loss', 'What training makes small when a number is predicted.', {
        title: 'Kayıp',
        description: 'Sayı tahmininde eğitimin küçülttüğü şey.',
        enum: { mse: 'Kare hata', mae: 'Mutlak hata' },
      }),
      default: initial.loss,
      'x-group': TRAINING,
      'x-enum-titles': { mse: 'Squared error', mae: 'Absolute error', huber: 'Huber' },
    }),
    early_stopping_patience: shared.early_stopping_patience,
    seed: shared.seed,
    weight_decay: shared.weight_decay,
    gradient_clip: shared.gradient_clip,
    scaler: Type.Enum([...SCALER_KINDS], {
      ...texts('Scaler', 'How numbers are brought to a common scale; fitted on the training part only.', {
        title: 'Ölçekleyici',
        description: 'Sayıların ortak ölçeğe nasıl getirileceği; yalnızca eğitim bölümünden öğrenilir.',
        enum: { standard: 'Ortalama 0, sapma 1', min_max: "0'dan 1'e" },
      }),
      default: initial.scaler,
      'x-group': DATA,
      'x-advanced': true,
      'x-enum-titles': { standard: 'Mean 0, deviation 1', min_max: 'From 0 to 1' },
    }),
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
    validation_fraction: Type.Number({
      ...texts('Validation share', 'Share of the rows that choose the best epoch.', {
        title: 'Doğrulama payı',
        description: 'En iyi devri seçen satırların payı.',
      }),
      minimum: 0.02,
      maximum: 0.4,
      default: initial.validation_fraction,
      'x-group': DATA,
      'x-advanced': true,
    }),
    test_fraction: Type.Number({
      ...texts('Test share', 'Share of the rows that only the report sees.', {
        title: 'Test payı',
        description: 'Yalnızca raporun gördüğü satırların payı.',
      }),
      minimum: 0.02,
      maximum: 0.4,
      default: initial.test_fraction,
      'x-group': DATA,
      'x-advanced': true,
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
