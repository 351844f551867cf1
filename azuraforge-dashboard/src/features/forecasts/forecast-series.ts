import type { Forecast } from 'azuraforge-dbmodels/contract';
import type { Series } from '../../charts/series.ts';

interface SeriesNames {
  history: string;
  forecast: string;
  naive: string;
}

/** History and both forecasts over one axis; the forecasts begin at the last observation, so that lines meet. */
export function forecastSeries(
  { history, steps }: Forecast,
  names: SeriesNames,
): { labels: string[]; series: Series[] } {
  const last = history.at(-1)?.value;
  const before = Array.from<null>({ length: Math.max(0, history.length - 1) }).fill(null);
  const joint = last === undefined ? [] : [last];
  return {
    labels: [...history, ...steps].map((point) => point.label),
    series: [
      {
        key: 'history',
        name: names.history,
        role: 'actual',
        values: [...history.map((point) => point.value), ...steps.map(() => null)],
      },
      {
        key: 'forecast',
        name: names.forecast,
        role: 'model',
        values: [...before, ...joint, ...steps.map((step) => step.value)],
      },
      {
        key: 'naive',
        name: names.naive,
        role: 'naive',
        values: [...before, ...joint, ...steps.map((step) => step.naive)],
      },
    ],
  };
}
