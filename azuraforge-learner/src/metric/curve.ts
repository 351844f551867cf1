import { DataError } from '../error.ts';
import { checkClasses, checkFinite, checkPairs, checkScoreRows } from './pairs.ts';

/** One point for each distinct score, from the strictest threshold to the most lenient; a sample at it counts as positive. */
export interface RocCurve {
  /** The first is Infinity: nothing is positive. */
  thresholds: Float64Array;
  falsePositiveRate: Float64Array;
  truePositiveRate: Float64Array;
  /** Under the curve: how often a positive sample has a higher score than a negative one (ties count half). */
  area: number;
}

export interface PrecisionRecallCurve {
  /** The first is Infinity: nothing is positive, where precision is 1 by convention. */
  thresholds: Float64Array;
  precision: Float64Array;
  recall: Float64Array;
  /** Average precision: the area under the steps, not under straight lines between the points, which flatter. */
  area: number;
}

/**
 * `scores` may be probabilities or anything that is higher for positives; `labels` are 0 or 1.
 * Throws DataError where all labels are the same, for then one of the rates is not defined.
 */
export function rocCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): RocCurve {
  const { thresholds, hits, alarms } = countByThreshold('rocCurve()', scores, labels);
  const positives = hits.at(-1)!;
  const negatives = alarms.at(-1)!;
  if (positives === 0 || negatives === 0) {
    throw new DataError(
      `rocCurve() needs samples of both classes, but all ${scores.length} labels are ${positives === 0 ? 0 : 1}. Give it a larger or stratified sample.`,
    );
  }
  let area = 0;
  for (let point = 1; point < thresholds.length; point += 1) {
    area += ((alarms[point]! - alarms[point - 1]!) * (hits[point]! + hits[point - 1]!)) / 2;
  }
  return {
    thresholds,
    falsePositiveRate: alarms.map((count) => count / negatives),
    truePositiveRate: hits.map((count) => count / positives),
    area: area / (positives * negatives),
  };
}

/** As `rocCurve`. Throws DataError where no label is 1, for then recall is not defined. */
export function precisionRecallCurve(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): PrecisionRecallCurve {
  const { thresholds, hits, alarms } = countByThreshold('precisionRecallCurve()', scores, labels);
  const positives = hits.at(-1)!;
  if (positives === 0) {
    throw new DataError(
      `precisionRecallCurve() needs at least one positive sample, but all ${scores.length} labels are 0. Give it a larger or stratified sample.`,
    );
  }
  const precision = hits.map((count, point) => (point === 0 ? 1 : count / (count + alarms[point]!)));
  const recall = hits.map((count) => count / positives);
  let area = 0;
  for (let point = 1; point < recall.length; point += 1) {
    area += (recall[point]! - recall[point - 1]!) * precision[point]!;
  }
  return { thresholds, precision, recall, area };
}

/** Areas of one class against all others, class by class; null for a class that no sample has, or that every sample has. */
export interface OneVersusRest {
  perClass: (number | null)[];
  /** The mean over the classes that have one. */
  macro: number;
}

/**
 * The area under the ROC curve for more than two classes. `scores` is `[samples, classes]`, row after row.
 * Throws DataError where the targets hold one class only.
 */
export function rocAreas(
  scores: ArrayLike<number>,
  actual: ArrayLike<number>,
  classes: number,
): OneVersusRest {
  checkScoreRows('rocAreas()', scores, actual, classes);
  checkClasses('rocAreas()', 'Target', actual, classes);
  const perClass = Array.from({ length: classes }, (_, label) => {
    const labels = Uint8Array.from(actual, (value) => Number(value === label));
    if (labels.every((value) => value === labels[0])) return null;
    const column = Float64Array.from(
      { length: actual.length },
      (_unused, row) => scores[row * classes + label]!,
    );
    return rocCurve(column, labels).area;
  });
  const defined = perClass.filter((area) => area !== null);
  if (defined.length === 0) {
    throw new DataError(
      `rocAreas() needs samples of at least two classes, but all ${actual.length} targets are ${actual[0]}. Give it a larger or stratified sample.`,
    );
  }
  return { perClass, macro: defined.reduce((sum, area) => sum + area, 0) / defined.length };
}

interface ThresholdCounts {
  thresholds: Float64Array;
  /** Positives, and negatives, with a score at or above the threshold. */
  hits: Float64Array;
  alarms: Float64Array;
}

function countByThreshold(
  metric: string,
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): ThresholdCounts {
  checkPairs(metric, scores, labels);
  checkFinite(metric, 'Score', scores);
  checkClasses(metric, 'Label', labels, 2);
  const order = Uint32Array.from({ length: scores.length }, (_, index) => index).sort(
    (a, b) => scores[b]! - scores[a]!,
  );
  const thresholds = [Number.POSITIVE_INFINITY];
  const hits = [0];
  const alarms = [0];
  for (const index of order) {
    if (scores[index] !== thresholds.at(-1)) {
      thresholds.push(scores[index]!);
      hits.push(hits.at(-1)!);
      alarms.push(alarms.at(-1)!);
    }
    const counts = labels[index] === 1 ? hits : alarms;
    counts[counts.length - 1]! += 1;
  }
  return {
    thresholds: Float64Array.from(thresholds),
    hits: Float64Array.from(hits),
    alarms: Float64Array.from(alarms),
  };
}
