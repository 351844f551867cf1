import { Generator, clipGradNorm, devices, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { checkCount, checkRange } from './argument.ts';
import { ArgumentError, DataError } from './error.ts';
import type { TrainingEvent } from './event.ts';
import type { Loss } from './loss.ts';
import type { Module } from './nn/module.ts';
import type { Optimizer } from './optim/optimizer.ts';
import { batchesOf } from './trainer/batch-order.ts';
import { BestWeights } from './trainer/best-weights.ts';
import type { Dataset, Values } from './trainer/dataset.ts';
import { LossWatch } from './trainer/early-stopping.ts';
import type { EarlyStopping } from './trainer/early-stopping.ts';
import { evaluate } from './trainer/evaluation.ts';
import type { BatchedOptions, Evaluation } from './trainer/evaluation.ts';
import { LossLog } from './trainer/loss-log.ts';
import { Pace, Throttle } from './trainer/pace.ts';

export interface TrainerOptions {
  model: Module;
  loss: Loss;
  /** Must hold the parameters of `model`. */
  optimizer: Optimizer;
  /** Seeds shuffling and dropout. The same seed, data and initial weights give the same losses, bit for bit. Default 0. */
  seed?: number;
  /** The largest norm of all gradients together; larger ones are scaled down to it. Default: no limit. */
  gradientClip?: number;
  /** Needs `validation` in `fit`. The weights of the best epoch are put back when the training ends. */
  earlyStopping?: EarlyStopping;
}

/** What an epoch ended with, for `FitOptions.onEpochEnd`. */
export interface EpochEnd {
  epoch: number;
  best: boolean;
  /** Predictions for the whole validation part and the targets; null without a validation part. */
  predicted: Values | null;
  actual: Values | null;
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
  learningRate: number;
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

const BATCH_EVENT_MS = 250;

/** Trains a model on mini-batches. */
export class Trainer {
  readonly #model: Module;
  readonly #loss: Loss;
  readonly #optimizer: Optimizer;
  readonly #seed: number;
  readonly #order: Generator;
  readonly #gradientClip: number | undefined;
  readonly #earlyStopping: EarlyStopping | undefined;

  /** Throws ArgumentError for an option out of range. */
  constructor({ model, loss, optimizer, seed = 0, gradientClip, earlyStopping }: TrainerOptions) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new ArgumentError(`seed is ${seed}; it must be a whole number from 0 up.`);
    }
    if (gradientClip !== undefined) checkRange('gradientClip', gradientClip, { above: 0 });
    if (earlyStopping) {
      checkCount('earlyStopping.patience', earlyStopping.patience);
      checkRange('earlyStopping.minDelta', earlyStopping.minDelta ?? 0, { minimum: 0 });
    }
    const own = new Set(model.parameters());
    if (!optimizer.parameters.every((parameter) => own.has(parameter))) {
      throw new ArgumentError(
        'The optimizer holds parameters of another model; build it with model.parameters().',
      );
    }
    this.#model = model;
    this.#loss = loss;
    this.#optimizer = optimizer;
    this.#seed = seed;
    this.#order = generatorAt(seed, 1);
    this.#gradientClip = gradientClip;
    this.#earlyStopping = earlyStopping;
    model.useGenerator(generatorAt(seed, 2));
  }

  /**
   * Trains for up to `epochs` epochs and leaves the model in eval mode. Throws CancelledError (its name is AbortError)
   * soon after the signal is aborted, DivergedError when the loss is NaN or infinite, ArgumentError for wrong options.
   */
  async fit(options: FitOptions): Promise<TrainingHistory> {
    this.#check(options);
    const { epochs } = options;
    const emit = (event: TrainingEvent): void => options.onEvent?.(event);
    const started = performance.now();
    const pace = new Pace(options.signal);
    const throttle = new Throttle(BATCH_EVENT_MS);
    const watch = new LossWatch(this.#earlyStopping);
    const bestWeights = new BestWeights(this.#model);
    const records: EpochRecord[] = [];
    let stoppedEarly = false;
    pace.check();
    emit(this.#runEvent(options));
    try {
      for (let epoch = 1; epoch <= epochs && !stoppedEarly; epoch++) {
        const epochStarted = performance.now();
        const trainLoss = await this.#trainEpoch(epoch, options, { emit, pace, throttle });
        const result = await this.#validate(epoch, options);
        const best = watch.record(epoch, result?.loss ?? trainLoss);
        if (best && this.#earlyStopping) bestWeights.save();
        const record: EpochRecord = {
          epoch,
          trainLoss,
          validationLoss: result?.loss ?? null,
          metrics: (result && options.metrics?.(result.predicted, result.actual)) ?? {},
          learningRate: this.#optimizer.learningRate,
          seconds: (performance.now() - epochStarted) / 1000,
          best,
        };
        records.push(record);
        emit(epochEvent(record, epochs));
        await options.onEpochEnd?.({
          epoch,
          best,
          predicted: result?.predicted ?? null,
          actual: result?.actual ?? null,
        });
        pace.check();
        stoppedEarly = epoch < epochs && watch.exhausted(epoch);
      }
      if (stoppedEarly) {
        emit({
          type: 'early_stop',
          epoch: records.length,
          best_epoch: watch.bestEpoch,
          patience: this.#earlyStopping!.patience,
        });
      }
      bestWeights.restore();
    } finally {
      bestWeights.dispose();
      this.#optimizer.zeroGrad();
      this.#model.eval();
    }
    return {
      epochs: records,
      bestEpoch: watch.bestEpoch,
      bestLoss: watch.bestLoss,
      stoppedEarly,
      seconds: (performance.now() - started) / 1000,
    };
  }

  /** Predictions for every sample of `dataset` and their loss. */
  evaluate(dataset: Dataset, options: BatchedOptions): Promise<Evaluation> {
    return evaluate(this.#model, this.#loss, dataset, options);
  }

  async #trainEpoch(
    epoch: number,
    { train, batchSize, epochs, shuffle = true }: FitOptions,
    { emit, pace, throttle }: { emit(event: TrainingEvent): void; pace: Pace; throttle: Throttle },
  ): Promise<number> {
    this.#model.train();
    const batches = batchesOf(train.length, batchSize, shuffle ? this.#order : undefined);
    const losses = new LossLog(this.#loss.reduction, `in epoch ${epoch}`);
    try {
      for (const [index, indices] of batches.entries()) {
        losses.add(this.#step(train, indices), indices.length);
        if (throttle.due()) {
          const loss = await losses.settle();
          const batch = index + 1;
          const fraction = (epoch - 1 + batch / batches.length) / epochs;
          emit({ type: 'batch', epoch, epochs, batch, batches: batches.length, loss, fraction });
        }
        await pace.breathe();
      }
      await losses.settle();
    } finally {
      losses.dispose();
    }
    return losses.mean();
  }

  async #validate(epoch: number, { validation, batchSize, signal }: FitOptions): Promise<Evaluation | null> {
    if (!validation) return null;
    const name = `in the validation of epoch ${epoch}`;
    return evaluate(this.#model, this.#loss, validation, { batchSize, signal, name });
  }

  /** One batch forward, back and into the weights. Returns the loss, still on the device. */
  #step(train: Dataset, indices: Uint32Array): Tensor {
    return tidy(() => {
      this.#optimizer.zeroGrad();
      const { input, target } = train.batch(indices);
      const loss = this.#loss.forward(this.#model.forward(input), target);
      loss.backward();
      if (this.#gradientClip !== undefined) clipGradNorm(this.#optimizer.parameters, this.#gradientClip);
      this.#optimizer.step();
      return loss.detach();
    });
  }

  #runEvent({ train, validation, epochs, batchSize, testSamples = 0 }: FitOptions): TrainingEvent {
    const { device } = this.#optimizer.parameters[0]!;
    return {
      type: 'run',
      epochs,
      batches_per_epoch: Math.ceil(train.length / batchSize),
      parameters: this.#model.parameterCount(),
      train_samples: train.length,
      validation_samples: validation?.length ?? 0,
      test_samples: testSamples,
      device,
      adapter: devices().find(({ name }) => name === device)?.adapter ?? null,
      seed: this.#seed,
    };
  }

  #check({ train, validation, epochs, batchSize }: FitOptions): void {
    checkCount('epochs', epochs);
    checkCount('batchSize', batchSize);
    if (train.length === 0) throw new DataError('There is no training sample; give at least one.');
    if (validation?.length === 0) {
      throw new DataError('The validation part is empty; leave it out or give it at least one sample.');
    }
    if (this.#earlyStopping && !validation) {
      throw new ArgumentError('earlyStopping needs a validation part to watch; pass `validation`.');
    }
  }
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

function epochEvent(record: EpochRecord, epochs: number): TrainingEvent {
  return {
    type: 'epoch',
    epoch: record.epoch,
    epochs,
    train_loss: record.trainLoss,
    validation_loss: record.validationLoss,
    metrics: record.metrics,
    learning_rate: record.learningRate,
    seconds: record.seconds,
    best: record.best,
    fraction: record.epoch / epochs,
  };
}
