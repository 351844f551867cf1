import { Generator } from 'azuraforge-core';
import { checkCount, checkRange } from './argument.ts';
import type { Callback } from './callback.ts';
import { ArgumentError, DataError } from './error.ts';
import type { TrainingEvent } from './event.ts';
import type { Loss } from './loss.ts';
import type { Metric } from './metric.ts';
import type { Module } from './nn/module.ts';
import type { Optimizer } from './optim/optimizer.ts';
import type { Scheduler } from './optim/scheduler.ts';
import type { CheckpointStore } from './trainer/checkpoint-store.ts';
import type { Dataset, Values } from './trainer/dataset.ts';
import type { EarlyStopping } from './trainer/early-stopping.ts';
import { evaluate } from './trainer/evaluation.ts';
import type { BatchedOptions, Evaluation } from './trainer/evaluation.ts';
import { TrainingLoop } from './trainer/training-loop.ts';

export interface TrainerOptions {
  model: Module;
  loss: Loss;
  /** Must hold parameters of `model`. */
  optimizer: Optimizer;
  /** Must be made for `optimizer`. */
  scheduler?: Scheduler;
  /** When the scheduler moves: after each epoch or after each step of the optimizer. Default `epoch`. */
  schedulerInterval?: 'epoch' | 'step';
  /** Seeds shuffling and dropout. The same seed, data and initial weights give the same losses, bit for bit. Default 0. */
  seed?: number;
  /** The largest norm of all gradients together; larger ones are scaled down to it. Default: no limit. */
  gradientClip?: number;
  /** The largest size of any number in a gradient, to which it is brought after `gradientClip`. Default: no limit. */
  gradientClipValue?: number;
  /**
   * Batches whose gradients make one step together, as one large batch would: their losses are weighed by their samples.
   * Default 1.
   */
  accumulation?: number;
  /**
   * Keeps an exponential moving average of the weights with this decay, e.g. 0.999. Validation, the best epoch and the
   * model that the training leaves then have the averaged weights. Default: none.
   */
  averageDecay?: number;
  /** Needs `validation` in `fit`. The weights of the best epoch are put back when the training ends. */
  earlyStopping?: EarlyStopping;
  /** Measured on each validation part, by their names. */
  metrics?: readonly Metric[];
  /** Measured on the training batches as they are learned, named `train_…`. */
  trainMetrics?: readonly Metric[];
  /**
   * Captures the training step once for each shape of a batch and replays it, which is faster; eight shapes are kept. False
   * runs it anew each time, as a model needs whose `forward` does other work from batch to batch. Default true.
   */
  compile?: boolean;
}

/** What an epoch ended with, for `FitOptions.onEpochEnd`. */
export interface EpochEnd {
  epoch: number;
  best: boolean;
  /** Predictions for the whole validation part and the targets; null without a validation part. */
  predicted: Values | null;
  actual: Values | null;
}

export interface CheckpointOptions {
  /** Gets `last` after each epoch and `best` after each that is better than all before. */
  store: CheckpointStore;
  /** Writes `last` within epochs too, after every so many steps of the optimizer. */
  everySteps?: number;
}

export interface FitOptions {
  train: Dataset;
  /** Evaluated after each epoch. */
  validation?: Dataset;
  epochs: number;
  batchSize: number;
  /** Draw the samples of each epoch in a new order. Default true. */
  shuffle?: boolean;
  signal?: AbortSignal;
  /** Default: none are written. */
  checkpoints?: CheckpointOptions;
  /**
   * Goes on from the checkpoint `last`, if there is one, to where the training would have come without the interruption.
   * On one device the weights, losses and all else are the same to the bit. Default false.
   */
  resume?: boolean;
  callbacks?: readonly Callback[];
  /**
   * Gets `run` once, then per epoch `batch` (a few per second) and `epoch`, at last perhaps `early_stop`. The pipeline
   * adds the other kinds.
   */
  onEvent?(event: TrainingEvent): void;
  /** Only reported in the `run` event. Default 0. */
  testSamples?: number;
  /** Numbers for the `metrics` of the `epoch` event, from all predictions for the validation part. */
  metrics?(predicted: Values, actual: Values): Record<string, number>;
  /** Runs after the `epoch` event: the place for a `preview`. */
  onEpochEnd?(result: EpochEnd): void | Promise<void>;
}

