import { adamStep, createAdamState } from 'azuraforge-core';
import type { AdamState, Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ModelFileError } from '../error.ts';
import { assignState } from '../nn/state.ts';
import { Optimizer, namedAverages } from './optimizer.ts';
import type { OptimizerState } from './optimizer.ts';

export interface AdamOptions {
  /** Default 0.001. */
  learningRate?: number;
  /** How slowly the averages of the gradient and of its square forget. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Keeps the division from blowing up. Default 1e-8. */
  epsilon?: number;
  /** Pull towards 0. Adam (default 0) adds it to the gradient; AdamW (default 0.01) shrinks the weight itself. */
  weightDecay?: number;
}

/** Adam (Kingma and Ba, 2014), as torch.optim.Adam. */
export class Adam extends Optimizer {
  readonly #options: { betas: readonly [number, number]; eps: number; weightDecay: number };
  readonly #state: AdamState;

  constructor(
    parameters: readonly Tensor[],
    { learningRate = 0.001, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 }: AdamOptions = {},
  ) {
    super(parameters, learningRate);
    for (const [index, beta] of betas.entries())
      checkRange(`betas[${index}]`, beta, { minimum: 0, below: 1 });
    checkRange('epsilon', epsilon, { minimum: 0 });
    checkRange('weightDecay', weightDecay, { minimum: 0 });
    this.#options = { betas, eps: epsilon, weightDecay };
    this.#state = createAdamState(this.parameters);
  }

  override step(): void {
    this.formula(this.parameters, this.#state, { lr: this.learningRate, ...this.#options });
  }

  override loadStateDict({ learningRate, steps, tensors }: OptimizerState): void {
    if (steps.length !== this.parameters.length) {
      throw new ModelFileError(
        `The optimizer state counts the steps of ${steps.length} parameters, the model has ${this.parameters.length}. Use the state of this very model.`,
      );
    }
    assignState(namedAverages(this.averages()), tensors);
    this.#state.steps = [...steps];
    this.learningRate = learningRate;
  }

  protected get formula(): typeof adamStep {
    return adamStep;
  }

  protected override steps(): readonly number[] {
    return this.#state.steps;
  }

  protected override averages(): Record<string, Tensor[]> {
    return { exp_avg: this.#state.firstMoments, exp_avg_sq: this.#state.secondMoments };
  }
}
