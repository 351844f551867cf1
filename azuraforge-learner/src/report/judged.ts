import { highestClasses } from '../metric/confusion-matrix.ts';
import { formatPercent } from './number-text.ts';

/** Test samples with what a classifier said of them. */
export interface JudgedSamples {
  labels: ArrayLike<number>;
  /** Of each sample and class, row after row. */
  probabilities: Float32Array;
  classNames: readonly string[];
}

/** What a sample is, what it was taken for, and how sure the model was, in both languages. */
export type Verdict = Record<'en' | 'tr', string>;

/** How many a report shows. */
const MOST = 12;

/** The title above mistakes, whatever they are of. */
export const MISTAKES_TITLE = { en: 'Most confident mistakes', tr: 'En emin olunan yanlışlar' };

/** The class that each sample was given. */
export function answersOf({ probabilities, classNames }: JudgedSamples): Int32Array {
  return highestClasses(probabilities, classNames.length);
}

/** The samples that a classifier was surest of while it was wrong, the surest first; none where it made no mistake. */
export function surestMistakes(judged: JudgedSamples): number[] {
  const answers = answersOf(judged);
  const confidence = (index: number): number => probabilityOf(judged, index, answers[index]!);
  return Array.from(answers.keys())
    .filter((index) => answers[index] !== judged.labels[index])
    .sort((a, b) => confidence(b) - confidence(a))
    .slice(0, MOST);
}

/** For each class the sample of it that a classifier was surest of; a class without test samples has none. */
export function clearestSamples(judged: JudgedSamples): number[] {
  const { labels } = judged;
  const best = new Map<number, number>();
  const confidence = (index: number): number => probabilityOf(judged, index, labels[index]!);
  for (let index = 0; index < labels.length; index += 1) {
    const known = best.get(labels[index]!);
    if (known === undefined || confidence(index) > confidence(known)) best.set(labels[index]!, index);
  }
  return [...best]
    .sort(([a], [b]) => a - b)
    .map(([, index]) => index)
    .slice(0, MOST);
}

export function verdictsOf(judged: JudgedSamples, chosen: readonly number[]): Verdict[] {
  const answers = answersOf(judged);
  return chosen.map((index) => {
    const truth = judged.classNames[judged.labels[index]!]!;
    const answer = judged.classNames[answers[index]!]!;
    const confidence = probabilityOf(judged, index, answers[index]!);
    const [en, tr] = [formatPercent(confidence, 'en'), formatPercent(confidence, 'tr')];
    return truth === answer
      ? { en: `${truth} (${en})`, tr: `${truth} (${tr})` }
      : { en: `${truth}, taken for ${answer} (${en})`, tr: `${truth}, ${answer} sanıldı (${tr})` };
  });
}

function probabilityOf({ probabilities, classNames }: JudgedSamples, index: number, label: number): number {
  return probabilities[index * classNames.length + label]!;
}
