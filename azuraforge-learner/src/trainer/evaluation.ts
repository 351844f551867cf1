import { noGrad, tidy } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { checkCount } from '../argument.ts';
import type { Loss } from '../loss.ts';
import type { Metric } from '../metric.ts';
import type { Module } from '../nn/module.ts';
import { batchesOf } from './batch-order.ts';
import { forwardBatch, valuesOf } from './dataset.ts';
import type { Dataset, InputSource, Values } from './dataset.ts';
import { LossLog } from './loss-log.ts';
import type { PredictionTaker } from './loss-log.ts';
import { Pace } from './pace.ts';

export interface BatchedOptions {
  batchSize: number;
  signal?: AbortSignal;
}

/** How good a model is on a data set. */
export interface Measurement {
  /** The loss per sample. */
  loss: number;
  /** What the metrics of the trainer found. */
  metrics: Record<string, number>;
}

export interface Evaluation extends Measurement {
  /** What the model said, all batches one after the other. */
  predicted: Values;
  /** What it should have said. */
  actual: Values;
}

export interface MeasurementOptions extends BatchedOptions {
  metrics?: readonly Metric[];
  /** Stands in the error of a loss that is not finite. */
  name?: string;
}

/**
 * What the model says about every sample of `source`, in order, in eval mode and without gradients.
 * Throws CancelledError when the signal is aborted.
 */
export async function predictInBatches(
  model: Module,
  source: InputSource,
  options: BatchedOptions,
): Promise<Values> {
  const predicted = new Rows(source.length);
  await forEachBatch(model, source, options, async (indices) => {
    const output = tidy(() => noGrad(() => forwardBatch(model, source.batch(indices).input)));
    try {
      predicted.add(await valuesOf(output), indices.length);
    } finally {
      output.dispose();
    }
  });
  return predicted.values();
}

/**
 * Predictions for every sample, their loss and metrics. Throws CancelledError, or DivergedError when the loss is NaN or
 * infinite.
 */
export async function evaluate(
  model: Module,
  loss: Loss,
  dataset: Dataset,
  options: MeasurementOptions,
): Promise<Evaluation> {
  const [predicted, actual] = [new Rows(dataset.length), new Rows(dataset.length)];
  const taker = {
    update: (said: Values, meant: Values): void => {
      predicted.add(said, meant.shape[0]!);
      actual.add(meant, meant.shape[0]!);
    },
  };
  const measurement = await measure(model, loss, dataset, options, [taker]);
  return { ...measurement, predicted: predicted.values(), actual: actual.values() };
}

/** As `evaluate`; predictions are read from the device only for metrics and for `takers`. */
export async function measure(
  model: Module,
  loss: Loss,
  dataset: Dataset,
  { metrics = [], name = 'in evaluation', ...batched }: MeasurementOptions,
  takers: readonly PredictionTaker[] = [],
): Promise<Measurement> {
  const all = [...metrics, ...takers];
  const losses = new LossLog(loss.reduction, name, all);
  for (const metric of metrics) metric.reset();
  try {
    await forEachBatch(model, dataset, batched, async (indices) => {
      const result = tidy(() =>
        noGrad(() => {
          const { input, target } = dataset.batch(indices);
          const output = forwardBatch(model, input);
          return {
            loss: loss.forward(output, target),
            predicted: all.length > 0 ? { output, target } : null,
          };
        }),
      );
      losses.add(result, indices.length);
      if (all.length > 0) await losses.settle();
    });
    await losses.settle();
  } finally {
    losses.dispose();
  }
  return { loss: losses.mean(), metrics: computeAll(metrics) };
}

/** The numbers of metrics by their names. */
export function computeAll(metrics: readonly Metric[]): Record<string, number> {
  return Object.fromEntries(metrics.map((metric) => [metric.name, metric.compute()]));
}

async function forEachBatch(
  model: Module,
  source: InputSource,
  { batchSize, signal }: BatchedOptions,
  step: (indices: Uint32Array) => Promise<void>,
): Promise<void> {
  checkCount('batchSize', batchSize);
  if (source.length === 0) throw new ArgumentError('There is no sample to evaluate; give at least one.');
  const pace = new Pace(signal);
  const { training } = model;
  model.eval();
  try {
    for (const indices of batchesOf(source.length, batchSize)) {
      pace.check();
      await source.prepare?.(indices, 0);
      await step(indices);
      await pace.breathe();
    }
  } finally {
    model.train(training);
  }
}

/** Rows of several batches in one array. */
class Rows {
  readonly #count: number;
  #data = new Float32Array();
  #rowShape: readonly number[] = [];
  #filled = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** Throws ArgumentError unless the values are of so many rows. */
  add({ data, shape }: Values, rows: number): void {
    if (shape[0] !== rows) {
      throw new ArgumentError(
        `A batch of ${rows} samples gave the shape [${shape.join(', ')}]; its first dimension must be ${rows}.`,
      );
    }
    if (this.#filled === 0) {
      this.#rowShape = shape.slice(1);
      this.#data = new Float32Array((data.length / rows) * this.#count);
    }
    this.#data.set(data, this.#filled);
    this.#filled += data.length;
  }

  values(): Values {
    return { data: this.#data, shape: [this.#count, ...this.#rowShape] };
  }
}
