import { ModelFileError } from '../error.ts';
import type { Optimizer } from './optimizer.ts';

/** Where a scheduler stands, fit for JSON. */
export type SchedulerState = Record<string, number | null>;

/** Changes the learning rates of an optimizer as the training goes on. */
export interface Scheduler {
  /** Whether `step` needs the loss that the scheduler watches. */
  readonly needsLoss: boolean;
  /** To be called after each epoch, or after each optimizer step, whatever the scheduler was set up for. */
  step(loss?: number): void;
  stateDict(): SchedulerState;
  /** Throws ModelFileError when it is the state of another kind. */
  loadStateDict(state: SchedulerState): void;
}

/** The learning rate after so many steps, for a group that began with `initial`. */
export type RateFormula = (steps: number, initial: number) => number;

/** A scheduler whose rates depend on the number of steps alone; it sets the first of them when it is made. */
export class FormulaScheduler implements Scheduler {
  readonly needsLoss = false;
  readonly formula: RateFormula;
  readonly #optimizer: Optimizer;
  #steps = 0;

  constructor(optimizer: Optimizer, formula: RateFormula) {
    this.formula = formula;
    this.#optimizer = optimizer;
    this.#apply();
  }

  step(): void {
    this.#steps += 1;
    this.#apply();
  }

  stateDict(): SchedulerState {
    return { steps: this.#steps };
  }

  loadStateDict(state: SchedulerState): void {
    this.#steps = stateNumber(state, 'steps');
    this.#apply();
  }

  #apply(): void {
    for (const group of this.#optimizer.groups) {
      group.learningRate = this.formula(this.#steps, group.initialLearningRate);
    }
  }
}

/** A number of a saved state. Throws ModelFileError when it is missing. */
export function stateNumber(state: SchedulerState, name: string): number {
  const value = state[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new ModelFileError(
      `The scheduler state holds no number "${name}". Use the state of this very kind.`,
    );
  }
  return value;
}
