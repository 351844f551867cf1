import { chooseDevice } from 'azuraforge-core';
import { CancelledError, ModelFileError } from '../error.ts';
import type { EventOf, TrainingEvent } from '../event.ts';
import type { Loss } from '../loss.ts';
import type { Metric } from '../metric.ts';
import { loadModel, saveModel } from '../model-file.ts';
import type { LayerTypes } from '../model-file/layer-type.ts';
import type { ModelDescription } from '../model-file/model-json.ts';
import type { Module } from '../nn/module.ts';
import type { JsonSchema, ModelFiles, Placement, TrainingResult, TrainingRun } from '../pipeline.ts';
import { Pipeline } from '../pipeline.ts';
import type { Report } from '../report.ts';
import type { EpochLoss } from '../report/loss-chart.ts';
import type { Dataset, InputSource, Values } from '../trainer/dataset.ts';
import { predictInBatches } from '../trainer/evaluation.ts';
import type { FitOptions, TrainingHistory } from '../trainer.ts';
import { Trainer } from '../trainer.ts';
import { VERSION } from '../version.ts';
import { createOptimizer, createScheduler } from './optimization.ts';
import type { TrainingConfig } from './training-config.ts';

const EVALUATION_BATCH = 256;

/** How a training went, for its report. */
export interface RunRecord {
  history: TrainingHistory;
  /** The trainer's own account of the run; it knows the device. */
  started: EventOf<'run'> | null;
}

/** The model that a report judges; reports that explain it ask it more. */
export interface Tested {
  model: Module;
  signal: AbortSignal;
}

/** All that training, report and model files need once the data is known. */
export interface LearningTask {
  createModel(): Module;
  loss: Loss;
  train: Dataset;
  /** Chooses the best epoch. */
  validation: Dataset;
  /** Judged by the report alone. */
  test: InputSource;
  /** Measured on the validation part after each epoch. */
  metrics?: readonly Metric[];
  /** As `metrics`, of all predictions together. */
  validationScores?: FitOptions['metrics'];
  /** Shows predictions for the validation part after an epoch. */
  preview?(epoch: number, predicted: Values): TrainingEvent;
  /** Shows what the model, in eval mode, does by itself after an epoch. */
  sample?(epoch: number, model: Module): Promise<TrainingEvent>;
  /** What gives `outputs` for the test part, where the model's own would be too many. Default: the model. */
  judge?(model: Module): Module;
  /** Samples in one batch of the evaluation. Default 256; more would only need more memory. */
  evaluationBatch?: number;
  /** `outputs` are those for the whole test part. Ends with CancelledError when the signal aborts. */
  report(outputs: Values, record: RunRecord, tested: Tested): Report | Promise<Report>;
  /** What a prediction needs beside the weights; JSON. */
  preprocessing: Record<string, unknown>;
  /** Names of the inputs, in the order in which the model takes them. */
  features: string[];
  datasetHash: string;
  inputSchema: JsonSchema;
  outputSchema: JsonSchema;
}

/**
 * The way from data to a judged model that all pipelines share: load, prepare, train with the best epoch chosen on a
 * validation part, judge on a test part, save; and from model files to an answer. A subclass says what is particular.
 */
export abstract class LearningPipeline<Config extends TrainingConfig, Data, Input, Answer> extends Pipeline<
  Config,
  Input,
  Answer
