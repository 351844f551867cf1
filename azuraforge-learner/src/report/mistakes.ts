import { highestClasses } from '../metric/confusion-matrix.ts';
import type { LocalizedText } from '../report.ts';
import { formatPercent } from './number-text.ts';

/** A test sample that a classifier got wrong. */
export interface Mistake {
  index: number;
  /** What it is, what it was taken for, and how sure the model was. */
  caption: Exclude<LocalizedText, string>;
}

/** How many a report shows. */
const MOST = 12;

/** The title and the words above mistakes, whatever they are of. */
export const MISTAKES_TITLE = { en: 'Most confident mistakes', tr: 'En emin olunan yanlışlar' };

/** The samples that the model was surest of while it was wrong, the surest first. `probabilities` is [samples, classes]. */
export function confidentMistakes(
  labels: ArrayLike<number>,
  probabilities: Float32Array,
  classNames: readonly string[],
): Mistake[] {
  const classes = classNames.length;
  const predicted = highestClasses(probabilities, classes);
  const confidence = (index: number): number => probabilities[index * classes + predicted[index]!]!;
  return Array.from(predicted.keys())
    .filter((index) => predicted[index] !== labels[index])
    .sort((a, b) => confidence(b) - confidence(a))
    .slice(0, MOST)
    .map((index) => {
      const truth = classNames[labels[index]!]!;
      const answer = classNames[predicted[index]!]!;
      const sure = (language: 'en' | 'tr'): string => formatPercent(confidence(index), language);
      return {
        index,
        caption: {
          en: `${truth}, taken for ${answer} (${sure('en')})`,
          tr: `${truth}, ${answer} sanıldı (${sure('tr')})`,
        },
      };
    });
}
