import type { Palette } from '../theme/palette.ts';

export type SeriesRole = 'actual' | 'model' | 'naive' | 'seasonal_naive' | 'other' | 'train' | 'validation';

export interface Series {
  key: string;
  name: string;
  role: SeriesRole;
  /** One value per label; null leaves a gap. */
  values: (number | null)[];
}

/** A labelled vertical line at one label; `region` shades everything after it. */
export interface Marker {
  index: number;
  text: string;
  kind: 'point' | 'region';
}

interface LineLook {
  color: string;
  dash: number[];
  width: number;
}

function lookOf(role: SeriesRole, palette: Palette): LineLook {
  switch (role) {
    case 'actual':
      return { color: palette.chartActual, dash: [], width: 1.75 };
    case 'model':
    case 'train':
      return { color: palette.accent, dash: [], width: 2 };
    case 'validation':
      return { color: palette.ember, dash: [], width: 2 };
    case 'naive':
      return { color: palette.chartNaive, dash: [5, 4], width: 1.5 };
    case 'seasonal_naive':
      return { color: palette.chartSeasonal, dash: [2, 3], width: 1.5 };
    case 'other':
      return { color: palette.chartOther, dash: [], width: 1.75 };
  }
}

/**
 * How the lines of one chart look. It follows from what a line stands for, so that a colour means the same in every
 * chart; lines that stand for nothing in particular take the colours that are left.
 */
export function lineLooks(series: Series[], palette: Palette): LineLook[] {
  const taken = new Set(
    series.filter((line) => line.role !== 'other').map((line) => lookOf(line.role, palette).color),
  );
  const free = [
    palette.accent,
    palette.ember,
    palette.chartOther,
    palette.chartSeasonal,
    palette.chartNaive,
  ].filter((color) => !taken.has(color));
  let next = 0;
  return series.map(({ role }) => {
    const look = lookOf(role, palette);
    if (role !== 'other') return look;
    const color = free[next % free.length] ?? look.color;
    next += 1;
    return { ...look, color };
  });
}

/** The last value that a series has. */
export function lastValue(series: Series): number | null {
  return series.values.findLast((value) => value !== null) ?? null;
}

const DAY = /^\d{4}-\d{2}-\d{2}/;

/** Whether labels are dates further apart than about a year, where day and month alone would mislead. */
export function spansYears(labels: string[]): boolean {
  const first = labels[0] ?? '';
  const last = labels.at(-1) ?? '';
  return DAY.test(first) && DAY.test(last) && Date.parse(last) - Date.parse(first) > 300 * 86_400_000;
}
