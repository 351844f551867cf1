import { createSgdState, keep, sgdStep, zeros } from 'azuraforge-core';
import type { SgdState, Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { assignState } from '../nn/state.ts';
import { Optimizer, namedAverages } from './optimizer.ts';
import type { OptimizerState } from './optimizer.ts';

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
  readonly #options: Required<Omit<SGDOptions, 'learningRate'>>;
  readonly #state: SgdState;

  constructor(
    parameters: readonly Tensor[],
    { learningRate = 0.01, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 }: SGDOptions = {},
  ) {
    super(parameters, learningRate);
    checkRange('momentum', momentum, { minimum: 0 });
    checkRange('dampening', dampening);
    checkRange('weightDecay', weightDecay, { minimum: 0 });
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ArgumentError('nesterov needs a momentum above 0 and a dampening of 0.');
    }
    this.#options = { momentum, dampening, nesterov, weightDecay };
    this.#state = createSgdState(this.parameters);
  }

  override step(): void {
    sgdStep(this.parameters, this.#state, { lr: this.learningRate, ...this.#options });
  }

  override loadStateDict({ learningRate, tensors }: OptimizerState): void {
    const velocities = this.parameters.map(({ shape, device }, slot) =>
      Object.hasOwn(tensors, `${slot}.momentum_buffer`) ? keep(zeros(shape, { device })) : null,
    );
    try {
      assignState(namedAverages({ momentum_buffer: velocities }), tensors);
    } catch (error) {
      for (const velocity of velocities) velocity?.dispose();
      throw error;
    }
    this.dispose();
    this.#state.velocities = velocities;
    this.learningRate = learningRate;
  }

  protected override averages(): Record<string, (Tensor | null)[]> {
    return { momentum_buffer: this.#state.velocities };
  }
}
