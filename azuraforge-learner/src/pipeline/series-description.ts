import type { Frequency } from '../data/calendar.ts';
import type { ChangeKind } from '../data/change.ts';
import type { FeatureSpec } from '../data/feature.ts';
import { featureColumns, positiveColumns } from '../data/feature.ts';
import type { LocalizedText, NoteSection } from '../report.ts';
import type { ColumnTitles } from './column-title.ts';
import { columnTitle } from './column-title.ts';

/** What a pipeline forecasts, and from what. */
export interface SeriesDescription {
  target: { column: string; title: LocalizedText; unit?: string };
  /** How the forecast is written relative to the last value: `log_return` for prices, else `difference`. */
  change: ChangeKind;
  /** Inputs of the model; the target's own column is one only if it is listed. */
  features: readonly FeatureSpec[];
  frequency: Frequency;
  /** Rows in one season, for the seasonal-naive forecast: 365 for daily weather, 5 for trading days. */
  seasonLength: number;
  /** Names of columns for people, where the column's own name is not enough. */
  columnTitles?: ColumnTitles;
  /** What a reader of the report should know about this kind of data. */
  caveats?: NoteSection[];
}

/** Every column that training and prediction read, the target first. */
export function neededColumns(series: SeriesDescription): string[] {
  return [...new Set([series.target.column, ...featureColumns(series.features)])];
}

/** Columns of which a logarithm is taken. */
export function neededPositive(series: SeriesDescription): string[] {
  const target = series.change === 'log_return' ? [series.target.column] : [];
  return [...new Set([...target, ...positiveColumns(series.features)])];
}

/** The name of a column for people. */
export function seriesTitle({ columnTitles, target }: SeriesDescription, name: string): LocalizedText {
  return columnTitle(columnTitles, name, name === target.column ? target.title : name);
}
