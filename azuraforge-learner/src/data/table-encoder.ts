import type { Static } from 'typebox';
import { Type } from 'typebox';
import { ArgumentError, DataError, ModelFileError } from '../error.ts';
import type { Matrix } from './matrix.ts';
import type { ScalerKind } from './scaler.ts';
import { fitScaler, Scaler, SCALER_KINDS } from './scaler.ts';
import { readStored } from './stored-state.ts';
import type { Table } from './table.ts';

export interface TableEncoderOptions {
  /** How numeric columns are scaled, after filling. Default `standard`. */
  scale?: ScalerKind | 'none';
  /** What stands in for a missing number. Default `mean` of the training rows. */
  fill?: 'mean' | 'median';
  /**
   * `one_hot` (default): a column of 0 and 1 for each category. `index`: the number of the category, for an Embedding of
   * one more row than there are categories.
   */
  encoding?: 'one_hot' | 'index';
  /**
   * A category that the training rows do not have: `ignore` (default) gives zeros in one_hot and the number after the last
   * in index; `error` throws.
   */
  unknown?: 'ignore' | 'error';
}

const StoredEncoder = Type.Object({
  numeric: Type.Array(
    Type.Object({ name: Type.String(), fill: Type.Number(), flag_missing: Type.Boolean() }),
  ),
  scaler: Type.Union([
    Type.Null(),
    Type.Object({
      kind: Type.Enum([...SCALER_KINDS]),
      columns: Type.Array(Type.String()),
      offset: Type.Array(Type.Number()),
      scale: Type.Array(Type.Number()),
    }),
  ]),
  categorical: Type.Array(
    Type.Object({
      name: Type.String(),
      categories: Type.Array(Type.Union([Type.String(), Type.Null()]), { minItems: 1 }),
    }),
  ),
  encoding: Type.Enum(['one_hot', 'index']),
  unknown: Type.Enum(['ignore', 'error']),
});

/** A fitted encoder as JSON, for the `preprocessing` of model.json. */
export type TableEncoderState = Static<typeof StoredEncoder>;

/**
 * Turns a table into numbers for a model: fills and scales the numeric columns, encodes the categorical ones. A numeric
 * column with gaps in the training rows gets a column beside it that is 1 where the value was missing; a gap in a
 * categorical column is a category of its own. All of it is learned from the training rows alone.
 */
export class TableEncoder {
  readonly state: Readonly<TableEncoderState>;
  readonly #scaler: Scaler | null;

  /** Use `fit` or `fromState`. */
  private constructor(state: TableEncoderState) {
    this.state = state;
    this.#scaler = state.scaler && new Scaler(state.scaler);
  }

  /** Learns from the training rows. Throws DataError that names a column that is constant or wholly missing. */
  static fit(
    table: Table,
    { scale = 'standard', fill = 'mean', encoding = 'one_hot', unknown = 'ignore' }: TableEncoderOptions = {},
  ): TableEncoder {
    const numeric = table.numericNames.map((name) => {
      const known = table.numeric(name).filter((value) => !Number.isNaN(value));
      if (known.length === 0) {
        throw new DataError(`Column "${name}" is missing in every training row. Remove the column.`);
      }
      const value = fill === 'mean' ? mean(known) : median(known);
      return { name, fill: value, flag_missing: known.length < table.length };
    });
    const categorical = table.categoricalNames.map((name) => ({
      name,
      categories: categoriesOf(table, name),
    }));
    const filled = fillColumns(table, numeric);
    const scaler = scale === 'none' || numeric.length === 0 ? null : { ...fitScaler(scale, filled).state };
    return new TableEncoder({ numeric, scaler, categorical, encoding, unknown });
  }

  /** The encoder that `state` was saved from. Throws ModelFileError where it is damaged. */
  static fromState(state: unknown): TableEncoder {
    const stored = readStored('table encoder', StoredEncoder, state);
    const names = stored.numeric.map(({ name }) => name);
    if (stored.scaler && stored.scaler.columns.join('\n') !== names.join('\n')) {
      throw new ModelFileError(
        `The saved table encoder is damaged at scaler.columns: it scales ${stored.scaler.columns.join(', ')} but fills ${names.join(', ')}. Save it again.`,
      );
    }
    try {
      return new TableEncoder(stored);
    } catch (cause) {
      if (!(cause instanceof ArgumentError)) throw cause;
      throw new ModelFileError(`The saved table encoder is damaged at scaler: ${cause.message}`, { cause });
    }
  }

