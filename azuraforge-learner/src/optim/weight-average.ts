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
  /** The average of each parameter. */
  readonly #averages: ReadonlyMap<Tensor, Tensor>;
  /** The averages by the names of the parameters, of which one may have several. */
  readonly #named: Record<string, Tensor>;

  /** Throws ArgumentError unless `decay` (default 0.999) is from 0 up and below 1. */
  constructor(model: Module, { decay = 0.999 }: { decay?: number } = {}) {
    checkRange('decay', decay, { minimum: 0, below: 1 });
    this.decay = decay;
    const averages = new Map(model.parameters().map((parameter) => [parameter, parameter.copy()]));
    this.#averages = averages;
    this.#named = Object.fromEntries(
      Object.entries(model.stateDict()).flatMap(([name, tensor]): [string, Tensor][] => {
        const average = averages.get(tensor);
        return average ? [[name, average]] : [];
      }),
    );
  }

  /** To be called after each optimizer step; may be part of a captured step. */
  update(): void {
    tidy(() =>
      noGrad(() => {
        for (const [parameter, average] of this.#averages) {
          average.assign(average.mul(this.decay).add(parameter.mul(1 - this.decay)));
        }
      }),
    );
  }

  /** Puts the averages into the model and runs `use`; then the model has its own weights again. */
  async during<Result>(use: () => Promise<Result>): Promise<Result> {
    const own = [...this.#averages.keys()].map((parameter) => [parameter, parameter.copy()] as const);
    this.apply();
    try {
      return await use();
    } finally {
      for (const [parameter, weight] of own) {
        noGrad(() => parameter.assign(weight));
        weight.dispose();
      }
    }
  }

  /** Puts the averages into the model, whose own weights are gone. */
  apply(): void {
    noGrad(() => {
      for (const [parameter, average] of this.#averages) parameter.assign(average);
    });
  }

  /** The averages by the names of the parameters. */
  async stateDict(): Promise<Record<string, TensorData>> {
    return readState(this.#named);
  }

  /** Throws ModelFileError and changes nothing when a name or a shape differs. */
  loadStateDict(state: Readonly<Record<string, TensorData>>): void {
    assignState(this.#named, state);
  }

  dispose(): void {
    for (const average of this.#averages.values()) average.dispose();
  }
}
