import { Type } from 'typebox';
import { MODEL, texts } from './form-field.ts';
import { dropoutField, lossField, scalerField, splitProperties } from './shared-fields.ts';
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
  const {
    epochs,
    schedule: _schedule,
    ...training
  } = trainingProperties({ ...initial, schedule: 'constant' });
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
    epochs,
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
    dropout: dropoutField(initial.dropout),
    ...training,
    loss: lossField(initial.loss),
    scaler: scalerField(initial.scaler),
    ...splitProperties(initial, {
      validation: {
        en: 'Share of the rows, before the test rows, that choose the best epoch.',
        tr: 'En iyi devri seçen, test satırlarından önceki satırların payı.',
      },
      test: {
        en: 'Share of the rows, the newest ones, that only the report sees.',
        tr: 'Yalnızca raporun gördüğü en yeni satırların payı.',
      },
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
