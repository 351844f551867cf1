import { createRmspropState, rmspropStep } from 'azuraforge-core';
import type { RmspropState, Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { Optimizer, settingsOf } from './optimizer.ts';
import type { ParameterGroup, Slots } from './optimizer.ts';

export interface RMSpropOptions {
  /** Default 0.01. */
  learningRate?: number;
  /** How much of the mean of squares stays at each step. Default 0.99. */
  alpha?: number;
  /** Keeps the division from blowing up. Default 1e-8. */
  epsilon?: number;
  /** Pull towards 0, added to the gradient. Default 0. */
  weightDecay?: number;
  /** How much of the last change is kept. Default 0. */
  momentum?: number;
  /** Divide by the gradient's deviation from its mean instead of by its size. Default false. */
  centered?: boolean;
}

/** RMSprop (Tieleman and Hinton, 2012), as torch.optim.RMSprop. */
export class RMSprop extends Optimizer {
  readonly #options: { alpha: number; eps: number; momentum: number; centered: boolean };
  readonly #states: RmspropState[];

  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup[],
    {
      learningRate = 0.01,
      alpha = 0.99,
      epsilon = 1e-8,
      weightDecay = 0,
      momentum = 0,
      centered = false,
    }: RMSpropOptions = {},
  ) {
    super(parameters, { learningRate, weightDecay });
    checkRange('alpha', alpha, { minimum: 0 });
    checkRange('epsilon', epsilon, { minimum: 0 });
    checkRange('momentum', momentum, { minimum: 0 });
    this.#options = { alpha, eps: epsilon, momentum, centered };
    this.#states = this.groups.map((group) => createRmspropState(group.parameters));
  }

  override step(): void {
    for (const [index, group] of this.groups.entries()) {
      rmspropStep(group.parameters, this.#states[index]!, { ...settingsOf(group), ...this.#options });
    }
  }

  protected override slots(): Record<string, Slots> {
    return {
      square_avg: { groups: this.#states.map(({ squareAverages }) => squareAverages) },
      grad_avg: { groups: this.#states.map(({ gradientAverages }) => gradientAverages), isLazy: true },
      momentum_buffer: { groups: this.#states.map(({ velocities }) => velocities), isLazy: true },
    };
  }
}
