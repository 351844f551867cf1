import type { Tensor } from 'azuraforge-core';
import { DivergedError } from '../error.ts';
import type { Loss } from '../loss.ts';
import type { Metric } from '../metric.ts';
import { valuesOf } from './dataset.ts';

/** What a batch gave, still on the device. */
export interface BatchResult {
  loss: Tensor;
  gradientNorm?: Tensor | null;
  predicted?: { output: Tensor; target: Tensor } | null;
}

/** Gets the predictions of each batch beside their targets. */
export type PredictionTaker = Pick<Metric, 'update'>;

/** What the losses of an epoch add up to. */
export interface LossSums {
  sum: number;
  samples: number;
  batches: number;
}

/**
 * Collects the results of batches without waiting for the device; they are read together, a few times a second, so that
 * a GPU is never kept waiting for a single number.
 */
export class LossLog {
  readonly #reduction: Loss['reduction'];
  readonly #where: string;
  readonly #takers: readonly PredictionTaker[];
  #pending: { result: BatchResult; samples: number }[] = [];
  #sums: LossSums = { sum: 0, samples: 0, batches: 0 };
  #gradientNorm: number | null = null;

  /** `where` names the place in the error of a loss that is not finite, e.g. `in epoch 3`. */
  constructor(reduction: Loss['reduction'], where: string, takers: readonly PredictionTaker[] = []) {
    this.#reduction = reduction;
    this.#where = where;
    this.#takers = takers;
  }

  /** What is settled so far; may be set to go on from there. */
  get sums(): LossSums {
    return { ...this.#sums };
  }

  set sums(sums: LossSums) {
    this.#sums = { ...sums };
  }

  /** The newest norm of all gradients that was settled; null when there is none, or it is not finite. */
  get gradientNorm(): number | null {
    return this.#gradientNorm;
  }

  /** Takes over the tensors of a batch. */
  add(result: BatchResult, samples: number): void {
    this.#pending.push({ result, samples });
  }

  /** Reads what is pending and returns the newest loss. Throws DivergedError when one is not finite. */
  async settle(): Promise<number> {
    let newest = Number.NaN;
    const losses = await Promise.all(this.#pending.map(({ result }) => result.loss.item()));
    for (const [index, { samples }] of this.#pending.entries()) {
      newest = losses[index]!;
      this.#sums.batches += 1;
      if (!Number.isFinite(newest)) throw diverged(newest, `${this.#where}, batch ${this.#sums.batches}`);
      this.#sums.sum += this.#reduction === 'sum' ? newest : newest * samples;
      this.#sums.samples += samples;
    }
    await this.#handOver();
    await this.#readNorm();
    this.dispose();
    return newest;
  }

  /** The loss per sample over everything that was settled, whatever the sizes of the batches. */
  mean(): number {
    return this.#sums.sum / this.#sums.samples;
  }

  dispose(): void {
    for (const { result } of this.#pending) {
      result.loss.dispose();
      result.gradientNorm?.dispose();
      result.predicted?.output.dispose();
      result.predicted?.target.dispose();
    }
    this.#pending = [];
  }

  async #handOver(): Promise<void> {
    if (this.#takers.length === 0) return;
    for (const { result } of this.#pending) {
      if (!result.predicted) continue;
      const { output, target } = result.predicted;
      const [predicted, actual] = await Promise.all([valuesOf(output), valuesOf(target)]);
      for (const taker of this.#takers) taker.update(predicted, actual);
    }
  }

  async #readNorm(): Promise<void> {
    const newest = this.#pending.findLast(({ result }) => result.gradientNorm)?.result.gradientNorm;
    if (!newest) return;
    const norm = await newest.item();
    this.#gradientNorm = Number.isFinite(norm) ? norm : null;
  }
}

function diverged(loss: number, where: string): DivergedError {
  return new DivergedError(
    `The loss became ${loss} ${where}: the training diverged. Try a learning rate ten times lower, clip gradients ` +
      '(gradientClip: 1), scale the inputs and targets to a range around -1 to 1, and check the data for extreme values.',
  );
}
