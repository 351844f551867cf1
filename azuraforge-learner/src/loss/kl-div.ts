import { klDivLoss, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { Loss, Reduction } from '../loss.ts';

export interface KLDivLossOptions {
  /** `mean` divides by the number of elements; `batchmean` by that of samples, which is the divergence itself. Default `mean`. */
  reduction?: Reduction | 'batchmean';
  /** Whether targets are logarithms too. Default false. */
  logTarget?: boolean;
}

/** Kullback-Leibler divergence of target probabilities from predicted log-probabilities. As torch's KLDivLoss. */
export class KLDivLoss implements Loss {
  readonly reduction: Reduction | 'batchmean';
  readonly logTarget: boolean;

  constructor({ reduction = 'mean', logTarget = false }: KLDivLossOptions = {}) {
    this.reduction = reduction;
    this.logTarget = logTarget;
  }

  /** Both have the same shape; the first axis counts the samples. */
  forward(predicted: Tensor, target: Tensor): Tensor {
    const { logTarget, reduction } = this;
    if (reduction !== 'batchmean') return klDivLoss(predicted, target, { reduction, logTarget });
    return tidy(() =>
      klDivLoss(predicted, target, { reduction: 'sum', logTarget }).div(predicted.shape[0] ?? 1),
    );
  }
}
