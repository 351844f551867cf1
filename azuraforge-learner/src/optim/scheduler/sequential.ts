import { ArgumentError } from '../../error.ts';
import type { Optimizer } from '../optimizer.ts';
import { FormulaScheduler } from '../scheduler.ts';
import { checkMilestones, passed } from './decay.ts';

/**
 * One scheduler after the other, each from its own beginning; the next takes over at each of the `milestones`, in steps:
 * `new SequentialLR(optimizer, { schedulers: [warmUp, cosine], milestones: [5] })`. As torch's SequentialLR.
 */
export class SequentialLR extends FormulaScheduler {
  /** Throws ArgumentError unless there is one milestone less than schedulers. */
  constructor(
    optimizer: Optimizer,
    { schedulers, milestones }: { schedulers: readonly FormulaScheduler[]; milestones: readonly number[] },
  ) {
    checkMilestones(milestones);
    if (schedulers.length !== milestones.length + 1) {
      throw new ArgumentError(
        `SequentialLR got ${schedulers.length} schedulers and ${milestones.length} milestones; it needs one milestone between every two.`,
      );
    }
    super(optimizer, (steps, initial) => {
      const current = passed(milestones, steps);
      return schedulers[current]!.formula(steps - (milestones[current - 1] ?? 0), initial);
    });
  }
}