> {
  /** Layers of its own that `model.json` may name, beside the built-in ones. */
  protected readonly layers?: LayerTypes;

  protected abstract load(config: Config): Data | Promise<Data>;

  /** Throws DataError or ConfigError that says what does not fit and what to do. */
  protected abstract prepare(data: Data, config: Config): LearningTask | Promise<LearningTask>;

  /** Throws PredictionInputError for a wrong input, ModelFileError where `preprocessing` is damaged. */
  protected abstract answer(
    model: Module,
    preprocessing: Record<string, unknown>,
    input: Input,
  ): Promise<Answer>;

  /** Throws ConfigError, DataError, DivergedError or CancelledError. */
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
    const data = await this.load(config);

    enter('preparing');
    const task = await this.prepare(data, config);
    const model = task.createModel();
    try {
      enter('training');
      const record = await fit(model, task, config, run);

      enter('evaluating');
      // In eval mode, which the evaluation leaves a model in as it found it.
      const judge = (task.judge?.(model) ?? model).eval();
      const outputs = await predictInBatches(judge, task.test, {
        batchSize: task.evaluationBatch ?? EVALUATION_BATCH,
        signal: run.signal,
      });
      const report = await task.report(outputs, record, { model, signal: run.signal });

      enter('saving');
      const { inputSchema, outputSchema } = task;
      return { files: await this.#files(model, task, config, report), report, inputSchema, outputSchema };
    } finally {
      model.dispose();
    }
  }

  override async predict(files: ModelFiles, input: Input, placement: Placement = {}): Promise<Answer> {
    await place(placement);
    const { model, description } = loadModel(files, { layers: this.layers });
    try {
      if (description.pipelineId !== this.id) {
        throw new ModelFileError(
          `This model was trained by ${description.pipelineId}, not by ${this.id}. Use the pipeline that trained it.`,
        );
      }
      return await this.answer(model, description.preprocessing, input);
    } finally {
      model.dispose();
    }
  }

  async #files(model: Module, task: LearningTask, config: Config, report: Report): Promise<ModelFiles> {
    const description: ModelDescription = {
      pipelineId: this.id,
      preprocessing: task.preprocessing,
      features: task.features,
      versions: { 'azuraforge-learner': VERSION },
      datasetHash: task.datasetHash,
      seed: config.seed,
    };
    return {
      ...(await saveModel(model, description)),
      'report.json': new TextEncoder().encode(`${JSON.stringify(report)}\n`),
    };
  }
}

async function place({ device }: Placement): Promise<void> {
  if (device !== undefined) await chooseDevice(device);
}

async function fit(
  model: Module,
  task: LearningTask,
  config: TrainingConfig,
  run: Pick<TrainingRun, 'signal' | 'onEvent'>,
): Promise<RunRecord> {
  let started: EventOf<'run'> | null = null;
  const optimizer = createOptimizer(model, config);
  const steps = config.epochs * Math.ceil(task.train.length / config.batch_size);
  const trainer = new Trainer({
    model,
    loss: task.loss,
    optimizer,
    scheduler: createScheduler(optimizer, config, steps),
    schedulerInterval: 'step',
    seed: config.seed,
    gradientClip: config.gradient_clip,
    // Patience as long as the run never stops early, and still ends with the best weights.
    earlyStopping: { patience: config.early_stopping_patience || config.epochs },
    metrics: task.metrics,
  });
  try {
    const history = await trainer.fit({
      train: task.train,
      validation: task.validation,
      epochs: config.epochs,
      batchSize: config.batch_size,
      signal: run.signal,
      testSamples: task.test.length,
      onEvent: (event) => {
        if (event.type === 'run') started = event;
        run.onEvent(event);
      },
      metrics: task.validationScores,
      ...(task.preview && {
        onEpochEnd: ({ epoch, predicted }) => {
          if (predicted) run.onEvent(task.preview!(epoch, predicted));
        },
      }),
      ...(task.sample && {
        callbacks: [
          async (moment) => {
            if (moment.type !== 'epochEnd') return;
            run.onEvent(await task.sample!(moment.record.epoch, model.eval()));
          },
        ],
      }),
    });
    return { history, started };
  } finally {
    optimizer.dispose();
  }
}

export function epochLosses({ epochs }: TrainingHistory): EpochLoss[] {
  return epochs.map(({ trainLoss, validationLoss }) => ({ train: trainLoss, validation: validationLoss }));
}
