import type { CalendarCycle } from '../data/calendar.ts';
import type { FeatureSpec } from '../data/feature.ts';
import { featureWidth } from '../data/feature.ts';
import type { LocalizedText } from '../report.ts';
import type { ForecastState } from './forecast-state.ts';
import type { KnownInputs } from './input-importance.ts';
import type { SeriesDescription } from './series-description.ts';
import { seriesTitle } from './series-description.ts';

/** The features of a series, each with all its steps of a window; sine and cosine of a season are one. */
export function seriesInputs({ series, window }: ForecastState): KnownInputs {
  const { features } = series;
  const columns = features.flatMap((spec, index) => Array.from({ length: featureWidth(spec) }, () => index));
  return {
    names: features.map(featureKey),
    titles: features.map((spec) => featureTitle(series, spec)),
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
  const title = seriesTitle(series, spec.column);
  switch (spec.kind) {
    case 'level':
      return title;
    case 'difference':
      return bothLanguages((language) => `${inLanguage(title, language)} (${CHANGE[language]})`);
    case 'log_return':
      return bothLanguages((language) => `${inLanguage(title, language)} (${RETURN[language]})`);
    case 'log_ratio': {
      const over = seriesTitle(series, spec.over);
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
