import { createSgdState, sgdStep } from 'azuraforge-core';
import type { SgdState, Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { Optimizer, settingsOf } from './optimizer.ts';
import type { ParameterGroup, Slots } from './optimizer.ts';

export interface SGDOptions {
  /** Default 0.01. */
  learningRate?: number;
  /** How much of the last change is kept. Default 0. */
  momentum?: number;
  /** How much of the gradient is left out of the momentum. Default 0. */
  dampening?: number;
  /** Look ahead along the momentum; needs momentum and no dampening. Default false. */
  nesterov?: boolean;
  /** Pull towards 0, added to the gradient. Default 0. */
  weightDecay?: number;
}

/** Stochastic gradient descent, as torch.optim.SGD. */
export class SGD extends Optimizer {
  readonly #options: { momentum: number; dampening: number; nesterov: boolean };
  readonly #states: SgdState[];

  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup[],
    { learningRate = 0.01, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 }: SGDOptions = {},
  ) {
    super(parameters, { learningRate, weightDecay });
    checkRange('momentum', momentum, { minimum: 0 });
    checkRange('dampening', dampening);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ArgumentError('nesterov needs a momentum above 0 and a dampening of 0.');
    }
    this.#options = { momentum, dampening, nesterov };
    this.#states = this.groups.map((group) => createSgdState(group.parameters));
  }

  override step(): void {
    for (const [index, group] of this.groups.entries()) {
      sgdStep(group.parameters, this.#states[index]!, { ...settingsOf(group), ...this.#options });
    }
  }

  protected override slots(): Record<string, Slots> {
    return { momentum_buffer: { groups: this.#states.map(({ velocities }) => velocities), isLazy: true } };
  }
}
