import { checkRange } from '../../argument.ts';
import { ArgumentError } from '../../error.ts';
import type { Optimizer } from '../optimizer.ts';
import { stateNumber } from '../scheduler.ts';
import type { Scheduler, SchedulerState } from '../scheduler.ts';

export interface ReduceLROnPlateauOptions {
  /** Whether the watched number should fall or rise. Default `min`. */
  mode?: 'min' | 'max';
  /** What the rate is multiplied by, below 1. Default 0.1. */
  factor?: number;
  /** Steps without improvement that are borne. Default 10. */
  patience?: number;
  /** A smaller improvement counts as none. Default 1e-4. */
  threshold?: number;
  /** Whether `threshold` is a share of the best number or a difference from it. Default `rel`. */
  thresholdMode?: 'rel' | 'abs';
  /** Steps after a reduction in which nothing counts. Default 0. */
  cooldown?: number;
  /** torch's min_lr. Default 0. */
  minLearningRate?: number;
  /** A smaller reduction is left out. Default 1e-8. */
  epsilon?: number;
}

/** Lowers the rate when the watched loss has stopped improving. As torch's ReduceLROnPlateau. */
export class ReduceLROnPlateau implements Scheduler {
  readonly needsLoss = true;
  readonly #optimizer: Optimizer;
  readonly #options: Required<ReduceLROnPlateauOptions>;
  #best: number | null = null;
  #bad = 0;
  #cooling = 0;

  constructor(optimizer: Optimizer, options: ReduceLROnPlateauOptions = {}) {
    const { factor = 0.1, patience = 10, threshold = 1e-4, cooldown = 0, minLearningRate = 0 } = options;
    const { mode = 'min', thresholdMode = 'rel', epsilon = 1e-8 } = options;
    checkRange('factor', factor, { minimum: 0, below: 1 });
    for (const [name, value] of Object.entries({ patience, threshold, cooldown, minLearningRate, epsilon })) {
      checkRange(name, value, { minimum: 0 });
    }
    this.#optimizer = optimizer;
    this.#options = {
      mode,
      factor,
      patience,
      threshold,
      thresholdMode,
      cooldown,
      minLearningRate,
      epsilon,
    };
  }

  /** Takes the watched number of an epoch. Throws ArgumentError without one. */
  step(loss?: number): void {
    if (loss === undefined) throw new ArgumentError('ReduceLROnPlateau.step needs the loss that it watches.');
    if (this.#isBetter(loss)) {
      this.#best = loss;
      this.#bad = 0;
    } else {
      this.#bad += 1;
    }
    if (this.#cooling > 0) {
      this.#cooling -= 1;
      this.#bad = 0;
    }
    if (this.#bad <= this.#options.patience) return;
    this.#reduce();
    this.#cooling = this.#options.cooldown;
    this.#bad = 0;
  }

  stateDict(): SchedulerState {
    return { best: this.#best, bad: this.#bad, cooling: this.#cooling };
  }

  loadStateDict(state: SchedulerState): void {
    const [best, bad, cooling] = [
      state.best === null ? null : stateNumber(state, 'best'),
      stateNumber(state, 'bad'),
      stateNumber(state, 'cooling'),
    ];
    [this.#best, this.#bad, this.#cooling] = [best, bad, cooling];
  }

  #isBetter(loss: number): boolean {
    const best = this.#best;
    if (best === null) return true;
    const { mode, threshold, thresholdMode } = this.#options;
    const sign = mode === 'min' ? -1 : 1;
    const bound = thresholdMode === 'rel' ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === 'min' ? loss < bound : loss > bound;
  }

  #reduce(): void {
    const { factor, minLearningRate, epsilon } = this.#options;
    for (const group of this.#optimizer.groups) {
      const reduced = Math.max(group.learningRate * factor, minLearningRate);
      if (group.learningRate - reduced > epsilon) group.learningRate = reduced;
    }
  }
}
