import { noGrad, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import type { Module } from '../nn/module.ts';
import { assignState, readState } from '../nn/state.ts';
import type { TensorData } from '../nn/state.ts';

/**
 * An exponential moving average of a model's weights (EMA), which often predicts better than the weights of the last step:
 * `average = decay · average + (1 − decay) · weight` after each step, from the weights at its creation on.
 */
export class WeightAverage {
  readonly decay: number;
  readonly #parameters: Record<string, Tensor>;
  readonly #averages: Record<string, Tensor>;

  /** Throws ArgumentError unless `decay` is from 0 up and below 1. Default 0.999. */
  constructor(model: Module, { decay = 0.999 }: { decay?: number } = {}) {
    checkRange('decay', decay, { minimum: 0, below: 1 });
    this.decay = decay;
    this.#parameters = Object.fromEntries(model.namedParameters());
    this.#averages = Object.fromEntries(
      Object.entries(this.#parameters).map(([name, parameter]) => [name, parameter.copy()]),
    );
  }

  /** To be called after each optimizer step; may be part of a captured step. */
  update(): void {
    tidy(() =>
      noGrad(() => {
        for (const [name, average] of Object.entries(this.#averages)) {
          average.assign(average.mul(this.decay).add(this.#parameters[name]!.mul(1 - this.decay)));
        }
      }),
    );
  }

  /** Puts the averages into the model and runs `use`; then the model has its own weights again. */
  async during<Result>(use: () => Promise<Result>): Promise<Result> {
    const own = Object.entries(this.#parameters).map(
      ([name, parameter]) => [name, parameter.copy()] as const,
    );
    this.apply();
    try {
      return await use();
    } finally {
      for (const [name, weight] of own) {
        noGrad(() => this.#parameters[name]!.assign(weight));
        weight.dispose();
      }
    }
  }

  /** Puts the averages into the model, whose own weights are gone. */
  apply(): void {
    noGrad(() => {
      for (const [name, average] of Object.entries(this.#averages)) this.#parameters[name]!.assign(average);
    });
  }

  /** The averages by the names of the parameters. */
  async stateDict(): Promise<Record<string, TensorData>> {
    return readState(this.#averages);
  }

  /** Throws ModelFileError and changes nothing when a name or a shape differs. */
  loadStateDict(state: Readonly<Record<string, TensorData>>): void {
    assignState(this.#averages, state);
  }

  dispose(): void {
    for (const average of Object.values(this.#averages)) average.dispose();
  }
}
