const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Narrowings of one range: to a hundredth of it. */
const STEPS = 10;
const ROUNDS = 10;
/** Ends when a round gains less than this share. */
const ENOUGH = 1e-5;

interface Bounds {
  low(index: number): number;
  high(index: number): number;
}

/** Where `cost` is smallest within bounds: golden sections along one number after the other, never worse than `start`. */
export function minimize(
  cost: (point: readonly number[]) => number,
  start: readonly number[],
  { low, high }: Bounds,
): number[] {
  const best = [...start];
  let lowest = cost(best);
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = lowest;
    for (const index of best.keys()) {
      const along = (value: number): number => cost(best.with(index, value));
      const value = goldenSection(along, low(index), high(index));
      const found = along(value);
      if (found >= lowest) continue;
      lowest = found;
      best[index] = value;
    }
    if (before - lowest <= ENOUGH * Math.abs(before)) break;
  }
  return best;
}

function goldenSection(cost: (value: number) => number, low: number, high: number): number {
  let [from, to] = [low, high];
  let left = to - GOLDEN * (to - from);
  let right = from + GOLDEN * (to - from);
  let [leftCost, rightCost] = [cost(left), cost(right)];
  for (let step = 0; step < STEPS; step += 1) {
    if (leftCost < rightCost) {
      to = right;
      [right, rightCost] = [left, leftCost];
      left = to - GOLDEN * (to - from);
      leftCost = cost(left);
    } else {
      from = left;
      [left, leftCost] = [right, rightCost];
      right = from + GOLDEN * (to - from);
      rightCost = cost(right);
    }
  }
  return (from + to) / 2;
}
