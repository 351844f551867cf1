import { maximum, tensor, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import type { Loss, LossOptions, Reduction } from '../loss.ts';

/**
 * The pinball loss of several quantiles at once: with quantile q, a prediction that is too low by e costs `q · e`, one
 * that is too high by e costs `(1 − q) · e` (Koenker and Bassett, 1978).
 */
export class QuantileLoss implements Loss {
  readonly reduction: Reduction;
  readonly quantiles: readonly number[];

  /** Throws ArgumentError unless there are quantiles, all between 0 and 1. */
  constructor(quantiles: readonly number[], { reduction = 'mean' }: LossOptions = {}) {
    if (quantiles.length === 0)
      throw new ArgumentError('There is no quantile; give at least one, such as 0.5.');
    for (const [index, quantile] of quantiles.entries()) {
      checkRange(`quantiles[${index}]`, quantile, { above: 0, below: 1 });
    }
    this.quantiles = [...quantiles];
    this.reduction = reduction;
  }

  /**
   * @param predicted `[…, quantiles]`, in the order of `quantiles`
   * @param target `[…]`
   */
  forward(predicted: Tensor, target: Tensor): Tensor {
    const expected = [...target.shape, this.quantiles.length];
    if (predicted.shape.join() !== expected.join()) {
      throw new ArgumentError(
        `QuantileLoss of ${this.quantiles.length} quantiles got predictions of shape [${predicted.shape.join(', ')}] for targets of shape [${target.shape.join(', ')}]; they must have the shape [${expected.join(', ')}].`,
      );
    }
    return tidy(() => {
      const quantiles = tensor([...this.quantiles], { device: predicted.device });
      const error = target.unsqueeze(-1).sub(predicted);
      const losses = maximum(error.mul(quantiles), error.mul(quantiles.sub(1)));
      return this.reduction === 'mean' ? losses.mean() : losses.sum();
    });
  }
}
