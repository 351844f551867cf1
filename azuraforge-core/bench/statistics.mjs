/** The number below which the share `q` of the numbers lies, between neighbours in proportion. */
export function quantile(numbers, q) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

export function median(numbers) {
  return quantile(numbers, 0.5);
}

/**
 * How many times as long `theirs` takes as `ours`: the median over rounds of the ratio of the two medians of a round.
 * What slows the machine down for a while slows both in the same round. Rounds are lists of milliseconds.
 */
export function ratioOf(theirs, ours) {
  const ratios = theirs.slice(0, ours.length).map((round, i) => median(round) / median(ours[i]));
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}
