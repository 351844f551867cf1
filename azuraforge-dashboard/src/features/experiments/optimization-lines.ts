import type { Series } from '../../charts/series.ts';
import type { EpochPoint } from './run-state.ts';

/** Learning rate and gradient norm by epoch; a line that is flat by design, or that nobody measured, is left out. */
export function optimizationLines(
  epochs: EpochPoint[],
  names: { learningRate: string; gradientNorm: string },
): Series[] {
  if (epochs.length < 2) return [];
  const lines: Series[] = [];
  if (epochs.some((point) => point.learning_rate !== epochs[0]?.learning_rate)) {
    lines.push({
      key: 'learning-rate',
      name: names.learningRate,
      role: 'train',
      values: epochs.map((point) => point.learning_rate),
    });
  }
  if (epochs.some((point) => point.gradient_norm !== undefined)) {
    lines.push({
      key: 'gradient-norm',
      name: names.gradientNorm,
      role: 'train',
      values: epochs.map((point) => point.gradient_norm ?? null),
    });
  }
  return lines;
}
