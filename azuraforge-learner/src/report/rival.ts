import type { LocalizedText, NoteSection, Verdict } from '../report.ts';
import { comparePairs } from './comparison.ts';
import { formatPercent } from './number-text.ts';

/** Another classifier, which a model that is worth its time should beat. */
export interface Rival {
  key: string;
  title: { en: string; tr: string };
  /** Class numbers for the test samples. */
  predicted: Int32Array;
  /** What follows from the comparison; default: that of a simpler classifier. */
  conclusion?: Record<Verdict, Conclusion>;
}

type Conclusion = Exclude<LocalizedText, string>;

/** 1 for each wrong answer, 0 for each right one. */
export function missesOf(answers: ArrayLike<number>, labels: ArrayLike<number>): number[] {
  return Array.from(answers, (answer, index) => Number(answer !== labels[index]));
}

/** Says in plain words whether the model is better than its rival. */
export function rivalNote(
  { key, title, predicted, conclusion = SIMPLER }: Rival,
  answers: ArrayLike<number>,
  labels: ArrayLike<number>,
): NoteSection {
  const [own, theirs] = [missesOf(answers, labels), missesOf(predicted, labels)];
  const { verdict } = comparePairs(own, theirs);
  return {
    kind: 'note',
    id: `beside_${key}`,
    title: { en: `Beside ${title.en.replace(/^The /, 'the ')}`, tr: `${title.tr} yanında` },
    tone: verdict === 'better' ? 'good' : verdict === 'worse' ? 'warning' : 'neutral',
    text: {
      en: `${title.en} is wrong on ${shareOf(theirs, 'en')} of the test samples, the model on ${shareOf(own, 'en')}. ${conclusion[verdict].en}`,
      tr: `Test örneklerinin ${shareOf(theirs, 'tr')} kadarında ${title.tr}, ${shareOf(own, 'tr')} kadarında model yanılıyor. ${conclusion[verdict].tr}`,
    },
  };
}

function shareOf(misses: readonly number[], language: 'en' | 'tr'): string {
  return formatPercent(misses.reduce((sum, miss) => sum + miss, 0) / misses.length, language);
}

const SIMPLER: Record<Verdict, Conclusion> = {
  better: {
    en: 'The difference is larger than chance would explain (paired test, 5% level).',
    tr: 'Bu fark şansla açıklanamayacak kadar büyük (eşleştirilmiş test, %5 düzeyi).',
  },
  no_clear_difference: {
    en: 'The difference may be chance (paired test, 5% level): the simpler one does as well.',
    tr: 'Bu fark şansla açıklanabilir (eşleştirilmiş test, %5 düzeyi): basit olan da o kadar iyi.',
  },
  worse: {
    en: 'The difference is larger than chance would explain (paired test, 5% level): take the simpler one.',
    tr: 'Bu fark şansla açıklanamayacak kadar büyük (eşleştirilmiş test, %5 düzeyi): basit olanı kullanın.',
  },
};
