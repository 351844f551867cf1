import type { ReportSummary } from 'azuraforge-dbmodels/contract';

/** By which part the model's error is smaller than the naive one's (0.2 = a fifth less); negative when larger. */
export function improvement({ model, naive }: ReportSummary): number | null {
  return naive > 0 && Number.isFinite(model) ? (naive - model) / naive : null;
}
