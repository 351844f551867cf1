import type { SeriesDescription, SeriesTable } from 'azuraforge-learner';
import { TimeSeriesPipeline } from 'azuraforge-learner';
import { readSeriesCsv } from 'azuraforge-learner/node';
import type { WeatherConfig } from './config.ts';
import { configSchema } from './config.ts';

const COLUMN_TITLES = {
  temp_max: { en: 'Highest temperature', tr: 'En yüksek sıcaklık' },
  temp_min: { en: 'Lowest temperature', tr: 'En düşük sıcaklık' },
  precipitation: { en: 'Precipitation (mm)', tr: 'Yağış (mm)' },
  wind: { en: 'Wind', tr: 'Rüzgâr' },
};

class WeatherForecaster extends TimeSeriesPipeline<WeatherConfig> {
  override readonly id = 'weather_forecaster';
  override readonly configSchema = configSchema;

  protected override loadSeries(): Promise<SeriesTable> {
    return readSeriesCsv(new URL('../data/seattle-weather.csv', import.meta.url), {
      labelName: 'date',
      columns: ['temp_max', 'temp_min', 'precipitation', 'wind'],
    });
  }

  protected override describeSeries({ target }: WeatherConfig): SeriesDescription {
    return {
      target: { column: target, title: COLUMN_TITLES[target], unit: '°C' },
      change: 'difference',
      // The season tells the model what is usual for the date, so that it learns how fast weather returns to it.
      features: [
        { kind: 'level', column: 'temp_max' },
        { kind: 'level', column: 'temp_min' },
        { kind: 'level', column: 'precipitation' },
        { kind: 'level', column: 'wind' },
        { kind: 'season', cycle: 'year' },
      ],
      frequency: 'daily',
      seasonLength: 365,
      columnTitles: COLUMN_TITLES,
    };
  }
}

export default new WeatherForecaster();
