import type { Tensor } from 'azuraforge-core';
import { DivergedError } from '../error.ts';
import type { Reduction } from '../loss.ts';

interface Entry {
  loss: Tensor;
  samples: number;
}

/**
 * Collects the losses of batches without waiting for the device; they are read together, a few times a second, so that
 * a GPU is never kept waiting for a single number.
 */
export class LossLog {
  readonly #reduction: Reduction;
  readonly #where: string;
  #pending: Entry[] = [];
  #sum = 0;
  #samples = 0;
  #batches = 0;

  /** `where` names the place in the error of a loss that is not finite, e.g. `in epoch 3`. */
  constructor(reduction: Reduction, where: string) {
    this.#reduction = reduction;
    this.#where = where;
  }

  /** Takes over the scalar loss of a batch. */
  add(loss: Tensor, samples: number): void {
    this.#pending.push({ loss, samples });
  }

  /** Reads what is pending and returns the newest loss. Throws DivergedError when one is not finite. */
  async settle(): Promise<number> {
    let newest = Number.NaN;
    for (const { loss, samples } of this.#pending) {
      newest = await loss.item();
      this.#batches += 1;
      if (!Number.isFinite(newest)) throw diverged(newest, `${this.#where}, batch ${this.#batches}`);
      this.#sum += this.#reduction === 'mean' ? newest * samples : newest;
      this.#samples += samples;
    }
    this.dispose();
    return newest;
  }

  /** The loss per sample over everything that was settled, whatever the sizes of the batches. */
  mean(): number {
    return this.#sum / this.#samples;
  }

  dispose(): void {
    for (const { loss } of this.#pending) loss.dispose();
    this.#pending = [];
  }
}

function diverged(loss: number, where: string): DivergedError {
  return new DivergedError(
    `The loss became ${loss} ${where}: the training diverged. Try a learning rate ten times lower, clip gradients ` +
      '(gradientClip: 1), scale the inputs and targets to a range around -1 to 1, and check the data for extreme values.',
  );
}
