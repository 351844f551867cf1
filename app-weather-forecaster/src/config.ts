import { timeSeriesProperties } from 'azuraforge-learner';
import type { TimeSeriesConfig } from 'azuraforge-learner';
import { Type } from 'typebox';

/** The one source of defaults, form, flags and validation. */
export const configSchema = Type.Object(
  {
    target: Type.Enum(['temp_max', 'temp_min'], {
      title: 'Temperature',
      description: 'Which temperature of the day to forecast: the highest or the lowest.',
      default: 'temp_max',
      'x-enum-titles': { temp_max: 'Highest', temp_min: 'Lowest' },
      'x-i18n': {
        tr: {
          title: 'Sıcaklık',
          description: 'Günün hangi sıcaklığının tahmin edileceği: en yüksek ya da en düşük.',
          enum: { temp_max: 'En yüksek', temp_min: 'En düşük' },
        },
      },
    }),
    // Chosen on the validation part (October 2014 to May 2015), never on the test part.
    ...timeSeriesProperties({
      window: 14,
      horizon: 7,
      epochs: 12,
      learning_rate: 0.003,
      loss: 'mae',
      weight_decay: 0.001,
      early_stopping_patience: 6,
    }),
  },
  {
    title: 'Weather forecaster',
    description: 'Forecasts the temperature of the next days from daily weather observations.',
    additionalProperties: false,
    'x-i18n': {
      tr: {
        title: 'Hava tahmini',
        description: 'Günlük hava gözlemlerinden önümüzdeki günlerin sıcaklığını tahmin eder.',
      },
    },
  },
);

export interface WeatherConfig extends TimeSeriesConfig {
  target: 'temp_max' | 'temp_min';
}
