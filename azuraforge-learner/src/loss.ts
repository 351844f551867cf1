import { huberLoss, l1Loss, mseLoss } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { checkRange } from './argument.ts';

/** How the losses of single values become one number. */
export type Reduction = 'mean' | 'sum';

export interface LossOptions {
  /** Default `mean`. */
  reduction?: Reduction;
}

/** Tells how far predictions are from their targets. */
export interface Loss {
  /** `sum` adds up over a batch; any other is an average over it. */
  readonly reduction: Reduction | 'batchmean';
  /** A scalar that can be differentiated. Throws TensorError when the shapes do not fit. */
  forward(predicted: Tensor, target: Tensor): Tensor;
}

/** Squared error: large misses count most. As torch's MSELoss. */
export class MSELoss implements Loss {
  readonly reduction: Reduction;

  constructor({ reduction = 'mean' }: LossOptions = {}) {
    this.reduction = reduction;
  }

  forward(predicted: Tensor, target: Tensor): Tensor {
    return mseLoss(predicted, target, { reduction: this.reduction });
  }
}

/** Absolute error (MAE): every miss counts by its size. As torch's L1Loss. */
export class L1Loss implements Loss {
  readonly reduction: Reduction;

  constructor({ reduction = 'mean' }: LossOptions = {}) {
    this.reduction = reduction;
  }

  forward(predicted: Tensor, target: Tensor): Tensor {
    return l1Loss(predicted, target, { reduction: this.reduction });
  }
}

/**
 * Half the squared error up to `delta` (default 1), beyond it `delta · (|error| − delta / 2)`: outliers pull less.
 * As torch's HuberLoss.
 */
export class HuberLoss implements Loss {
  readonly reduction: Reduction;
  readonly delta: number;

  constructor({ delta = 1, reduction = 'mean' }: LossOptions & { delta?: number } = {}) {
    checkRange('delta', delta, { above: 0 });
    this.delta = delta;
    this.reduction = reduction;
  }

  forward(predicted: Tensor, target: Tensor): Tensor {
    return huberLoss(predicted, target, { delta: this.delta, reduction: this.reduction });
  }
}
