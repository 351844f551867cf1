import type { LocalizedText, NoteSection, Verdict } from '../report.ts';
import type { ForecastScores } from './forecast-scores.ts';
import { formatNumber, formatPercent } from './number-text.ts';

/** Differences smaller than this share of the naive error are called equal, however certain they are. */
const NEGLIGIBLE = 0.01;

/** Says in plain words whether the model is worth using, above all when it is not. */
export function verdictNote(
  scores: ForecastScores,
  context: { unit?: string; period: readonly [from: string, to: string] },
): NoteSection {
  const gain = gainOf(scores);
  const outcome = judge(scores, gain);
  const write = (language: 'en' | 'tr'): string =>
    [
      measuredText(language, scores, context),
      CONCLUSION[outcome][language]({
        percent: formatPercent(Math.abs(gain), language),
        less: gain >= 0,
        certain: scores.comparison.verdict !== 'no_clear_difference',
      }),
      seasonalText(language, scores, context.unit),
    ]
      .filter((sentence) => sentence !== '')
      .join(' ');
  return {
    kind: 'note',
    id: 'verdict',
    title: TITLE[outcome],
    tone: TONE[outcome],
    text: { en: write('en'), tr: write('tr') },
  };
}

/** Model against naive alone, for the summary. */
export function verdictOf(scores: ForecastScores): Verdict {
  const outcome = judge(scores, gainOf(scores));
  return outcome === 'better_than_naive_only' ? 'better' : outcome;
}

/** By which part the model's error is smaller than the naive one's. */
function gainOf({ overall: { model, naive } }: ForecastScores): number {
  // Against a naive forecast without any error, every error is infinitely more.
  return model.mae === naive.mae ? 0 : (naive.mae - model.mae) / naive.mae;
}

type Outcome = 'better' | 'better_than_naive_only' | 'no_clear_difference' | 'worse';

function judge(scores: ForecastScores, gain: number): Outcome {
  const { model, seasonal_naive: seasonal } = scores.overall;
  const { verdict } = scores.comparison;
  if (verdict === 'better' && gain > NEGLIGIBLE) {
    return seasonal && seasonal.mae < model.mae ? 'better_than_naive_only' : 'better';
  }
  return verdict === 'worse' && gain < -NEGLIGIBLE ? 'worse' : 'no_clear_difference';
}

const TONE: Record<Outcome, NoteSection['tone']> = {
  better: 'good',
  better_than_naive_only: 'warning',
  no_clear_difference: 'neutral',
  worse: 'warning',
};

const TITLE: Record<Outcome, LocalizedText> = {
  better: { en: 'The model beats the naive forecast', tr: 'Model, naif tahminden daha iyi' },
  better_than_naive_only: {
    en: 'The model beats the naive forecast, but not the seasonal-naive one',
    tr: 'Model, naif tahminden iyi, ama mevsimsel naif tahminden iyi değil',
  },
  no_clear_difference: {
    en: 'The model does not clearly beat the naive forecast',
    tr: 'Model, naif tahminden belirgin biçimde iyi değil',
  },
  worse: {
    en: 'The model does not beat the naive forecast',
    tr: 'Model, naif tahminden daha kötü',
  },
};

interface Difference {
  /** How much less or more error the model makes, of the naive error. */
  percent: string;
  less: boolean;
  /** The difference is larger than chance would explain. */
  certain: boolean;
}

type Sentence = Record<'en' | 'tr', (difference: Difference) => string>;

const BETTER: Sentence = {
  en: ({ percent }) =>
    `That is ${percent} less error, more than chance would explain (Diebold-Mariano test, 5% level).`,
  tr: ({ percent }) =>
    `Hata ${percent} daha az ve bu fark şansla açıklanamayacak kadar büyük (Diebold-Mariano testi, %5 düzeyi).`,
};

const CONCLUSION: Record<Outcome, Sentence> = {
  better: BETTER,
  better_than_naive_only: BETTER,
  no_clear_difference: {
    en: ({ percent, less, certain }) =>
      `That is ${percent} ${less ? 'less' : 'more'} error, ${certain ? 'too little to matter' : 'no more than chance would explain (Diebold-Mariano test, 5% level)'}: nothing here shows that the model knows more than the last observed value.`,
    tr: ({ percent, less, certain }) =>
      `Hata ${percent} daha ${less ? 'az' : 'fazla'}; bu fark ${certain ? 'önemsenmeyecek kadar küçük' : 'şansla açıklanabilecek düzeyde (Diebold-Mariano testi, %5 düzeyi)'}: modelin son gözlenen değerden fazlasını bildiğini gösteren bir şey yok.`,
  },
  worse: {
    en: ({ percent }) =>
      `That is ${percent} more error, more than chance would explain (Diebold-Mariano test, 5% level). Do not use this model: the last observed value is the better forecast.`,
    tr: ({ percent }) =>
      `Hata ${percent} daha fazla ve bu fark şansla açıklanamayacak kadar büyük (Diebold-Mariano testi, %5 düzeyi). Bu modeli kullanmayın: son gözlenen değer daha iyi bir tahmindir.`,
  },
};

function measuredText(
  language: 'en' | 'tr',
  scores: ForecastScores,
  context: { unit?: string; period: readonly [from: string, to: string] },
): string {
  const model = quantity(scores.overall.model.mae, context.unit, language);
  const naive = quantity(scores.overall.naive.mae, context.unit, language);
  const [from, to] = context.period;
  return language === 'en'
    ? `On the held-out test window (${from} to ${to}) the mean absolute error is ${model} for the model and ${naive} for the naive forecast, which repeats the last observed value.`
    : `Ayrılmış test döneminde (${from} – ${to}) ortalama mutlak hata model için ${model}, son gözlenen değeri yineleyen naif tahmin için ${naive}.`;
}

function seasonalText(language: 'en' | 'tr', scores: ForecastScores, unit: string | undefined): string {
  const seasonal = scores.overall.seasonal_naive;
  if (!seasonal || seasonal.mae >= scores.overall.model.mae) return '';
  const error = quantity(seasonal.mae, unit, language);
  return language === 'en'
    ? `The seasonal-naive forecast, which repeats the value of one season before, is better than the model: ${error}.`
    : `Bir önceki sezonun değerini yineleyen mevsimsel naif tahmin modelden daha iyi: ${error}.`;
}

function quantity(value: number, unit: string | undefined, language: 'en' | 'tr'): string {
  return unit ? `${formatNumber(value, language)} ${unit}` : formatNumber(value, language);
}
