import type { Static } from 'typebox';
import { Type } from 'typebox';
import { CALENDAR_CYCLES, FREQUENCIES } from '../data/calendar.ts';
import { CHANGE_KINDS } from '../data/change.ts';
import { featureLag } from '../data/feature.ts';
import { Scaler, SCALER_KINDS } from '../data/scaler.ts';
import { SeriesTable } from '../data/series-table.ts';
import { ModelFileError } from '../error.ts';
import { schemaProblems } from './schema-check.ts';
import type { SeriesDescription } from './series-description.ts';
import { neededColumns } from './series-description.ts';

/** How many past observations a forecast shows before it. */
export const HISTORY_ROWS = 60;

/** All that a trained forecaster needs beside its weights. */
export interface ForecastState {
  series: SeriesDescription;
  window: number;
  horizon: number;
  featureScaler: Scaler;
  changeScaler: Scaler;
  /** The last rows of the training data, from which a forecast starts when no rows are sent. */
  recent: SeriesTable;
}

/** How many rows a forecast needs: the window, and one more where features are changes. */
export function rowsNeeded(state: Pick<ForecastState, 'series' | 'window'>): number {
  return state.window + featureLag(state.series.features);
}

/** The end of a series that is kept in model.json: enough for a forecast and for the history before it. */
export function recentRows(table: SeriesTable, series: SeriesDescription, window: number): SeriesTable {
  const recent = table.slice(
    Math.max(0, table.length - Math.max(HISTORY_ROWS, rowsNeeded({ series, window }))),
  );
  return new SeriesTable({
    labelName: recent.labelName,
    labels: recent.labels,
    columns: Object.fromEntries(neededColumns(series).map((name) => [name, recent.column(name)])),
  });
}

const Text = Type.Union([Type.String(), Type.Object({ en: Type.String(), tr: Type.String() })]);

const StoredScaler = Type.Object({
  kind: Type.Enum([...SCALER_KINDS]),
  columns: Type.Array(Type.String(), { minItems: 1 }),
  offset: Type.Array(Type.Number()),
  scale: Type.Array(Type.Number()),
});

/** The `preprocessing` part of model.json. */
const StoredState = Type.Object({
  series: Type.Object({
    target: Type.Object({ column: Type.String(), title: Text, unit: Type.Optional(Type.String()) }),
    change: Type.Enum([...CHANGE_KINDS]),
    features: Type.Array(
      Type.Union([
        Type.Object({ kind: Type.Enum(['level', 'difference', 'log_return']), column: Type.String() }),
        Type.Object({ kind: Type.Literal('log_ratio'), column: Type.String(), over: Type.String() }),
        Type.Object({ kind: Type.Literal('season'), cycle: Type.Enum([...CALENDAR_CYCLES]) }),
      ]),
      { minItems: 1 },
    ),
    frequency: Type.Enum([...FREQUENCIES]),
    seasonLength: Type.Integer({ minimum: 1 }),
    columnTitles: Type.Optional(Type.Record(Type.String(), Text)),
  }),
  window: Type.Integer({ minimum: 1 }),
  horizon: Type.Integer({ minimum: 1 }),
  label_name: Type.String(),
  feature_scaler: StoredScaler,
  change_scaler: StoredScaler,
  recent: Type.Object({
    labels: Type.Array(Type.String(), { minItems: 1 }),
    columns: Type.Record(Type.String(), Type.Array(Type.Number())),
  }),
});

export function storeState(state: ForecastState): Record<string, unknown> {
  const { recent } = state;
  const { target, change, features, frequency, seasonLength, columnTitles } = state.series;
  return {
    series: {
      target,
      change,
      features: [...features],
      frequency,
      seasonLength,
      ...(columnTitles && { columnTitles: { ...columnTitles } }),
    },
    window: state.window,
    horizon: state.horizon,
    label_name: recent.labelName,
    feature_scaler: state.featureScaler.state,
    change_scaler: state.changeScaler.state,
    recent: {
      labels: [...recent.labels],
      columns: Object.fromEntries(recent.columnNames.map((name) => [name, [...recent.column(name)]])),
    },
  } satisfies Static<typeof StoredState>;
}

/** Throws ModelFileError that names the part of model.json that is missing or damaged. */
export function restoreState(stored: Record<string, unknown>): ForecastState {
  const problem = schemaProblems(StoredState, stored)[0];
  if (problem) throw damaged(`preprocessing.${problem.path}: ${problem.message}`);
  const parts = stored as Static<typeof StoredState>;
  if (parts.recent.labels.length < rowsNeeded(parts)) {
    throw damaged(`preprocessing.recent has fewer rows than a forecast needs (${rowsNeeded(parts)}).`);
  }
  if (parts.change_scaler.columns.length !== parts.horizon) {
    throw damaged('preprocessing.change_scaler does not have one column for each step ahead.');
  }
  try {
    return {
      series: parts.series,
      window: parts.window,
      horizon: parts.horizon,
      featureScaler: new Scaler(parts.feature_scaler),
      changeScaler: new Scaler(parts.change_scaler),
      recent: new SeriesTable({
        labelName: parts.label_name,
        labels: parts.recent.labels,
        columns: parts.recent.columns,
      }),
    };
  } catch (cause) {
    throw damaged(cause instanceof Error ? cause.message : String(cause));
  }
}

function damaged(reason: string): ModelFileError {
  return new ModelFileError(
    `model.json is damaged or was written by another kind of pipeline: ${reason} Train the model again.`,
  );
}
