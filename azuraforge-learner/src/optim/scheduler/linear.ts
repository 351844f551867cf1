import { checkCount, checkRange } from '../../argument.ts';
import type { Optimizer } from '../optimizer.ts';
import { FormulaScheduler } from '../scheduler.ts';

export interface LinearLROptions {
  /** The factor of the rate at the start, above 0. Default 1/3. */
  startFactor?: number;
  /** The factor at the end. Default 1. */
  endFactor?: number;
  /** Steps from one to the other. Default 5. */
  totalIters?: number;
}

/** Changes a factor of the rate evenly from step to step: a warm-up. As torch's LinearLR. */
export class LinearLR extends FormulaScheduler {
  constructor(
    optimizer: Optimizer,
    { startFactor = 1 / 3, endFactor = 1, totalIters = 5 }: LinearLROptions = {},
  ) {
    checkRange('startFactor', startFactor, { above: 0, maximum: 1 });
    checkRange('endFactor', endFactor, { minimum: 0, maximum: 1 });
    checkCount('totalIters', totalIters);
    super(
      optimizer,
      (steps, initial) =>
        initial * (startFactor + ((endFactor - startFactor) * Math.min(steps, totalIters)) / totalIters),
    );
  }
}
