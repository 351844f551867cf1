import { DataError } from '../error.ts';
import type { Metric } from '../metric.ts';
import type { Values } from '../trainer/dataset.ts';

/**
 * Any score of all predictions together as a metric of the trainer, for scores that are no mean over batches (R², areas
 * under curves): keeps every batch until `compute`. `compute` gives NaN where the score is null, and before the first batch.
 *
 *     new CollectedMetric('r2', (predicted, actual) => r2(predicted.data, actual.data))
 */
export class CollectedMetric implements Metric {
  readonly name: string;
  readonly #score: (predicted: Values, actual: Values) => number | null;
  #predicted: Values[] = [];
  #actual: Values[] = [];

  /** `score` may throw DataError, e.g. where a class is missing; `compute` passes it on. */
  constructor(name: string, score: (predicted: Values, actual: Values) => number | null) {
    this.name = name;
    this.#score = score;
  }

  update(predicted: Values, actual: Values): void {
    if (predicted.shape[0] !== actual.shape[0]) {
      throw new DataError(
        `${this.name} got ${predicted.shape[0]} predictions for ${actual.shape[0]} targets; each needs one.`,
      );
    }
    this.#predicted.push(copy(predicted));
    this.#actual.push(copy(actual));
  }

  compute(): number {
    if (this.#actual.length === 0) return Number.NaN;
    return this.#score(joined(this.#predicted), joined(this.#actual)) ?? Number.NaN;
  }

  reset(): void {
    this.#predicted = [];
    this.#actual = [];
  }
}

function copy({ data, shape }: Values): Values {
  return { data: data.slice(), shape };
}

function joined(batches: readonly Values[]): Values {
  const data = new Float32Array(batches.reduce((sum, batch) => sum + batch.data.length, 0));
  let filled = 0;
  for (const batch of batches) {
    data.set(batch.data, filled);
    filled += batch.data.length;
  }
  const rows = batches.reduce((sum, batch) => sum + (batch.shape[0] ?? 0), 0);
  return { data, shape: [rows, ...batches[0]!.shape.slice(1)] };
}
