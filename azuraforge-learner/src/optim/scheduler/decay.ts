import { checkCount, checkRange } from '../../argument.ts';
import { ArgumentError } from '../../error.ts';
import type { Optimizer } from '../optimizer.ts';
import { FormulaScheduler } from '../scheduler.ts';

/** Multiplies the rate by `gamma` (default 0.1) every `stepSize` steps. As torch's StepLR. */
export class StepLR extends FormulaScheduler {
  constructor(optimizer: Optimizer, { stepSize, gamma = 0.1 }: { stepSize: number; gamma?: number }) {
    checkCount('stepSize', stepSize);
    checkRange('gamma', gamma, { minimum: 0 });
    super(optimizer, (steps, initial) => initial * gamma ** Math.floor(steps / stepSize));
  }
}

/** Multiplies the rate by `gamma` (default 0.1) at each of the `milestones`, in steps. As torch's MultiStepLR. */
export class MultiStepLR extends FormulaScheduler {
  constructor(
    optimizer: Optimizer,
    { milestones, gamma = 0.1 }: { milestones: readonly number[]; gamma?: number },
  ) {
    checkMilestones(milestones);
    checkRange('gamma', gamma, { minimum: 0 });
    super(optimizer, (steps, initial) => initial * gamma ** passed(milestones, steps));
  }
}

/** Multiplies the rate by `gamma` at every step. As torch's ExponentialLR. */
export class ExponentialLR extends FormulaScheduler {
  constructor(optimizer: Optimizer, { gamma }: { gamma: number }) {
    checkRange('gamma', gamma, { minimum: 0 });
    super(optimizer, (steps, initial) => initial * gamma ** steps);
  }
}

/** Throws ArgumentError unless the milestones are whole numbers from 1 up that rise. */
export function checkMilestones(milestones: readonly number[]): void {
  for (const [index, milestone] of milestones.entries()) {
    checkCount(`milestones[${index}]`, milestone);
    if (index > 0 && milestone <= milestones[index - 1]!) {
      throw new ArgumentError(`milestones are ${milestones.join(', ')}; each must be above the one before.`);
    }
  }
}

/** How many milestones lie behind. */
export function passed(milestones: readonly number[], steps: number): number {
  return milestones.filter((milestone) => milestone <= steps).length;
}
