import { checkCount, checkRange } from '../../argument.ts';
import { ArgumentError } from '../../error.ts';
import type { Optimizer } from '../optimizer.ts';
import { FormulaScheduler } from '../scheduler.ts';
import { cosineBetween } from './cosine.ts';

export interface OneCycleLROptions {
  /** torch's max_lr: the highest rate, of every group. */
  maxLearningRate: number;
  /** Steps of the whole cycle: usually all batches of all epochs. */
  totalSteps: number;
  /** The share of the steps that rise. Default 0.3. */
  pctStart?: number;
  /** Default `cos`. */
  annealStrategy?: 'cos' | 'linear';
  /** The first rate is the highest divided by this. Default 25. */
  divFactor?: number;
  /** The last rate is the first divided by this. Default 10,000. */
  finalDivFactor?: number;
}

/**
 * Rises to a high rate and falls far below the first (Smith and Topin, 2017). As torch's OneCycleLR with
 * cycle_momentum=False. A step beyond the last is an ArgumentError.
 */
export class OneCycleLR extends FormulaScheduler {
  constructor(
    optimizer: Optimizer,
    {
      maxLearningRate,
      totalSteps,
      pctStart = 0.3,
      annealStrategy = 'cos',
      divFactor = 25,
      finalDivFactor = 1e4,
    }: OneCycleLROptions,
  ) {
    checkRange('maxLearningRate', maxLearningRate, { above: 0 });
    checkCount('totalSteps', totalSteps);
    checkRange('pctStart', pctStart, { minimum: 0, maximum: 1 });
    checkRange('divFactor', divFactor, { above: 0 });
    checkRange('finalDivFactor', finalDivFactor, { above: 0 });
    const first = maxLearningRate / divFactor;
    const last = first / finalDivFactor;
    const top = pctStart * totalSteps - 1;
    const between =
      annealStrategy === 'cos'
        ? cosineBetween
        : (start: number, end: number, fraction: number): number => start + (end - start) * fraction;
    super(optimizer, (steps) => {
      if (steps > totalSteps) {
        throw new ArgumentError(
          `OneCycleLR was set up for ${totalSteps} steps and is asked for step ${steps}; give it all steps of the training as totalSteps.`,
        );
      }
      return steps < top
        ? between(first, maxLearningRate, steps / top)
        : between(maxLearningRate, last, (steps - top) / (totalSteps - 1 - top));
    });
  }
}
