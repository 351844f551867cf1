export interface EarlyStopping {
  /** Epochs without improvement after which training stops; at least 1. */
  patience: number;
  /** A smaller decrease of the validation loss does not count as improvement. Default 0. */
  minDelta?: number;
}

/** Null for a loss that nothing was recorded for. */
export interface WatchState {
  bestEpoch: number;
  bestLoss: number | null;
  reference: number | null;
  lastImprovement: number;
}

/** Follows the validation loss over the epochs. */
export class LossWatch {
  bestEpoch = 0;
  bestLoss = Number.POSITIVE_INFINITY;
  readonly #rule: Required<EarlyStopping> | null;
  #lastImprovement = 0;
  #reference = Number.POSITIVE_INFINITY;

  constructor(rule: EarlyStopping | undefined) {
    this.#rule = rule ? { minDelta: 0, ...rule } : null;
  }

  /** Takes the loss of an epoch; true when it is the lowest so far. */
  record(epoch: number, loss: number): boolean {
    const best = loss < this.bestLoss;
    if (best) {
      this.bestLoss = loss;
      this.bestEpoch = epoch;
    }
    // Slow progress below minDelta still counts once it has added up, so the reference moves only on improvement.
    if (loss < this.#reference - (this.#rule?.minDelta ?? 0)) {
      this.#reference = loss;
      this.#lastImprovement = epoch;
    }
    return best;
  }

  /** Where it stands, fit for JSON. */
  get state(): WatchState {
    return {
      bestEpoch: this.bestEpoch,
      bestLoss: finiteOrNull(this.bestLoss),
      reference: finiteOrNull(this.#reference),
      lastImprovement: this.#lastImprovement,
    };
  }

  set state({ bestEpoch, bestLoss, reference, lastImprovement }: WatchState) {
    this.bestEpoch = bestEpoch;
    this.bestLoss = bestLoss ?? Number.POSITIVE_INFINITY;
    this.#reference = reference ?? Number.POSITIVE_INFINITY;
    this.#lastImprovement = lastImprovement;
  }

  /** True when `epoch` is the one after which patience has run out. */
  exhausted(epoch: number): boolean {
    return this.#rule !== null && epoch - this.#lastImprovement >= this.#rule.patience;
  }
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
