import { Generator } from 'azuraforge-core';
import { datasetHash } from '../data/dataset-hash.ts';
import type { SeriesTable } from '../data/series-table.ts';
import type { TrainingEvent } from '../event.ts';
import type { Module } from '../nn/module.ts';
import type { Prediction, PredictionInput } from '../pipeline.ts';
import { accuracy } from '../report/accuracy.ts';
import { forecastReport } from '../report/forecast-report.ts';
import type { Values } from '../trainer/dataset.ts';
import { forecastNext, valuesFromOutputs } from './forecast.ts';
import { createForecastModel } from './forecast-model.ts';
import type { ForecastState } from './forecast-state.ts';
import { recentRows, restoreState, storeState } from './forecast-state.ts';
import { inputImportance } from './input-importance.ts';
import type { LearningTask } from './learning-pipeline.ts';
import { epochLosses, LearningPipeline } from './learning-pipeline.ts';
import { forecastSchema, predictionInputSchema, readPredictionInput } from './prediction-input.ts';
import { createLoss } from './optimization.ts';
import type { PreparedSeries } from './preparation.ts';
import { prepareSeries } from './preparation.ts';
import { forecastFacts } from './run-facts.ts';
import type { SeriesDescription } from './series-description.ts';
import { seriesInputs } from './series-inputs.ts';
import type { TimeSeriesConfig } from './time-series-config.ts';

/** Points in a `preview` event. */
const PREVIEW_POINTS = 200;

/**
 * Forecasts one column of a series some rows ahead with an LSTM, trained on the oldest rows, chosen on the next, and
 * judged on the newest. A subclass says where the series comes from and what to forecast; its `configSchema` holds
 * `timeSeriesProperties()`.
 */
export abstract class TimeSeriesPipeline<Config extends TimeSeriesConfig> extends LearningPipeline<
  Config,
  SeriesTable,
  PredictionInput,
  Prediction
> {
  override readonly reportSections = ['verdict', 'scores', 'test_first_step', 'importance', 'loss', 'facts'];

  /** The data, oldest row first. */
  protected abstract loadSeries(config: Config): SeriesTable | Promise<SeriesTable>;

  /** What to forecast, and from what. */
  protected abstract describeSeries(config: Config): SeriesDescription;

  protected override load(config: Config): SeriesTable | Promise<SeriesTable> {
    return this.loadSeries(config);
  }

  protected override async prepare(table: SeriesTable, config: Config): Promise<LearningTask> {
    const hash = await datasetHash(table);
    const series = this.describeSeries(config);
    const prepared = prepareSeries(table, series, config);
    const { values, origins } = prepared;
    const state: ForecastState = {
      series,
      window: config.window,
      horizon: config.horizon,
      featureScaler: prepared.featureScaler,
      changeScaler: prepared.changeScaler,
      recent: recentRows(table, series, config.window),
    };
    const validationValues = ({ data }: Values): Float64Array =>
      valuesFromOutputs(data, origins.validation, values, state);
    return {
      createModel: () =>
        createForecastModel(prepared.featureNames.length, config, new Generator(config.seed)),
      loss: createLoss(config.loss),
      train: prepared.train,
      validation: prepared.validation,
      test: prepared.test,
      validationScores: (predicted, actual) => ({
        mae: accuracy(validationValues(predicted), validationValues(actual), 0).mae,
      }),
      preview: (epoch, predicted) => preview(epoch, validationValues(predicted), { table, prepared, state }),
      report: async (outputs, record, tested) =>
        forecastReport({
          pipelineId: this.id,
          createdAt: new Date(),
          target: series.target,
          test: {
            values,
            labels: table.labels,
            origins: origins.test,
            horizon: config.horizon,
            predicted: valuesFromOutputs(outputs.data, origins.test, values, state),
            trainEnd: prepared.split.trainEnd,
            seasonLength: series.seasonLength,
          },
          losses: epochLosses(record.history),
          importance: await inputImportance(
            tested,
            prepared.test,
            seriesInputs(state),
            (predicted, actual, chosen) => {
              const starts = Int32Array.from(chosen, (index) => origins.test[index]!);
              const inUnit = ({ data }: Values): Float64Array =>
                valuesFromOutputs(data, starts, values, state);
              return accuracy(inUnit(predicted), inUnit(actual), 0).mae;
            },
          ),
          facts: forecastFacts({ table, prepared, config, record, hash }),
          caveats: series.caveats,
        }),
      preprocessing: storeState(state),
      features: [...prepared.featureNames],
      datasetHash: hash,
      inputSchema: predictionInputSchema(state),
      outputSchema: forecastSchema(config.horizon),
    };
  }

  protected override answer(
    model: Module,
    preprocessing: Record<string, unknown>,
    input: PredictionInput,
  ): Promise<Prediction> {
    const state = restoreState(preprocessing);
    const { table, steps } = readPredictionInput(input, state);
    return forecastNext(model, state, table, { pipelineId: this.id, steps });
  }
}

/** The newest validation forecasts one step ahead. */
function preview(
  epoch: number,
  forecasts: Float64Array,
  { table, prepared, state }: { table: SeriesTable; prepared: PreparedSeries; state: ForecastState },
): TrainingEvent {
  const { target } = state.series;
  const origins = prepared.origins.validation;
  const shown = Array.from(origins.keys()).slice(-PREVIEW_POINTS);
  const rows = shown.map((index) => (origins[index] ?? 0) + 1);
  return {
    type: 'preview',
    epoch,
    target: target.column,
    ...(target.unit && { unit: target.unit }),
    labels: rows.map((row) => table.labels[row] ?? ''),
    actual: rows.map((row) => prepared.values[row] ?? Number.NaN),
    // More digits than a chart shows would only make every stored event longer.
    predicted: shown.map((index) => Number((forecasts[index * state.horizon] ?? Number.NaN).toPrecision(6))),
  };
}
