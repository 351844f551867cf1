import type { CalendarCycle } from '../data/calendar.ts';
import type { FeatureSpec } from '../data/feature.ts';
import { featureWidth } from '../data/feature.ts';
import type { FeatureGroups } from '../explain/features.ts';
import { permutationImportance } from '../explain/permutation-importance.ts';
import type { Module } from '../nn/module.ts';
import type { LocalizedText } from '../report.ts';
import { accuracy } from '../report/accuracy.ts';
import type { ForecastImportance } from '../report/forecast-report.ts';
import { valuesOf } from '../trainer/dataset.ts';
import { valuesFromOutputs } from './forecast.ts';
import type { ForecastState } from './forecast-state.ts';
import type { PreparedSeries } from './preparation.ts';
import type { SeriesDescription } from './series-description.ts';
import { columnTitle } from './series-description.ts';

/** Test forecasts that are asked again for each shuffle; more would change the bars little. */
const WINDOWS = 256;

/** Shuffles of each input. */
const REPEATS = 3;

/** What the model relies on in the test part: an input is one feature of the series, with all its steps. */
export async function explainForecasts(
  model: Module,
  { test, origins, values }: PreparedSeries,
  state: ForecastState,
  { seed, signal }: { seed: number; signal: AbortSignal },
): Promise<ForecastImportance> {
  const count = Math.min(WINDOWS, test.length);
  const chosen = Uint32Array.from({ length: count }, (_, index) => Math.floor((index * test.length) / count));
  const starts = Int32Array.from(chosen, (index) => origins.test[index]!);
  const { input, target } = test.batch(chosen);
  try {
    const actual = valuesFromOutputs((await valuesOf(target)).data, starts, values, state);
    const found = await permutationImportance(model, await valuesOf(input), {
      score: ({ data }) => accuracy(valuesFromOutputs(data, starts, values, state), actual, 0).mae,
      features: inputGroups(state),
      repeats: REPEATS,
      seed,
      signal,
    });
    const titles = state.series.features.map((spec) => featureTitle(state.series, spec));
    return { found, titles, windows: count };
  } finally {
    input.dispose();
    target.dispose();
  }
}

/** The places of a window by feature of the series: sine and cosine of a season are one. */
function inputGroups({ series: { features }, window }: ForecastState): FeatureGroups {
  const columns = features.flatMap((spec, index) => Array.from({ length: featureWidth(spec) }, () => index));
  return {
    names: features.map(featureKey),
    groupOf: Array.from({ length: window * columns.length }, (_, at) => columns[at % columns.length]!),
  };
}

function featureKey(spec: FeatureSpec): string {
  switch (spec.kind) {
    case 'season':
      return `season_${spec.cycle}`;
    case 'level':
      return spec.column;
    case 'log_ratio':
      return `${spec.column}_over_${spec.over}_log`;
    case 'difference':
    case 'log_return':
      return `${spec.column}_${spec.kind}`;
  }
}

const SEASON_TITLE: Record<CalendarCycle, LocalizedText> = {
  day: { en: 'Time of the day', tr: 'Günün saati' },
  week: { en: 'Day of the week', tr: 'Haftanın günü' },
  year: { en: 'Time of the year', tr: 'Yılın zamanı' },
};

function featureTitle(series: SeriesDescription, spec: FeatureSpec): LocalizedText {
  if (spec.kind === 'season') return SEASON_TITLE[spec.cycle];
  const title = columnTitle(series, spec.column);
  switch (spec.kind) {
    case 'level':
      return title;
    case 'difference':
      return bothLanguages((language) => `${inLanguage(title, language)} (${CHANGE[language]})`);
    case 'log_return':
      return bothLanguages((language) => `${inLanguage(title, language)} (${RETURN[language]})`);
    case 'log_ratio': {
      const over = columnTitle(series, spec.over);
      return bothLanguages((language) => `${inLanguage(title, language)} / ${inLanguage(over, language)}`);
    }
  }
}

type Language = 'en' | 'tr';
const CHANGE: Record<Language, string> = { en: 'change', tr: 'değişim' };
const RETURN: Record<Language, string> = { en: 'return', tr: 'getiri' };

const inLanguage = (text: LocalizedText, language: Language): string =>
  typeof text === 'string' ? text : text[language];

const bothLanguages = (write: (language: Language) => string): LocalizedText => ({
  en: write('en'),
  tr: write('tr'),
});
