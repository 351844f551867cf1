import { changeFrom } from '../data/change.ts';
import { featureLag, featureMatrix, requirePositive } from '../data/feature.ts';
import type { Matrix } from '../data/matrix.ts';
import { sliceRows } from '../data/matrix.ts';
import type { Scaler } from '../data/scaler.ts';
import { fitScaler, StandardScaler } from '../data/scaler.ts';
import type { SeriesTable } from '../data/series-table.ts';
import type { ChronologicalSplit, WindowOrigins } from '../data/split.ts';
import { chronologicalSplit, windowOrigins } from '../data/split.ts';
import { WindowDataset } from '../data/window-dataset.ts';
import type { SeriesDescription } from './series-description.ts';
import type { TimeSeriesConfig } from './time-series-config.ts';

/** A series made ready for training; both scalers know the training part only. */
export interface PreparedSeries {
  /** The target column, in its unit. */
  values: Float64Array;
  split: ChronologicalSplit;
  origins: WindowOrigins;
  /** Width of one input row. */
  featureNames: readonly string[];
  featureScaler: Scaler;
  /** One column for each step ahead; only divides, so that an output of 0 stays the naive forecast. */
  changeScaler: Scaler;
  train: WindowDataset;
  validation: WindowDataset;
  test: WindowDataset;
}

/** Throws DataError that names the column or part and what to do. */
export function prepareSeries(
  table: SeriesTable,
  series: SeriesDescription,
  config: TimeSeriesConfig,
): PreparedSeries {
  const { window, horizon } = config;
  const lag = featureLag(series.features);
  const split = chronologicalSplit(table.length, {
    validation: config.validation_fraction,
    test: config.test_fraction,
  });
  const origins = windowOrigins(split, { window, horizon, lag });
  const values = table.column(series.target.column);
  if (series.change === 'log_return') requirePositive(table, series.target.column);

  const features = featureMatrix(table, series.features);
  const featureScaler = fitScaler(config.scaler, sliceRows(features, 0, split.trainEnd - lag));
  const inputs = featureScaler.transform(features);

  const changesAt = (starts: Int32Array): Matrix => changeMatrix(values, starts, horizon, series);
  const changeScaler = StandardScaler.fit(changesAt(origins.train), { center: false });
  const dataset = (starts: Int32Array): WindowDataset =>
    new WindowDataset({
      inputs,
      lag,
      window,
      origins: starts,
      targets: changeScaler.transform(changesAt(starts)),
    });
  return {
    values,
    split,
    origins,
    featureNames: features.names,
    featureScaler,
    changeScaler,
    train: dataset(origins.train),
    validation: dataset(origins.validation),
    test: dataset(origins.test),
  };
}

/** Names of the model's outputs, which are changes of the target. */
export function stepNames(target: string, horizon: number): string[] {
  return Array.from({ length: horizon }, (_, index) => `${target}_change_${index + 1}`);
}

function changeMatrix(
  values: Float64Array,
  origins: Int32Array,
  horizon: number,
  series: SeriesDescription,
): Matrix {
  const data = new Float64Array(origins.length * horizon);
  for (const [index, origin] of origins.entries()) {
    const last = values[origin] ?? Number.NaN;
    for (let step = 1; step <= horizon; step += 1) {
      data[index * horizon + step - 1] = changeFrom(last, values[origin + step] ?? Number.NaN, series.change);
    }
  }
  return { names: stepNames(series.target.column, horizon), data };
}
