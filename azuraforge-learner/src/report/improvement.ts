import type { LocalizedText, NoteSection, ReportSummary, Verdict } from '../report.ts';
import type { Comparison } from './comparison.ts';

/** Differences smaller than this share of the baseline's error are called equal, however certain they are. */
const NEGLIGIBLE = 0.01;

type Language = 'en' | 'tr';

/** The error of a model on held-out samples beside that of a baseline. */
export interface Improvement {
  /** The metric's name in the summary. */
  metric: string;
  /** What the metric is called in the middle of a sentence. */
  measure: Record<Language, string>;
  model: number;
  naive: number;
  unit?: string;
  comparison: Comparison;
  /** What the baseline does, as in "the median, which …". */
  baseline: Record<Language, string>;
  samples: number;
  /** The sentences where neither is better; default: those for a baseline that does not look at the inputs. */
  undecided?: Record<Language, string>;
  write(value: number, language: Language): string;
}

/** The one line that lists show. */
export function improvementSummary(improvement: Improvement): ReportSummary {
  const { metric, measure, model, naive, unit } = improvement;
  return { metric, title: measure, model, naive, ...(unit && { unit }), verdict: verdictOf(improvement) };
}

/** Says in plain words whether the model is worth using, above all when it is not. */
export function improvementNote(improvement: Improvement): NoteSection {
  const verdict = verdictOf(improvement);
  const conclusion =
    verdict === 'no_clear_difference' ? (improvement.undecided ?? CONCLUSION[verdict]) : CONCLUSION[verdict];
  const write = (language: Language): string =>
    [MEASURED[language](improvement), conclusion[language]].join(' ');
  return {
    kind: 'note',
    id: 'verdict',
    title: TITLE[verdict],
    tone: verdict === 'better' ? 'good' : verdict === 'worse' ? 'warning' : 'neutral',
    text: { en: write('en'), tr: write('tr') },
  };
}

function verdictOf({ model, naive, comparison: { verdict } }: Improvement): Verdict {
  const matters = Math.abs(naive - model) > NEGLIGIBLE * naive;
  return matters ? verdict : 'no_clear_difference';
}

/** Of models that go on with a sequence, beside baselines that look at what came before as well. */
export const UNDECIDED_SEQUENCE: Record<Language, string> = {
  en: 'The difference is too small to matter, or no larger than chance would explain (5% level): the baseline, which takes far less time, does as well.',
  tr: 'Bu fark önemsenmeyecek kadar küçük ya da şansla açıklanabilecek düzeyde (%5 düzeyi): çok daha az zaman alan temel yöntem de o kadar iyi.',
};

const TITLE: Record<Verdict, LocalizedText> = {
  better: { en: 'The model beats the baseline', tr: 'Model, temel tahminden daha iyi' },
  no_clear_difference: {
    en: 'The model does not clearly beat the baseline',
    tr: 'Model, temel tahminden belirgin biçimde iyi değil',
  },
  worse: { en: 'The model does not beat the baseline', tr: 'Model, temel tahminden daha kötü' },
};

const MEASURED: Record<Language, (improvement: Improvement) => string> = {
  en: ({ measure, model, naive, baseline, samples, write }) =>
    `On ${samples} held-out samples the ${measure.en} is ${write(model, 'en')} for the model and ${write(naive, 'en')} for ${baseline.en}.`,
  tr: ({ measure, model, naive, baseline, samples, write }) =>
    `Ayrılmış ${samples} örnekte ${measure.tr} model için ${write(model, 'tr')}, ${baseline.tr} için ${write(naive, 'tr')}.`,
};

const CONCLUSION: Record<Verdict, Record<Language, string>> = {
  better: {
    en: 'The difference is larger than chance would explain (5% level).',
    tr: 'Bu fark şansla açıklanamayacak kadar büyük (%5 düzeyi).',
  },
  no_clear_difference: {
    en: 'The difference is too small to matter, or no larger than chance would explain (5% level): nothing here shows that the model has learned from its inputs.',
    tr: 'Bu fark önemsenmeyecek kadar küçük ya da şansla açıklanabilecek düzeyde (%5 düzeyi): modelin girdilerden bir şey öğrendiğini gösteren bir şey yok.',
  },
  worse: {
    en: 'The difference is larger than chance would explain (5% level). Do not use this model: the baseline is the better answer.',
    tr: 'Bu fark şansla açıklanamayacak kadar büyük (%5 düzeyi). Bu modeli kullanmayın: temel tahmin daha iyi bir yanıttır.',
  },
};
