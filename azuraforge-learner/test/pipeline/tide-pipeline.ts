import type { Static } from 'typebox';
import { Type } from 'typebox';
import { SeriesTable } from '../../src/data/series-table.ts';
import { Generator } from 'azuraforge-core';
import type { SeriesDescription } from '../../src/pipeline/series-description.ts';
import { timeSeriesProperties } from '../../src/pipeline/time-series-config.ts';
import { TimeSeriesPipeline } from '../../src/pipeline/time-series-pipeline.ts';

const configSchema = Type.Object(
  {
    ...timeSeriesProperties({
      window: 10,
      horizon: 4,
      epochs: 6,
      batch_size: 32,
      hidden_size: 8,
      learning_rate: 0.01,
    }),
    scale: Type.Number({
      title: 'Scale',
      description: 'What the level is multiplied with.',
      minimum: 0.1,
      maximum: 1000,
      default: 1,
      'x-i18n': { tr: { title: 'Ölçek', description: 'Seviyenin çarpıldığı sayı.' } },
    }),
    calm: Type.Boolean({
      title: 'Calm',
      description: 'Leaves the waves out.',
      default: false,
      'x-i18n': { tr: { title: 'Sakin', description: 'Dalgaları dışarıda bırakır.' } },
    }),
  },
  { title: 'Tide', description: 'Forecasts the level of a tide.', additionalProperties: false },
);

export type TideConfig = Static<typeof configSchema>;

/** A tide with waves: a small series with a law that can be learned, the same in every run. */
export function tideTable(rows: number, { scale = 1, calm = false } = {}): SeriesTable {
  const noise = new Generator(7);
  const start = Date.UTC(2023, 0, 1);
  const wind = Array.from({ length: rows }, () => noise.random() - 0.5);
  return new SeriesTable({
    labelName: 'date',
    labels: wind.map((_, day) => new Date(start + day * 86_400_000).toISOString().slice(0, 10)),
    columns: {
      level: wind.map(
        (gust, day) => scale * (20 + 3 * Math.sin((2 * Math.PI * day) / 13) + (calm ? 0 : gust)),
      ),
      wind,
      unused: wind.map((_, day) => day),
    },
  });
}

export class TidePipeline extends TimeSeriesPipeline<TideConfig> {
  override readonly id: string = 'tide';
  override readonly configSchema = configSchema;

  protected override loadSeries({ scale, calm }: TideConfig): SeriesTable {
    return tideTable(400, { scale, calm });
  }

  protected override describeSeries(): SeriesDescription {
    return {
      target: { column: 'level', title: { en: 'Level', tr: 'Seviye' }, unit: 'm' },
      change: 'difference',
      features: [
        { kind: 'level', column: 'level' },
        { kind: 'difference', column: 'wind' },
        { kind: 'season', cycle: 'year' },
      ],
      frequency: 'daily',
      seasonLength: 13,
    };
  }
}
