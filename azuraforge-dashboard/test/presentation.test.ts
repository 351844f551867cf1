import { describe, expect, test } from '@jest/globals';
import type { ReportSummary } from 'azuraforge-dbmodels/contract';
import { lastValue, lineLooks, spansYears } from '../src/charts/series.ts';
import type { Series } from '../src/charts/series.ts';
import { returnAddress } from '../src/features/auth/return-address.ts';
import { improvement } from '../src/features/experiments/improvement.ts';
import { metricTitle } from '../src/features/experiments/metric-title.ts';
import { forecastSeries } from '../src/features/forecasts/forecast-series.ts';
import { readPreferences, schemeScript } from '../src/features/preferences/cookie.ts';
import { shownLabels } from '../src/features/reports/axis-labels.ts';
import { barSpans } from '../src/features/reports/bar-spans.ts';
import { bestValues } from '../src/features/reports/best-values.ts';
import { heatPixels, heatRange } from '../src/features/reports/heat-pixels.ts';
import { createTranslate } from '../src/i18n/translate.ts';
import { palettes, paletteCss } from '../src/theme/palette.ts';

describe('returnAddress', () => {
  test('goes back to a page of the dashboard', () => {
    expect(returnAddress('/experiments/1?tab=report#top')).toBe('/experiments/1?tab=report#top');
  });

  test.each([
    null,
    '',
    'https://evil.example/',
    '//evil.example',
    '/.//evil.example',
    'http://[',
    '/\\evil.example',
    'javascript:alert(1)',
    '/login?next=/login',
  ])('never goes to %p', (next) => {
    expect(returnAddress(next)).toBe('/experiments');
  });
});

const read = (cookies: Record<string, string>, language: string | null = null) =>
  readPreferences((name) => cookies[name], language);

describe('readPreferences', () => {
  test('what was chosen wins over what the browser says', () => {
    expect(read({ 'azuraforge-locale': 'tr', 'azuraforge-theme': 'dark' }, 'en')).toEqual({
      locale: 'tr',
      theme: 'dark',
      scheme: 'dark',
    });
    expect(read({}, 'tr-TR')).toEqual({ locale: 'tr', theme: 'system', scheme: 'light' });
  });

  test('the system’s scheme counts only while the system decides', () => {
    expect(read({ 'azuraforge-scheme': 'dark' }).scheme).toBe('dark');
    expect(read({ 'azuraforge-scheme': 'dark', 'azuraforge-theme': 'light' }).scheme).toBe('light');
  });

  test('nonsense in a cookie is no choice, and reaches no script', () => {
    const preferences = read({
      'azuraforge-locale': 'xx',
      'azuraforge-theme': '</script>',
      'azuraforge-scheme': "';alert(1)//",
    });
    expect(preferences).toEqual({ locale: 'en', theme: 'system', scheme: 'light' });
    expect(schemeScript(preferences)).not.toContain('alert');
    expect(schemeScript({ ...preferences, theme: 'dark' })).toBeNull();
  });
});

describe('improvement', () => {
  const summary: ReportSummary = { metric: 'mae', model: 9, naive: 10, verdict: 'better' };

  test('is the part of the naive error that the model saves', () => {
    expect(improvement({ ...summary, model: 8 })).toBeCloseTo(0.2);
    expect(improvement({ ...summary, model: 15 })).toBeCloseTo(-0.5);
  });

  test('has no number where there is nothing to compare with', () => {
    expect(improvement({ ...summary, naive: 0 })).toBeNull();
    expect(improvement({ ...summary, model: Number.NaN })).toBeNull();
  });
});

describe('bestValues', () => {
  test('marks the best of each metric by its direction, whoever has it', () => {
    const best = bestValues({
      kind: 'scores',
      id: 's',
      title: 'Scores',
      columns: [
        { key: 'mae', title: 'MAE', better: 'lower' },
        { key: 'r2', title: 'R²', better: 'higher' },
        { key: 'n', title: 'Rows', better: 'none' },
        { key: 'alone', title: 'Alone', better: 'lower' },
      ],
      rows: [
        { key: 'model', title: 'Model', role: 'model', values: { mae: 2, r2: 0.5, n: 1, alone: 1 } },
        { key: 'naive', title: 'Naive', role: 'naive', values: { mae: 1, r2: 0.9, n: 2, alone: null } },
      ],
    });
    expect([...best]).toEqual([
      ['mae', 1],
      ['r2', 0.9],
    ]);
  });
});

describe('barSpans', () => {
  test('starts every bar at 0, to the side of its sign, on one scale', () => {
    expect(barSpans([3, -1, 0])).toEqual([
      { left: 25, width: 75 },
      { left: 0, width: 25 },
      { left: 25, width: 0 },
    ]);
    expect(barSpans([2, 1])).toEqual([
      { left: 0, width: 100 },
      { left: 0, width: 50 },
    ]);
    expect(barSpans([0])).toEqual([{ left: 0, width: 0 }]);
  });
});

describe('heatPixels', () => {
  test('colours by the sign, the fuller the farther from 0, and leaves holes clear', () => {
    const pixels = heatPixels(
      { rows: 1, columns: 4, values: [4, -2, 0, null] },
      { accent: '#0a63d6', chartNaive: '#b3781a' },
    );
    const colors = [0, 4, 8, 12].map((start) => [...pixels.subarray(start, start + 4)]);
    expect(colors).toEqual([
      [10, 99, 214, 255],
      [179, 120, 26, 128],
      [10, 99, 214, 0],
      [0, 0, 0, 0],
    ]);
  });

  test('fills the whole grid, whatever a plugin has sent', () => {
    expect(heatPixels({ rows: 2, columns: 2, values: [1] }, palettes.light)).toHaveLength(16);
    expect(heatPixels({ rows: 1, columns: 1, values: [1, 2, 3] }, palettes.light)).toHaveLength(4);
  });
});

