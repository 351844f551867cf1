import { Type } from 'typebox';
import { SCALER_KINDS } from '../data/scaler.ts';
import { DATA, MODEL, texts, TRAINING } from './form-field.ts';
import type { TrainingConfig } from './training-config.ts';
import { trainingProperties } from './training-config.ts';

const DEFAULTS = {
  window: 30,
  horizon: 7,
  epochs: 20,
  batch_size: 32,
  learning_rate: 0.003,
  hidden_size: 32,
  num_layers: 1,
  dropout: 0,
  optimizer: 'adam',
  weight_decay: 0,
  gradient_clip: 1,
  loss: 'mse',
  scaler: 'standard',
  validation_fraction: 0.15,
  test_fraction: 0.15,
  early_stopping_patience: 5,
  seed: 42,
} as const;

/** Fields that every time-series pipeline has; put them into a `Type.Object` beside the pipeline's own. */
export function timeSeriesProperties(defaults: Partial<TimeSeriesConfig> = {}) {
  const initial: TimeSeriesConfig = { ...DEFAULTS, ...defaults };
  const shared = trainingProperties({ ...initial, schedule: 'constant' });
  return {
    window: Type.Integer({
      ...texts('Window', 'How many past rows the model sees for each forecast.', {
        title: 'Pencere',
        description: 'Modelin her tahmin için gördüğü geçmiş satır sayısı.',
      }),
      minimum: 2,
      maximum: 365,
      default: initial.window,
    }),
    horizon: Type.Integer({
      ...texts('Horizon', 'How many rows ahead the model forecasts, all at once.', {
        title: 'Ufuk',
        description: 'Modelin tek seferde tahmin ettiği gelecek satır sayısı.',
      }),
      minimum: 1,
      maximum: 60,
      default: initial.horizon,
    }),
    epochs: shared.epochs,
    hidden_size: Type.Integer({
      ...texts('Hidden size', 'Width of the LSTM. Wider models learn more, and overfit sooner.', {
        title: 'Gizli katman genişliği',
        description: "LSTM'in genişliği. Geniş modeller daha çok öğrenir, ama daha çabuk ezberler.",
      }),
      minimum: 1,
      maximum: 256,
      default: initial.hidden_size,
      'x-group': MODEL,
    }),
    num_layers: Type.Integer({
      ...texts('Layers', 'How many LSTM layers lie on top of each other.', {
        title: 'Katman sayısı',
        description: 'Üst üste duran LSTM katmanı sayısı.',
      }),
      minimum: 1,
      maximum: 4,
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
    batch_size: shared.batch_size,
    learning_rate: shared.learning_rate,
    optimizer: shared.optimizer,
    loss: Type.Enum(['mse', 'mae', 'huber'], {
      ...texts(
        'Loss',
        'What training makes small: squared errors, absolute errors, or Huber, between the two.',
        {
          title: 'Kayıp',
          description: 'Eğitimin küçülttüğü şey: kare hata, mutlak hata ya da ikisinin arası olan Huber.',
          enum: { mse: 'Kare hata', mae: 'Mutlak hata' },
        },
      ),
      default: initial.loss,
      'x-group': TRAINING,
      'x-enum-titles': { mse: 'Squared error', mae: 'Absolute error', huber: 'Huber' },
    }),
    early_stopping_patience: shared.early_stopping_patience,
    seed: shared.seed,
    weight_decay: shared.weight_decay,
    gradient_clip: shared.gradient_clip,
    scaler: Type.Enum([...SCALER_KINDS], {
      ...texts('Scaler', 'How inputs are brought to a common scale; fitted on the training part only.', {
        title: 'Ölçekleyici',
        description: 'Girdilerin ortak ölçeğe nasıl getirileceği; yalnızca eğitim bölümünden öğrenilir.',
        enum: { standard: 'Ortalama 0, sapma 1', min_max: "0'dan 1'e" },
      }),
      default: initial.scaler,
      'x-group': DATA,
      'x-advanced': true,
      'x-enum-titles': { standard: 'Mean 0, deviation 1', min_max: 'From 0 to 1' },
    }),
    validation_fraction: Type.Number({
      ...texts('Validation share', 'Share of the rows, before the test rows, that choose the best epoch.', {
        title: 'Doğrulama payı',
        description: 'En iyi devri seçen, test satırlarından önceki satırların payı.',
      }),
      minimum: 0.02,
      maximum: 0.4,
      default: initial.validation_fraction,
      'x-group': DATA,
      'x-advanced': true,
    }),
    test_fraction: Type.Number({
      ...texts('Test share', 'Share of the rows, the newest ones, that only the report sees.', {
        title: 'Test payı',
        description: 'Yalnızca raporun gördüğü en yeni satırların payı.',
      }),
      minimum: 0.02,
      maximum: 0.4,
      default: initial.test_fraction,
      'x-group': DATA,
      'x-advanced': true,
    }),
  };
}

/** What every time-series pipeline's configuration holds; fractions are of all rows. */
export interface TimeSeriesConfig extends TrainingConfig {
  window: number;
  horizon: number;
  hidden_size: number;
  num_layers: number;
  dropout: number;
  loss: 'mse' | 'mae' | 'huber';
  scaler: 'standard' | 'min_max';
  validation_fraction: number;
  test_fraction: number;
}