  /** Names of the columns that `transform` gives, in order: `age`, `age_missing`, `city=Ankara`, `city=` for missing. */
  get featureNames(): string[] {
    return [
      ...this.state.numeric.map(({ name }) => name),
      ...this.state.numeric.filter((column) => column.flag_missing).map(({ name }) => `${name}_missing`),
      ...this.state.categorical.flatMap(({ name, categories }) =>
        this.state.encoding === 'index' ? [name] : categories.map((category) => `${name}=${category ?? ''}`),
      ),
    ];
  }

  /** For each of `featureNames` the column of the table that it comes from. */
  get featureColumns(): string[] {
    const { numeric, categorical, encoding } = this.state;
    return [
      ...numeric.map(({ name }) => name),
      ...numeric.filter((column) => column.flag_missing).map(({ name }) => name),
      ...categorical.flatMap(({ name, categories }) =>
        encoding === 'index' ? [name] : categories.map(() => name),
      ),
    ];
  }

  /**
   * One row of `featureNames.length` numbers for each row of the table, all finite. Columns of the table that the encoder
   * does not know are left out. Throws DataError for a missing column, or an unknown category where that is an error.
   */
  transform(table: Table): Matrix {
    const { numeric } = this.state;
    const filled = fillColumns(table, numeric);
    const scaled = this.#scaler ? this.#scaler.transform(filled) : filled;
    const columns = [
      ...numeric.map((_, column) => (row: number) => scaled.data[row * numeric.length + column]!),
      ...numeric
        .filter((column) => column.flag_missing)
        .map(({ name }) => {
          const values = table.numeric(name);
          return (row: number) => Number(Number.isNaN(values[row]));
        }),
      ...this.state.categorical.flatMap((column) => this.#encoded(table, column)),
    ];
    const data = new Float64Array(table.length * columns.length);
    for (let row = 0; row < table.length; row += 1) {
      for (const [column, valueAt] of columns.entries()) data[row * columns.length + column] = valueAt(row);
    }
    return { names: this.featureNames, data };
  }

  #encoded(
    table: Table,
    { name, categories }: TableEncoderState['categorical'][number],
  ): ((row: number) => number)[] {
    const numbers = new Map(categories.map((category, number) => [category, number]));
    const found = table.categorical(name).map((category, row) => {
      const number = numbers.get(category);
      if (number === undefined && this.state.unknown === 'error') {
        throw new DataError(
          `Column "${name}", row ${row + 1}: ${category === null ? 'a missing value' : JSON.stringify(category)} did not occur in training, which had ${categories
            .slice(0, 10)
            .map((known) => known ?? 'missing')
            .join(
              ', ',
            )}${categories.length > 10 ? ', …' : ''}. Correct the cell, or fit with unknown: 'ignore'.`,
        );
      }
      return number ?? categories.length;
    });
    if (this.state.encoding === 'index') return [(row) => found[row]!];
    return categories.map((_, number) => (row) => Number(found[row] === number));
  }
}

function fillColumns(table: Table, columns: readonly { name: string; fill: number }[]): Matrix {
  const values = columns.map(({ name }) => table.numeric(name));
  const data = new Float64Array(table.length * columns.length);
  for (let row = 0; row < table.length; row += 1) {
    for (const [column, { fill }] of columns.entries()) {
      const value = values[column]![row]!;
      data[row * columns.length + column] = Number.isNaN(value) ? fill : value;
    }
  }
  return { names: columns.map(({ name }) => name), data };
}

function categoriesOf(table: Table, name: string): (string | null)[] {
  const values = table.categorical(name);
  const names = [...new Set(values)].filter((value) => value !== null).sort();
  if (names.length === 0) {
    throw new DataError(`Column "${name}" is missing in every training row. Remove the column.`);
  }
  const categories = values.includes(null) ? [...names, null] : names;
  if (categories.length === 1) {
    throw new DataError(
      `Column "${name}" is ${JSON.stringify(names[0])} in every training row, so nothing can be learned from it. Remove the column.`,
    );
  }
  return categories;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
