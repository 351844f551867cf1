import { chooseDevice, Generator } from 'azuraforge-core';
import { datasetHash } from '../data/dataset-hash.ts';
import type { SeriesTable } from '../data/series-table.ts';
import { CancelledError, ModelFileError } from '../error.ts';
import type { EventOf, TrainingEvent } from '../event.ts';
import { loadModel, saveModel } from '../model-file.ts';
import type { Module } from '../nn/module.ts';
import type {
  ModelFiles,
  Placement,
  Prediction,
  PredictionInput,
  TrainingResult,
  TrainingRun,
} from '../pipeline.ts';
import { Pipeline } from '../pipeline.ts';
import type { Report } from '../report.ts';
import { accuracy } from '../report/accuracy.ts';
import { forecastReport } from '../report/forecast-report.ts';
import { predictInBatches } from '../trainer/evaluation.ts';
import type { EpochEnd, TrainingHistory } from '../trainer.ts';
import { Trainer } from '../trainer.ts';
import { VERSION } from '../version.ts';
import { forecastNext, valuesFromOutputs } from './forecast.ts';
import { explainForecasts } from './forecast-explanation.ts';
import { createForecastModel, createLoss, createOptimizer } from './forecast-model.ts';
import type { ForecastState } from './forecast-state.ts';
import { recentRows, restoreState, storeState } from './forecast-state.ts';
import { predictionInputSchema, readPredictionInput } from './prediction-input.ts';
import type { PreparedSeries } from './preparation.ts';
import { prepareSeries } from './preparation.ts';
import { forecastFacts } from './run-facts.ts';
import type { SeriesDescription } from './series-description.ts';
import type { TimeSeriesConfig } from './time-series-config.ts';

/** Forecasts in one batch; more would only need more memory. */
const EVALUATION_BATCH = 256;

/** Points in a `preview` event. */
const PREVIEW_POINTS = 200;

/**
 * Forecasts one column of a series some rows ahead with an LSTM, trained on the oldest rows, chosen on the next, and
 * judged on the newest. A subclass says where the series comes from and what to forecast; its `configSchema` holds
 * `timeSeriesProperties()`.
 */
export abstract class TimeSeriesPipeline<Config extends TimeSeriesConfig> extends Pipeline<Config> {
  /** The data, oldest row first. */
  protected abstract loadSeries(config: Config): SeriesTable | Promise<SeriesTable>;

  /** What to forecast, and from what. */
  protected abstract describeSeries(config: Config): SeriesDescription;

  /** Throws ConfigError, DataError or CancelledError. */
  override async train(run: TrainingRun<Config>): Promise<TrainingResult> {
    const config = this.validateConfig(run.config);
    const enter = (stage: EventOf<'stage'>['stage']): void => {
      if (run.signal.aborted) {
        throw new CancelledError('The run was cancelled.', { cause: run.signal.reason });
      }
      run.onEvent({ type: 'stage', stage });
    };
    enter('loading');
    await place(run);
    const table = await this.loadSeries(config);
    const hash = await datasetHash(table);

    enter('preparing');
    const series = this.describeSeries(config);
    const prepared = prepareSeries(table, series, config);
    const state: ForecastState = {
      series,
      window: config.window,
      horizon: config.horizon,
      featureScaler: prepared.featureScaler,
      changeScaler: prepared.changeScaler,
      recent: recentRows(table, series, config.window),
    };
    const model = createForecastModel(prepared.featureNames.length, config, new Generator(config.seed));
    try {
      enter('training');
      const { history, started } = await this.#fit(model, { run, config, table, prepared, state });

      enter('evaluating');
      const outputs = await predictInBatches(model, prepared.test, {
        batchSize: EVALUATION_BATCH,
        signal: run.signal,
      });
      const importance = await explainForecasts(model, prepared, state, {
        seed: config.seed,
        signal: run.signal,
      });
      const report = forecastReport({
        pipelineId: this.id,
        createdAt: new Date(),
        target: series.target,
        test: {
          values: prepared.values,
          labels: table.labels,
          origins: prepared.origins.test,
          horizon: config.horizon,
          predicted: valuesFromOutputs(outputs.data, prepared.origins.test, prepared.values, state),
          trainEnd: prepared.split.trainEnd,
          seasonLength: series.seasonLength,
        },
        losses: history.epochs.map((epoch) => ({ train: epoch.trainLoss, validation: epoch.validationLoss })),
        facts: forecastFacts({ table, prepared, config, history, started, hash }),
        importance,
        caveats: series.caveats,
      });

      enter('saving');
      const files = await this.#files(model, state, { report, hash, config, prepared });
      return { files, report, inputSchema: predictionInputSchema(state) };
    } finally {
      model.dispose();
    }
  }

  override async predict(
    files: ModelFiles,
    input: PredictionInput,
    placement: Placement = {},
  ): Promise<Prediction> {
    await place(placement);
    const { model, description } = loadModel(files);
    try {
      if (description.pipelineId !== this.id) {
        throw new ModelFileError(
          `This model was trained by ${description.pipelineId}, not by ${this.id}. Use the pipeline that trained it.`,
        );
      }
      const state = restoreState(description.preprocessing);
      const { table, steps } = readPredictionInput(input, state);
      return await forecastNext(model, state, table, { pipelineId: this.id, steps });
    } finally {
      model.dispose();
    }
  }

  async #fit(
    model: Module,
    task: {
      run: TrainingRun<Config>;
      config: Config;
      table: SeriesTable;
      prepared: PreparedSeries;
      state: ForecastState;
    },
  ): Promise<{ history: TrainingHistory; started: EventOf<'run'> | null }> {
    const { run, config, prepared, state } = task;
    let started: EventOf<'run'> | null = null;
    const optimizer = createOptimizer(model, config);
    const trainer = new Trainer({
      model,
      loss: createLoss(config.loss),
      optimizer,
      seed: config.seed,
      gradientClip: config.gradient_clip,
      // Patience as long as the run never stops early, and still ends with the best weights.
      earlyStopping: { patience: config.early_stopping_patience || config.epochs },
    });
    const validationValues = (outputs: Float32Array): Float64Array =>
      valuesFromOutputs(outputs, prepared.origins.validation, prepared.values, state);
    try {
      const history = await trainer.fit({
        train: prepared.train,
        validation: prepared.validation,
        epochs: config.epochs,
        batchSize: config.batch_size,
        signal: run.signal,
        testSamples: prepared.test.length,
        onEvent: (event) => {
          if (event.type === 'run') started = event;
          run.onEvent(event);
        },
        metrics: (predicted, actual) => ({
          mae: accuracy(validationValues(predicted.data), validationValues(actual.data), 0).mae,
        }),
        onEpochEnd: ({ epoch, predicted }: EpochEnd) => {
          if (predicted) run.onEvent(preview(epoch, validationValues(predicted.data), task));
        },
      });
      return { history, started };
    } finally {
      optimizer.dispose();
    }
  }

  async #files(
    model: Module,
    state: ForecastState,
    made: { report: Report; hash: string; config: Config; prepared: PreparedSeries },
  ): Promise<ModelFiles> {
    const saved = await saveModel(model, {
      pipelineId: this.id,
      preprocessing: storeState(state),
      features: [...made.prepared.featureNames],
      versions: { 'azuraforge-learner': VERSION },
      datasetHash: made.hash,
      seed: made.config.seed,
    });
    return {
      ...saved,
      'report.json': new TextEncoder().encode(`${JSON.stringify(made.report)}\n`),
    };
  }
}

async function place({ device }: Placement): Promise<void> {
  if (device !== undefined) await chooseDevice(device);
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
