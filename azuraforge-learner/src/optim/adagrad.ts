import { adagradStep, createAdagradState } from 'azuraforge-core';
import type { AdagradState, Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { Optimizer, settingsOf } from './optimizer.ts';
import type { ParameterGroup, Slots } from './optimizer.ts';

export interface AdagradOptions {
  /** Default 0.01. */
  learningRate?: number;
  /** After n steps the rate is `learningRate / (1 + n · lrDecay)`. Default 0. */
  lrDecay?: number;
  /** Keeps the division from blowing up. Default 1e-10. */
  epsilon?: number;
  /** Pull towards 0, added to the gradient. Default 0. */
  weightDecay?: number;
}

/** Adagrad (Duchi, Hazan and Singer, 2011), as torch.optim.Adagrad. */
export class Adagrad extends Optimizer {
  readonly #options: { lrDecay: number; eps: number };
  readonly #states: AdagradState[];

  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup[],
    { learningRate = 0.01, lrDecay = 0, epsilon = 1e-10, weightDecay = 0 }: AdagradOptions = {},
  ) {
    super(parameters, { learningRate, weightDecay });
    checkRange('lrDecay', lrDecay, { minimum: 0 });
    checkRange('epsilon', epsilon, { minimum: 0 });
    this.#options = { lrDecay, eps: epsilon };
    this.#states = this.groups.map((group) => createAdagradState(group.parameters));
  }

  override step(): void {
    for (const [index, group] of this.groups.entries()) {
      adagradStep(group.parameters, this.#states[index]!, { ...settingsOf(group), ...this.#options });
    }
  }

  protected override counters(): readonly number[][] {
    return this.#states.map(({ steps }) => steps);
  }

  protected override slots(): Record<string, Slots> {
    return { sum: { groups: this.#states.map(({ squareSums }) => squareSums) } };
  }
}
