import { noGrad, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { checkCount } from '../argument.ts';
import type { Loss } from '../loss.ts';
import type { Metric } from '../metric.ts';
import type { Module } from '../nn/module.ts';
import { batchesOf } from './batch-order.ts';
import type { Dataset, InputSource, Values } from './dataset.ts';
import { LossLog } from './loss-log.ts';
import { Pace } from './pace.ts';

export interface BatchedOptions {
  batchSize: number;
  signal?: AbortSignal;
}

export interface Evaluation {
  /** The loss per sample. */
  loss: number;
  /** What the metrics of the trainer found. */
  metrics: Record<string, number>;
  /** What the model said, all batches one after the other. */
  predicted: Values;
  /** What it should have said. */
  actual: Values;
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
    const output = tidy(() => noGrad(() => model.forward(source.batch(indices).input)));
    await predicted.append(output, indices.length);
  });
  return predicted.values();
}

/**
 * Predictions for every sample, their loss and metrics; `name` stands in the error of a loss that is not finite.
 * Throws CancelledError, or DivergedError when the loss is NaN or infinite.
 */
export async function evaluate(
  model: Module,
  loss: Loss,
  dataset: Dataset,
  options: BatchedOptions & { name?: string; metrics?: readonly Metric[] },
): Promise<Evaluation> {
  const predicted = new Rows(dataset.length);
  const actual = new Rows(dataset.length);
  const losses = new LossLog(loss.reduction, options.name ?? 'in evaluation');
  const { metrics = [] } = options;
  for (const metric of metrics) metric.reset();
  try {
    await forEachBatch(model, dataset, options, async (indices) => {
      const result = tidy(() =>
        noGrad(() => {
          const { input, target } = dataset.batch(indices);
          const output = model.forward(input);
          return { output, target, loss: loss.forward(output, target) };
        }),
      );
      losses.add({ loss: result.loss }, indices.length);
      const said = await predicted.append(result.output, indices.length);
      const meant = await actual.append(result.target, indices.length);
      for (const metric of metrics) metric.update(said, meant);
    });
    await losses.settle();
  } finally {
    losses.dispose();
  }
  return {
    loss: losses.mean(),
    metrics: computeAll(metrics),
    predicted: predicted.values(),
    actual: actual.values(),
  };
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
    const batches = batchesOf(source.length, batchSize);
    for (const [batch, indices] of batches.entries()) {
      pace.check();
      await source.prepare?.(batches.slice(batch), 0);
      await step(indices);
      await pace.breathe();
    }
  } finally {
    model.train(training);
  }
}

/** Rows of several batches, read from the device into one array. */
class Rows {
  readonly #count: number;
  #data = new Float32Array();
  #rowShape: readonly number[] = [];
  #filled = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** Reads and disposes a tensor of `rows` rows, and returns its values. */
  async append(tensor: Tensor, rows: number): Promise<Values> {
    try {
      if (tensor.shape[0] !== rows) {
        throw new ArgumentError(
          `A batch of ${rows} samples gave the shape [${tensor.shape.join(', ')}]; its first dimension must be ${rows}.`,
        );
      }
      const data = Float32Array.from(await tensor.data());
      if (this.#filled === 0) {
        this.#rowShape = tensor.shape.slice(1);
        this.#data = new Float32Array((data.length / rows) * this.#count);
      }
      this.#data.set(data, this.#filled);
      this.#filled += data.length;
      return { data, shape: tensor.shape };
    } finally {
      tensor.dispose();
    }
  }

  values(): Values {
    return { data: this.#data, shape: [this.#count, ...this.#rowShape] };
  }
}
