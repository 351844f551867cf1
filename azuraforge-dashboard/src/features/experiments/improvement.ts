import type { ExperimentSummary } from 'azuraforge-dbmodels/contract';

/** Differences below this share of the naive error are called a tie, as the reports do. */
const NEGLIGIBLE = 0.01;

/** By which part the model's error is smaller than the naive one's (0.2 = a fifth less); negative when larger. */
export function improvement({ model, naive }: ExperimentSummary): number | null {
  if (!Number.isFinite(model) || !Number.isFinite(naive) || naive <= 0) return null;
  const gain = (naive - model) / naive;
  return Math.abs(gain) < NEGLIGIBLE ? 0 : gain;
}
