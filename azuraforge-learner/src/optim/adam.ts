import { adamStep, createAdamState } from 'azuraforge-core';
import type { AdamState, Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { Optimizer, settingsOf } from './optimizer.ts';
import type { ParameterGroup, Slots } from './optimizer.ts';

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
  readonly #options: { betas: readonly [number, number]; eps: number };
  readonly #states: AdamState[];

  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup[],
    { learningRate = 0.001, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 }: AdamOptions = {},
  ) {
    super(parameters, { learningRate, weightDecay });
    for (const [index, beta] of betas.entries())
      checkRange(`betas[${index}]`, beta, { minimum: 0, below: 1 });
    checkRange('epsilon', epsilon, { minimum: 0 });
    this.#options = { betas, eps: epsilon };
    this.#states = this.groups.map((group) => createAdamState(group.parameters));
  }

  override step(): void {
    for (const [index, group] of this.groups.entries()) {
      this.formula(group.parameters, this.#states[index]!, { ...settingsOf(group), ...this.#options });
    }
  }

  protected get formula(): typeof adamStep {
    return adamStep;
  }

  protected override counters(): readonly number[][] {
    return this.#states.map(({ steps }) => steps);
  }

  protected override slots(): Record<string, Slots> {
    return {
      exp_avg: { groups: this.#states.map(({ firstMoments }) => firstMoments) },
      exp_avg_sq: { groups: this.#states.map(({ secondMoments }) => secondMoments) },
    };
  }
}
