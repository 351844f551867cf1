import { DataError } from '../error.ts';
import type { Metric } from '../metric.ts';
import type { Values } from '../trainer/dataset.ts';

/** The mean of `|predicted − actual|` over all values, in the unit of the targets. */
export class MeanAbsoluteError implements Metric {
  readonly name: string;
  #sum = 0;
  #count = 0;

  constructor({ name = 'mae' }: { name?: string } = {}) {
    this.name = name;
  }

  update(predicted: Values, actual: Values): void {
    if (predicted.data.length !== actual.data.length) {
      throw new DataError(
        `${this.name} got predictions of shape [${predicted.shape.join(', ')}] for targets of shape [${actual.shape.join(', ')}]; they must be equal.`,
      );
    }
    for (const [index, value] of predicted.data.entries()) this.#sum += Math.abs(value - actual.data[index]!);
    this.#count += predicted.data.length;
  }

  compute(): number {
    return this.#sum / this.#count;
  }

  reset(): void {
    this.#sum = 0;
    this.#count = 0;
  }
}
