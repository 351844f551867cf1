import type { PermutationImportance } from '../explain/permutation-importance.ts';
import type { LocalizedText, NoteSection, ReportSection, Verdict } from '../report.ts';
import { barsSection } from './explanation.ts';

/** How much the error of a model grows without each of its inputs. */
export interface Importance {
  /** Its score is the error over `samples`. */
  found: PermutationImportance;
  /** Names of its features for people. */
  titles: readonly LocalizedText[];
  /** Test samples that were asked again. */
  samples: number;
}

type Language = 'en' | 'tr';

interface ImportanceText {
  /** The error in the middle of a sentence, in Turkish in the genitive. */
  error: Record<Language, string>;
  /** What the bars show. */
  growth: LocalizedText;
  unit?: string;
  /** What else a reader must know of these inputs. */
  remark?: Record<Language, string>;
}

export const MEAN_ABSOLUTE_ERROR = {
  error: { en: 'mean absolute error', tr: 'ortalama mutlak hatanın' },
  growth: { en: 'Growth of the mean absolute error', tr: 'Ortalama mutlak hatadaki artış' },
};

export const ERROR_RATE = {
  error: { en: 'share of wrong answers', tr: 'yanlış yanıt payının' },
  growth: { en: 'Growth of the share of wrong answers', tr: 'Yanlış yanıt payındaki artış' },
};

/** Of the section, whichever kind it has. */
const ID = 'importance';

const TITLE: LocalizedText = { en: 'What the model relies on', tr: 'Modelin dayandığı girdiler' };

/**
 * Bars for the inputs of a model; a note where a test part of one sample (null) leaves nothing to exchange; nothing where
 * nobody asked.
 */
export function importanceSections(
  importance: Importance | null | undefined,
  verdict: Verdict,
  { error, growth, unit, remark = { en: '', tr: '' } }: ImportanceText,
): ReportSection[] {
  if (importance === undefined) return [];
  if (importance === null) return [NOTHING_TO_EXCHANGE];
  const { found, titles, samples } = importance;
  const repeats = found.features[0]?.values.length ?? 0;
  const parts: Record<Language, string[]> = {
    en: [
      `How much the ${error.en} grows when one input is exchanged between ${samples} test samples: mean and spread of ${repeats} shuffles.`,
      remark.en,
      'Inputs that say the same look small, each for itself.',
      verdict === 'better' ? '' : USES_ONLY.en,
    ],
    tr: [
      `Bir girdi ${samples} test örneği arasında karıştırıldığında ${error.tr} ne kadar arttığı: ${repeats} karıştırmanın ortalaması ve yayılımı.`,
      remark.tr,
      'Aynı şeyi söyleyen girdiler tek tek küçük görünür.',
      verdict === 'better' ? '' : USES_ONLY.tr,
    ],
  };
  const written = (language: Language): string => parts[language].filter(Boolean).join(' ');
  const bars = barsSection(found, {
    id: ID,
    title: TITLE,
    description: { en: written('en'), tr: written('tr') },
    value: { title: growth, ...(unit && { unit }) },
    titles,
  });
  return [bars];
}

/** A model that knows no more than the baseline explains nothing about the world. */
const USES_ONLY = {
  en: 'As the model does not clearly beat the baseline, this tells what it uses, not what matters.',
  tr: 'Model temel tahminden belirgin biçimde iyi olmadığından bu, neyin önemli olduğunu değil, modelin neyi kullandığını gösterir.',
};

const NOTHING_TO_EXCHANGE: NoteSection = {
  kind: 'note',
  id: ID,
  title: TITLE,
  tone: 'neutral',
  text: {
    en: 'With one test sample there is no other to exchange inputs with. Give the test part more samples.',
    tr: 'Tek bir test örneğiyle girdilerin karıştırılabileceği başka örnek yok. Test bölümüne daha çok örnek verin.',
  },
};
