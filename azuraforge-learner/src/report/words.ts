import type { FeatureValue } from '../explain.ts';
import type { BarsSection } from '../report.ts';
import { barsSection } from './explanation.ts';
import type { JudgedSamples } from './judged.ts';
import { verdictsOf } from './judged.ts';
import { beginning } from './mistake-texts.ts';

/** What the words of a test text do for the answer. */
export interface WordEvidence {
  index: number;
  /** As far as it is read. */
  text: string;
  words: readonly FeatureValue[];
}

/** Words of one text that are shown. */
const MOST_BARS = 12;

/** Longer words (addresses) would hide the bars. */
const LONGEST_WORD = 24;

/** Bars for the words of each text; the first has the id `words`, the others `words_2` and so on. */
export function wordSections(judged: JudgedSamples, evidence: readonly WordEvidence[]): BarsSection[] {
  const verdicts = verdictsOf(
    judged,
    evidence.map(({ index }) => index),
  );
  return evidence.map(({ text, words }, place) => {
    const strongest = words
      .toSorted((one, other) => Math.abs(other.value) - Math.abs(one.value))
      .slice(0, MOST_BARS);
    const features = strongest.map((word, at) => ({ ...word, name: `word_${at + 1}` }));
    return barsSection(
      { features },
      {
        id: place === 0 ? 'words' : `words_${place + 1}`,
        title: {
          en: `Words that decide: ${verdicts[place]!.en}`,
          tr: `Belirleyici sözcükler: ${verdicts[place]!.tr}`,
        },
        description: {
          en: `How much less sure of its answer the model is when a word is covered wherever it stands in the text (above 0 it speaks for the answer, below 0 against it); 1 makes the answer 2.7 times as likely beside the others. Where several words say the same, each looks small. The strongest of ${words.length} words that were covered; the text: “${beginning(text)}”`,
          tr: `Bir sözcük, metinde geçtiği her yerde örtülünce modelin yanıtından ne kadar daha az emin olduğu (0'ın üstünde yanıttan yana, altında yanıta karşı); 1, yanıtı ötekilerin yanında 2,7 kat olası kılar. Birkaç sözcük aynı şeyi söylüyorsa her biri küçük görünür. Örtülen ${words.length} sözcüğün en güçlüleri; metin: “${beginning(text)}”`,
        },
        value: { title: { en: 'Fall of the log-odds', tr: 'Log-olasılık oranındaki düşüş' } },
        titles: strongest.map(({ name }) => shortened(name)),
      },
    );
  });
}

function shortened(word: string): string {
  const characters = [...word];
  return characters.length <= LONGEST_WORD ? word : `${characters.slice(0, LONGEST_WORD).join('')}…`;
}
