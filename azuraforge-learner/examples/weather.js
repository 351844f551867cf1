// Tomorrow's highest temperature in Seattle, from four years of daily weather. Needs `npm install` in this folder for the data.
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { TimeSeriesPipeline, timeSeriesProperties } from '../dist/index.js';
import { readSeriesCsv } from '../dist/node.js';
import { isProgram, percent, readArguments, settle, train } from './target.js';

const bundledData = fileURLToPath(
  new URL('node_modules/vega-datasets/data/seattle-weather.csv', import.meta.url),
);

const COLUMNS = ['temp_max', 'temp_min', 'precipitation', 'wind'];

export class Weather extends TimeSeriesPipeline {
  id = 'weather';
  configSchema = Type.Object(timeSeriesProperties({ horizon: 1 }), { additionalProperties: false });

  constructor(file = bundledData) {
    super();
    this.file = file;
  }

  loadSeries() {
    return readSeriesCsv(this.file, { labelName: 'date', columns: COLUMNS });
  }

  describeSeries() {
    return {
      target: {
        column: 'temp_max',
        title: { en: 'Highest temperature', tr: 'En yüksek sıcaklık' },
        unit: '°C',
      },
      change: 'difference',
      features: [
        ...COLUMNS.map((column) => ({ kind: 'level', column })),
        // The season tells the model what is usual for the date, so that it learns how fast weather returns to it.
        { kind: 'season', cycle: 'year' },
      ],
      frequency: 'daily',
      seasonLength: 365,
    };
  }
}

if (isProgram(import.meta.url)) {
  const { data, change, target } = readArguments({ data: bundledData, gain: 0.05 });
  const pipeline = new Weather(data);
  const { score, seconds } = await train(pipeline, change);
  const [error, naive] = ['model', 'naive'].map((role) => score(role, 'mae'));
  const gain = 1 - error / naive;
  console.log(
    `${pipeline.id}: off by ${error.toFixed(2)} °C in the mean, ${percent(gain)} less than the last value (${naive.toFixed(2)} °C), after ${seconds.toFixed(0)} s`,
  );
  settle(gain >= target.gain, `an error at least ${percent(target.gain)} below that of the last value`);
}
