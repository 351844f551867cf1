import { fromTypedArray } from 'azuraforge-core';
import { nextLabels } from '../data/calendar.ts';
import { applyChange } from '../data/change.ts';
import { featureMatrix } from '../data/feature.ts';
import type { Matrix } from '../data/matrix.ts';
import { rowCount, sliceRows } from '../data/matrix.ts';
import type { SeriesTable } from '../data/series-table.ts';
import { PredictionInputError } from '../error.ts';
import type { Module } from '../nn/module.ts';
import type { Prediction } from '../pipeline.ts';
import { naiveForecast } from '../report/baseline.ts';
import type { InputSource } from '../trainer/dataset.ts';
import { predictInBatches } from '../trainer/evaluation.ts';
import type { ForecastState } from './forecast-state.ts';
import { HISTORY_ROWS } from './forecast-state.ts';
import { stepNames } from './preparation.ts';

/** What a trained model needs to turn windows into values. */
type ForecastScaling = Pick<ForecastState, 'series' | 'horizon' | 'changeScaler'>;

/**
 * Forecasts in the unit of the target, `origins.length × horizon`, for the model's scaled outputs of the same shape.
 * `values` is the target column to which the origins belong.
 */
export function valuesFromOutputs(
  outputs: Float32Array,
  origins: Int32Array,
  values: Float64Array,
  scaling: ForecastScaling,
): Float64Array {
  const { horizon, series, changeScaler } = scaling;
  const changes = changeScaler.inverse({
    names: stepNames(series.target.column, horizon),
    data: Float64Array.from(outputs),
  });
  return changes.data.map((change, index) =>
    applyChange(values[origins[Math.floor(index / horizon)] ?? -1] ?? Number.NaN, change, series.change),
  );
}

/** The forecast after the last row of `table`, which holds at least `rowsNeeded(state)` rows. */
export async function forecastNext(
  model: Module,
  state: ForecastState,
  table: SeriesTable,
  request: { pipelineId: string; steps: number },
): Promise<Prediction> {
  const { series } = state;
  const values = table.column(series.target.column);
  const origins = Int32Array.of(table.length - 1);
  const outputs = await predictInBatches(model, lastWindow(state, table), { batchSize: 1 });
  const forecast = valuesFromOutputs(outputs.data, origins, values, state);
  requireFinite(forecast);
  const labels = nextLabels(table.labels.at(-1) ?? '', series.frequency, request.steps);
  const history = Math.max(0, table.length - HISTORY_ROWS);
  return {
    pipeline_id: request.pipelineId,
    target: series.target.column,
    ...(series.target.unit && { unit: series.target.unit }),
    history: table.labels
      .slice(history)
      .map((label, index) => ({ label, value: values[history + index] ?? Number.NaN })),
    steps: labels.map((label, index) => ({
      label,
      value: forecast[index] ?? Number.NaN,
      naive: naiveForecast(values, values.length - 1),
    })),
  };
}

/** One sample without a target: the last `window` rows of the table, scaled as in training. */
function lastWindow(state: ForecastState, table: SeriesTable): InputSource {
  const features = featureMatrix(table, state.series.features);
  const rows = rowCount(features);
  const inputs: Matrix = state.featureScaler.transform(sliceRows(features, rows - state.window, rows));
  const shape = [1, state.window, inputs.names.length];
  const data = Float32Array.from(inputs.data);
  requireFinite(data);
  return { length: 1, batch: () => ({ input: fromTypedArray(data, shape) }) };
}

/** Numbers that a model cannot take in, or that it makes of them, are the fault of the rows. */
function requireFinite(numbers: Float32Array | Float64Array): void {
  if (numbers.every(Number.isFinite)) return;
  const message = 'Holds a value far too large for this model.';
  throw new PredictionInputError(`The input does not fit this model: rows: ${message}`, [
    { path: 'rows', message, keyword: 'finite' },
  ]);
}
