import { timeSeriesProperties } from 'azuraforge-learner';
import type { TimeSeriesConfig } from 'azuraforge-learner';
import { Type } from 'typebox';

/** The one source of defaults, form, flags and validation. */
export const configSchema = Type.Object(
  {
    first_year: Type.Integer({
      title: 'First year',
      description: 'Older rows are left out; the data runs from 2000 to April 2020.',
      minimum: 2000,
      maximum: 2017,
      default: 2000,
      'x-i18n': {
        tr: {
          title: 'İlk yıl',
          description: "Daha eski satırlar kullanılmaz; veri 2000'den Nisan 2020'ye kadardır.",
        },
      },
    }),
    ...timeSeriesProperties({
      window: 20,
      horizon: 5,
      epochs: 8,
      batch_size: 64,
      learning_rate: 0.001,
      hidden_size: 16,
      dropout: 0.1,
      loss: 'huber',
      early_stopping_patience: 4,
    }),
  },
  {
    title: 'Stock predictor',
    description: 'Forecasts the S&P 500 index for the next trading days from daily prices and volume.',
    additionalProperties: false,
    'x-i18n': {
      tr: {
        title: 'Borsa tahmini',
        description:
          'Günlük fiyat ve işlem hacminden, S&P 500 endeksinin önümüzdeki işlem günlerindeki değerini tahmin eder.',
      },
    },
  },
);

export interface StockConfig extends TimeSeriesConfig {
  first_year: number;
}
