import { checkCount, checkRange } from '../../argument.ts';
import type { Optimizer } from '../optimizer.ts';
import { FormulaScheduler } from '../scheduler.ts';

/** From `start` to `end` along half a wave of the cosine, as `fraction` goes from 0 to 1. */
export function cosineBetween(start: number, end: number, fraction: number): number {
  return end + ((start - end) * (1 + Math.cos(Math.PI * fraction))) / 2;
}

/** Falls from the initial rate to `etaMin` (default 0) in `tMax` steps along a cosine. As torch's CosineAnnealingLR. */
export class CosineAnnealingLR extends FormulaScheduler {
  constructor(optimizer: Optimizer, { tMax, etaMin = 0 }: { tMax: number; etaMin?: number }) {
    checkCount('tMax', tMax);
    checkRange('etaMin', etaMin, { minimum: 0 });
    super(optimizer, (steps, initial) => cosineBetween(initial, etaMin, steps / tMax));
  }
}

/**
 * Falls along a cosine in `t0` steps, starts anew, and takes `tMult` (default 1) times as long each time (Loshchilov and
 * Hutter, 2016). As torch's CosineAnnealingWarmRestarts.
 */
export class CosineAnnealingWarmRestarts extends FormulaScheduler {
  constructor(
    optimizer: Optimizer,
    { t0, tMult = 1, etaMin = 0 }: { t0: number; tMult?: number; etaMin?: number },
  ) {
    checkCount('t0', t0);
    checkCount('tMult', tMult);
    checkRange('etaMin', etaMin, { minimum: 0 });
    super(optimizer, (steps, initial) => {
      let [done, length] = [steps, t0];
      while (done >= length) {
        done -= length;
        length *= tMult;
      }
      return cosineBetween(initial, etaMin, done / length);
    });
  }
}
