import { Pace } from '../trainer/pace.ts';

const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Narrowings of one range: to a hundredth of it. */
const STEPS = 10;
const ROUNDS = 10;
/** Ends when a round gains less than this share. */
const ENOUGH = 1e-5;

interface Bounds {
  low(index: number): number;
  high(index: number): number;
  signal?: AbortSignal;
}

/**
 * Where `cost` is smallest within bounds: golden sections along one number after the other, never worse than `start`.
 * Lets the event loop turn. Throws CancelledError when the signal is aborted.
 */
export async function minimize(
  cost: (point: readonly number[]) => number,
  start: readonly number[],
  { low, high, signal }: Bounds,
): Promise<number[]> {
  const pace = new Pace(signal);
  const best = [...start];
  let lowest = cost(best);
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = lowest;
    for (const index of best.keys()) {
      const along = async (value: number): Promise<number> => {
        await pace.breathe();
        return cost(best.with(index, value));
      };
      const value = await goldenSection(along, low(index), high(index));
      const found = await along(value);
      if (found >= lowest) continue;
      lowest = found;
      best[index] = value;
    }
    if (before - lowest <= ENOUGH * Math.abs(before)) break;
  }
  return best;
}

async function goldenSection(
  cost: (value: number) => Promise<number>,
  low: number,
  high: number,
): Promise<number> {
  let [from, to] = [low, high];
  let left = to - GOLDEN * (to - from);
  let right = from + GOLDEN * (to - from);
  let [leftCost, rightCost] = [await cost(left), await cost(right)];
  for (let step = 0; step < STEPS; step += 1) {
    if (leftCost < rightCost) {
      to = right;
      [right, rightCost] = [left, leftCost];
      left = to - GOLDEN * (to - from);
      leftCost = await cost(left);
    } else {
      from = left;
      [left, leftCost] = [right, rightCost];
      right = from + GOLDEN * (to - from);
      rightCost = await cost(right);
    }
  }
  return (from + to) / 2;
}
