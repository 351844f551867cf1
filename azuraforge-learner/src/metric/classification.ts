import { DataError } from '../error.ts';
import type { ConfusionMatrix } from './confusion-matrix.ts';

export interface ClassScores {
  /** Of the samples that were given this class, the share that have it; 0 where none was given it. */
  precision: number;
  /** Of the samples that have this class, the share that were given it; 0 where none has it. */
  recall: number;
  /** The harmonic mean of the two; 0 where both are 0. */
  f1: number;
  /** Samples that have this class. */
  support: number;
}

export type AveragedScores = Omit<ClassScores, 'support'>;

export interface ClassificationScores {
  /** The share of samples that were given their class. */
  accuracy: number;
  perClass: ClassScores[];
  /** The mean over the classes, each counting the same, absent ones too (with their zeros). */
  macro: AveragedScores;
  /** From the counts of all classes together; where each sample has one class, all three are the accuracy. */
  micro: AveragedScores;
  /** The mean over the classes, each counting as often as it occurs. */
  weighted: AveragedScores;
}

/**
 * Precision, recall and F1 of each class and on average. An undefined ratio (a class never predicted, or with no sample)
 * is 0, as in scikit-learn by default; `support` tells such classes apart. Throws DataError for a matrix of no samples.
 */
export function classificationScores({ classes, counts }: ConfusionMatrix): ClassificationScores {
  const perClass: ClassScores[] = [];
  let samples = 0;
  let correct = 0;
  for (let label = 0; label < classes; label += 1) {
    let support = 0;
    let predicted = 0;
    for (let other = 0; other < classes; other += 1) {
      support += counts[label * classes + other]!;
      predicted += counts[other * classes + label]!;
    }
    const hits = counts[label * classes + label]!;
    samples += support;
    correct += hits;
    perClass.push({ ...scoresOf(hits, predicted, support), support });
  }
  if (samples === 0) throw new DataError('The confusion matrix holds no sample; give it at least one.');
  return {
    accuracy: correct / samples,
    perClass,
    macro: average(perClass, () => 1 / classes),
    micro: scoresOf(correct, samples, samples),
    weighted: average(perClass, ({ support }) => support / samples),
  };
}

function scoresOf(hits: number, predicted: number, support: number): AveragedScores {
  return {
    precision: predicted === 0 ? 0 : hits / predicted,
    recall: support === 0 ? 0 : hits / support,
    f1: predicted + support === 0 ? 0 : (2 * hits) / (predicted + support),
  };
}

function average(perClass: readonly ClassScores[], weight: (scores: ClassScores) => number): AveragedScores {
  const mean = { precision: 0, recall: 0, f1: 0 };
  for (const scores of perClass) {
    mean.precision += scores.precision * weight(scores);
    mean.recall += scores.recall * weight(scores);
    mean.f1 += scores.f1 * weight(scores);
  }
  return mean;
}