describe('heatRange', () => {
  test('is even around 0, and ends there where nothing is beyond', () => {
    expect(heatRange([1, -4, null])).toEqual({ low: -4, high: 4, limit: 4 });
    expect(heatRange([1, 0])).toEqual({ low: 0, high: 1, limit: 1 });
    expect(heatRange([-2, null])).toEqual({ low: -2, high: 0, limit: 2 });
  });
});

describe('shownLabels', () => {
  test('keeps few, and of many as many as there is room for, each at its place', () => {
    expect(shownLabels(['a', 'a'])).toEqual([
      { key: 0, text: 'a' },
      { key: 1, text: 'a' },
    ]);
    const shown = shownLabels(Array.from({ length: 40 }, (_, index) => String(index)));
    expect(shown).toHaveLength(40);
    expect(shown.filter(({ text }) => text).map(({ text }) => text)).toEqual(
      Array.from({ length: 14 }, (_, index) => String(3 * index)),
    );
  });
});

describe('forecastSeries', () => {
  const names = { history: 'History', forecast: 'Forecast', naive: 'Naive' };

  test('both forecasts start at the last observation, and all lines have one axis', () => {
    const { labels, series } = forecastSeries(
      {
        pipeline_id: 'p',
        target: 'y',
        history: [
          { label: 'a', value: 1 },
          { label: 'b', value: 2 },
        ],
        steps: [
          { label: 'c', value: 3, naive: 2 },
          { label: 'd', value: 4, naive: 2 },
        ],
      },
      names,
    );
    expect(labels).toEqual(['a', 'b', 'c', 'd']);
    expect(series.map((line) => line.values)).toEqual([
      [1, 2, null, null],
      [null, 2, 3, 4],
      [null, 2, 2, 2],
    ]);
  });

  test('works without a history', () => {
    const { series } = forecastSeries(
      { pipeline_id: 'p', target: 'y', history: [], steps: [{ label: 'c', value: 3, naive: 2 }] },
      names,
    );
    expect(series.map((line) => line.values)).toEqual([[null], [3], [2]]);
  });
});

const line = (key: string, role: Series['role'], values: Series['values'] = []): Series => ({
  key,
  name: key,
  role,
  values,
});

describe('lines', () => {
  test('a role always has its colour; lines without one get colours of their own', () => {
    const palette = palettes.light;
    const colors = (series: Series[]) => lineLooks(series, palette).map((look) => look.color);
    expect(colors([line('m', 'model'), line('n', 'naive')])).toEqual([palette.accent, palette.chartNaive]);
    expect(colors([line('a', 'other'), line('b', 'other')])).toEqual([palette.accent, palette.ember]);
    const mixed = colors([line('m', 'model'), line('a', 'other'), line('b', 'other')]);
    expect(new Set(mixed).size).toBe(3);
  });

  test('the last value is the last that there is', () => {
    expect(lastValue(line('a', 'model', [1, 2, null]))).toBe(2);
    expect(lastValue(line('a', 'model', [null]))).toBeNull();
  });

  test('only dates span years', () => {
    expect(spansYears(['2015-01-01', '2016-06-01'])).toBe(true);
    expect(spansYears(['2015-01-01', '2015-06-01'])).toBe(false);
    expect(spansYears(['1', '5000'])).toBe(false);
    expect(spansYears([])).toBe(false);
  });
});

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG 2.2 contrast of two colours written as #rrggbb. */
function contrast(first: string, second: string): number {
  const [light = 0, dark = 0] = [luminance(first), luminance(second)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

describe('palettes', () => {
  test.each(['light', 'dark'] as const)('text of the %s palette can be read on every ground', (scheme) => {
    const palette = palettes[scheme];
    const pairs: [string, string][] = [
      ...[palette.page, palette.surface, palette.sunken].flatMap((ground): [string, string][] => [
        [palette.text, ground],
        [palette.textMuted, ground],
        [palette.textFaint, ground],
      ]),
      [palette.accent, palette.accentSoft],
      [palette.good, palette.goodSoft],
      [palette.warning, palette.warningSoft],
      [palette.bad, palette.badSoft],
      [palette.onAccent, palette.accent],
    ];
    for (const [text, ground] of pairs) {
      expect([text, ground, contrast(text, ground) >= 4.5]).toEqual([text, ground, true]);
    }
  });

  test('lines can be told from the ground', () => {
    for (const palette of Object.values(palettes)) {
      for (const color of [
        palette.chartActual,
        palette.chartNaive,
        palette.chartSeasonal,
        palette.chartOther,
      ]) {
        expect(contrast(color, palette.surface)).toBeGreaterThanOrEqual(3);
      }
    }
  });

  test('become custom properties under the theme that the root element names', () => {
    expect(paletteCss()).toContain(":root[data-theme='dark']{color-scheme:dark;--page:");
    expect(paletteCss()).toContain('--accent-soft:');
  });
});

describe('metricTitle', () => {
  test('speaks the language of the reader', () => {
    expect(metricTitle('bits_per_sample', createTranslate('en'))).toBe('Bits per sample');
    expect(metricTitle('accuracy', createTranslate('tr'))).toBe('Doğruluk');
  });

  test.each(['r2', 'constructor'])('leaves %p, a name of a pipeline’s own, as it is', (name) => {
    expect(metricTitle(name, createTranslate('tr'))).toBe(name);
  });
});
