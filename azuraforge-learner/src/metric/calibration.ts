import { checkCount } from '../argument.ts';
import { DataError } from '../error.ts';
import { checkClasses, checkPairs } from './pairs.ts';

export interface CalibrationBin {
  /** The bin holds probabilities above `low` up to `high`; the first also holds 0. */
  low: number;
  high: number;
  count: number;
  /** Mean probability in the bin; null in an empty one. */
  confidence: number | null;
  /** Share of outcomes in the bin that are 1; null in an empty one. */
  frequency: number | null;
}

export interface Calibration {
  bins: CalibrationBin[];
  /** Mean distance between confidence and frequency, each bin counting as many as it holds (ECE; Guo et al., 2017). */
  expectedError: number;
  /** The largest of these distances (MCE). */
  maximumError: number;
}

/**
 * Whether what is said to be 80 % likely happens in 80 % of the cases. For two classes give the probabilities of class 1
 * and the labels; for more, each sample's highest probability and whether that class was right (1) or not (0).
 * Throws DataError for a probability outside 0 to 1 or an outcome other than 0 and 1.
 */
export function calibration(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  { bins: binCount = 10 }: { bins?: number } = {},
): Calibration {
  checkCount('bins', binCount);
  checkPairs('calibration()', probabilities, outcomes);
  checkClasses('calibration()', 'Outcome', outcomes, 2);
  const counts = new Uint32Array(binCount);
  const confidences = new Float64Array(binCount);
  const events = new Float64Array(binCount);
  for (let index = 0; index < outcomes.length; index += 1) {
    const probability = probabilities[index]!;
    if (probability < 0 || probability > 1) {
      throw new DataError(
        `calibration(): probability ${index} is ${probability}, outside 0 to 1. Give it probabilities, not logits.`,
      );
    }
    const bin = binOf(probability, binCount);
    counts[bin]! += 1;
    confidences[bin]! += probability;
    events[bin]! += outcomes[index]!;
  }
  let expectedError = 0;
  let maximumError = 0;
  const bins = Array.from(counts, (count, bin): CalibrationBin => {
    const edges = { low: bin / binCount, high: (bin + 1) / binCount, count };
    if (count === 0) return { ...edges, confidence: null, frequency: null };
    const confidence = confidences[bin]! / count;
    const frequency = events[bin]! / count;
    const error = Math.abs(confidence - frequency);
    expectedError += (error * count) / outcomes.length;
    maximumError = Math.max(maximumError, error);
    return { ...edges, confidence, frequency };
  });
  return { bins, expectedError, maximumError };
}

function binOf(probability: number, bins: number): number {
  const bin = Math.max(0, Math.ceil(probability * bins) - 1);
  // The product rounds: 0.07 * 100 is a little above 7, which would put an upper edge one bin too high.
  return bin > 0 && probability <= bin / bins ? bin - 1 : bin;
}
