import { byteHash } from '../data/byte-hash.ts';
import { Table } from '../data/table.ts';
import { DataError } from '../error.ts';
import type { LocalizedText, NoteSection } from '../report.ts';
import type { ColumnTitles } from './column-title.ts';

/** What a pipeline predicts about the rows of a table, and from what. */
export interface TableDescription {
  target: { column: string; title: LocalizedText; unit?: string };
  /** Columns that the model sees; all but the target when left out. */
  inputs?: readonly string[];
  /** Names of columns for people, where the column's own name is not enough. */
  columnTitles?: ColumnTitles;
  /** What a reader of the report should know about this kind of data. */
  caveats?: NoteSection[];
}

/** The columns that the model sees. Throws DataError for one that does not exist, and where there is none. */
export function inputsOf(table: Table, { target, inputs }: TableDescription): Table {
  const all = [...table.numericNames, ...table.categoricalNames];
  if (inputs?.includes(target.column)) {
    throw new DataError(
      `The target "${target.column}" is among the inputs, which would give the answer away. Remove it there.`,
    );
  }
  const foreign = inputs?.find((name) => !all.includes(name));
  if (foreign !== undefined) {
    throw new DataError(`There is no column "${foreign}" to learn from; there are: ${all.join(', ')}.`);
  }
  const chosen = new Set(inputs ?? all.filter((name) => name !== target.column));
  if (chosen.size === 0) {
    throw new DataError(`There is no column beside the target "${target.column}" to learn from. Add one.`);
  }
  const pick = <Values>(names: string[], valuesOf: (name: string) => Values): Record<string, Values> =>
    Object.fromEntries(names.filter((name) => chosen.has(name)).map((name) => [name, valuesOf(name)]));
  return new Table({
    numeric: pick(table.numericNames, (name) => table.numeric(name)),
    categorical: pick(table.categoricalNames, (name) => table.categorical(name)),
  });
}

/** `sha256:…` over names and values of all columns. */
export function tableHash(table: Table): Promise<string> {
  const { numericNames, categoricalNames } = table;
  const head = [numericNames, categoricalNames, categoricalNames.map((name) => table.categorical(name))];
  return byteHash([
    new TextEncoder().encode(JSON.stringify(head)),
    ...numericNames.map((name) => new Uint8Array(table.numeric(name).slice().buffer)),
  ]);
}