export interface EpochRecord {
  epoch: number;
  trainLoss: number;
  validationLoss: number | null;
  metrics: Record<string, number>;
  /** Of the epoch's last step. */
  learningRate: number;
  /** Of all gradients together before clipping, at the epoch's last step; null when it was not finite. */
  gradientNorm: number | null;
  seconds: number;
  best: boolean;
}

export interface TrainingHistory {
  epochs: EpochRecord[];
  /** The epoch with the lowest validation loss, or train loss without a validation part. */
  bestEpoch: number;
  bestLoss: number;
  stoppedEarly: boolean;
  seconds: number;
}

/** The sources of all that is random in a training. */
export interface Generators {
  order: Generator;
  layers: Generator;
}

/** Trains a model on mini-batches. */
export class Trainer {
  readonly #options: TrainerOptions;
  readonly #generators: Generators;

  /** Throws ArgumentError for an option out of range. */
  constructor(options: TrainerOptions) {
    checkTrainer(options);
    const { model, seed = 0 } = options;
    this.#options = options;
    this.#generators = { order: generatorAt(seed, 1), layers: generatorAt(seed, 2) };
    model.useGenerator(this.#generators.layers);
  }

  /**
   * Trains for up to `epochs` epochs and leaves the model in eval mode. Throws CancelledError (its name is AbortError)
   * soon after the signal is aborted, DivergedError when the loss is NaN or infinite, ArgumentError for wrong options or
   * a model that cannot be captured, ModelFileError for a checkpoint that is damaged or of another model.
   */
  async fit(options: FitOptions): Promise<TrainingHistory> {
    checkFit(options, this.#options);
    return new TrainingLoop(this.#options, this.#generators, options).run();
  }

  /** Predictions for every sample of `dataset`, their loss and the trainer's `metrics`. */
  evaluate(dataset: Dataset, options: BatchedOptions): Promise<Evaluation> {
    const { model, loss, metrics } = this.#options;
    return evaluate(model, loss, dataset, { ...options, metrics });
  }
}

function checkTrainer(options: TrainerOptions): void {
  const { model, optimizer, scheduler, seed = 0, gradientClip, gradientClipValue, earlyStopping } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError(`seed is ${seed}; it must be a whole number from 0 up.`);
  }
  if (gradientClip !== undefined) checkRange('gradientClip', gradientClip, { above: 0 });
  if (gradientClipValue !== undefined) checkRange('gradientClipValue', gradientClipValue, { above: 0 });
  checkCount('accumulation', options.accumulation ?? 1);
  checkRange('averageDecay', options.averageDecay ?? 0, { minimum: 0, below: 1 });
  if (earlyStopping) {
    checkCount('earlyStopping.patience', earlyStopping.patience);
    checkRange('earlyStopping.minDelta', earlyStopping.minDelta ?? 0, { minimum: 0 });
  }
  if (scheduler?.needsLoss && options.schedulerInterval === 'step') {
    throw new ArgumentError('The scheduler watches the loss of epochs; leave schedulerInterval at "epoch".');
  }
  const own = new Set(model.parameters());
  if (!optimizer.parameters.every((parameter) => own.has(parameter))) {
    throw new ArgumentError(
      'The optimizer holds parameters of another model; build it with model.parameters().',
    );
  }
}

function checkFit(options: FitOptions, { earlyStopping }: TrainerOptions): void {
  const { train, validation, epochs, batchSize, checkpoints, resume } = options;
  checkCount('epochs', epochs);
  checkCount('batchSize', batchSize);
  if (train.length === 0) throw new DataError('There is no training sample; give at least one.');
  if (validation?.length === 0) {
    throw new DataError('The validation part is empty; leave it out or give it at least one sample.');
  }
  if (earlyStopping && !validation) {
    throw new ArgumentError('earlyStopping needs a validation part to watch; pass `validation`.');
  }
  if (checkpoints?.everySteps !== undefined) checkCount('checkpoints.everySteps', checkpoints.everySteps);
  if (resume && !checkpoints)
    throw new ArgumentError('resume needs a store to read from; pass `checkpoints`.');
}

/**
 * A generator far enough along the stream of the seed that it shares no number with the others, nor with the one that
 * drew the initial weights from the same seed.
 */
function generatorAt(seed: number, stream: number): Generator {
  const generator = new Generator(seed);
  generator.state = { seed, offset: stream * 2 ** 45 };
  return generator;
}
