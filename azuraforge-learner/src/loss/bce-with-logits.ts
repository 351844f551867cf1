import { bceWithLogitsLoss, tensor, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import type { Loss, LossOptions, Reduction } from '../loss.ts';

/**
 * Binary cross-entropy of logits against targets of the same shape, from 0 to 1, without overflow. As torch's
 * BCEWithLogitsLoss.
 */
export class BCEWithLogitsLoss implements Loss {
  readonly reduction: Reduction;
  readonly posWeight: readonly number[] | undefined;

  /**
   * `posWeight` is how much a positive target counts beside a negative one: one number, or one for each place of the last
   * axis. Throws ArgumentError when one is negative.
   */
  constructor({
    reduction = 'mean',
    posWeight,
  }: LossOptions & { posWeight?: number | readonly number[] } = {}) {
    const weights = typeof posWeight === 'number' ? [posWeight] : posWeight;
    for (const [index, each] of (weights ?? []).entries()) {
      checkRange(`posWeight[${index}]`, each, { minimum: 0 });
    }
    this.reduction = reduction;
    this.posWeight = weights && [...weights];
  }

  forward(predicted: Tensor, target: Tensor): Tensor {
    const { reduction } = this;
    return tidy(() => {
      const posWeight = this.posWeight && tensor([...this.posWeight], { device: predicted.device });
      return bceWithLogitsLoss(predicted, target, { reduction, posWeight: posWeight ?? null });
    });
  }
}
