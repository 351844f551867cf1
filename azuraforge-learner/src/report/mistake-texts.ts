import type { FactsSection } from '../report.ts';
import type { JudgedSamples } from './judged.ts';
import { MISTAKES_TITLE, surestMistakes, verdictsOf } from './judged.ts';

/** More of a text would only make the report long. */
const LONGEST = 300;

/** The beginnings of the texts that a classifier was surest of while it was wrong; none where it made no mistake. */
export function mistakeTexts(judged: JudgedSamples & { texts: readonly string[] }): FactsSection[] {
  const mistakes = surestMistakes(judged);
  if (mistakes.length === 0) return [];
  const verdicts = verdictsOf(judged, mistakes);
  return [
    {
      kind: 'facts',
      id: 'mistakes',
      title: MISTAKES_TITLE,
      items: mistakes.map((index, place) => ({
        key: `text_${index}`,
        title: verdicts[place]!,
        value: beginning(judged.texts[index]!),
      })),
    },
  ];
}

/** On one line, at most 300 characters. */
export function beginning(text: string): string {
  const characters = [...text.replaceAll(/\s+/g, ' ').trim()];
  return characters.length <= LONGEST ? characters.join('') : `${characters.slice(0, LONGEST).join('')}…`;
}
