import { adamwStep } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { Adam } from './adam.ts';
import type { AdamOptions } from './adam.ts';
import type { ParameterGroup } from './optimizer.ts';

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2017), as torch.optim.AdamW. */
export class AdamW extends Adam {
  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup[],
    { weightDecay = 0.01, ...options }: AdamOptions = {},
  ) {
    super(parameters, { ...options, weightDecay });
  }

  protected override get formula(): typeof adamwStep {
    return adamwStep;
  }
}
