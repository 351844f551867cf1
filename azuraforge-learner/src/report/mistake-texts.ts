import type { FactsSection } from '../report.ts';
import { confidentMistakes, MISTAKES_TITLE } from './mistakes.ts';

/** More of a text would only make the report long. */
const LONGEST = 300;

/** The beginnings of the texts that a classifier was surest of while it was wrong; none where it made no mistake. */
export function mistakeTexts(
  { texts, labels }: { texts: readonly string[]; labels: ArrayLike<number> },
  probabilities: Float32Array,
  classNames: readonly string[],
): FactsSection[] {
  const mistakes = confidentMistakes(labels, probabilities, classNames);
  if (mistakes.length === 0) return [];
  return [
    {
      kind: 'facts',
      id: 'mistakes',
      title: MISTAKES_TITLE,
      items: mistakes.map(({ index, caption }) => ({
        key: `text_${index}`,
        title: caption,
        value: beginning(texts[index]!),
      })),
    },
  ];
}

function beginning(text: string): string {
  const characters = [...text.replaceAll(/\s+/g, ' ').trim()];
  return characters.length <= LONGEST ? characters.join('') : `${characters.slice(0, LONGEST).join('')}…`;
}
