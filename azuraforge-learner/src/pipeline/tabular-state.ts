import type { Static } from 'typebox';
import { Type } from 'typebox';
import { readStored } from '../data/stored-state.ts';
import { TableEncoder } from '../data/table-encoder.ts';
import { LearnerError, ModelFileError } from '../error.ts';
import { columnTitle } from './column-title.ts';
import type { KnownInputs } from './input-importance.ts';
import type { TableTarget } from './table-target.ts';
import { ClassTarget, StoredTarget, ValueTarget } from './table-target.ts';

const Text = Type.Union([Type.String(), Type.Object({ en: Type.String(), tr: Type.String() })]);

/** The `preprocessing` part of model.json; the encoder checks its own part. */
const StoredTable = Type.Object({
  column: Type.String(),
  unit: Type.Optional(Type.String()),
  column_titles: Type.Record(Type.String(), Text),
  target: StoredTarget,
  encoder: Type.Unknown(),
});

/** All that a trained model of a table needs beside its weights. */
export interface TabularState {
  column: string;
  unit?: string;
  columnTitles: Static<typeof StoredTable>['column_titles'];
  target: TableTarget;
  encoder: TableEncoder;
}

/** The columns of the table, each with all that the encoder makes of it. */
export function tableInputs({ encoder, columnTitles }: TabularState): KnownInputs {
  const { featureColumns } = encoder;
  const names = [...new Set(featureColumns)];
  return {
    names,
    titles: names.map((name) => columnTitle(columnTitles, name)),
    groupOf: featureColumns.map((name) => names.indexOf(name)),
  };
}

export function storeTabularState(state: TabularState): Record<string, unknown> {
  return {
    column: state.column,
    ...(state.unit && { unit: state.unit }),
    column_titles: state.columnTitles,
    target: state.target.state,
    encoder: { ...state.encoder.state },
  } satisfies Static<typeof StoredTable>;
}

/** Throws ModelFileError that names the part of model.json that is missing or damaged. */
export function restoreTabularState(stored: Record<string, unknown>): TabularState {
  const {
    column,
    unit,
    column_titles: columnTitles,
    target,
    encoder,
  } = readStored('preprocessing of a table', StoredTable, stored);
  if (target.kind === 'classification' && target.shares.length !== target.classes.length) {
    throw new ModelFileError(
      'model.json is damaged: it has not one share for each class. Train the model again.',
    );
  }
  try {
    return {
      column,
      unit,
      columnTitles,
      target:
        target.kind === 'classification' ? new ClassTarget(column, target) : new ValueTarget(column, target),
      encoder: TableEncoder.fromState(encoder),
    };
  } catch (cause) {
    if (cause instanceof ModelFileError || !(cause instanceof LearnerError)) throw cause;
    throw new ModelFileError(`model.json is damaged: ${cause.message} Train the model again.`, { cause });
  }
}
