import { DataError } from '../error.ts';

/** Which columns of a record are numbers and which are names; the others are left out. */
export interface TableColumns {
  numeric?: readonly string[];
  categorical?: readonly string[];
}

/** What counts as a missing value when it stands in a cell. */
const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?']);

/** Rows of numbers (NaN where missing) and names (null where missing). */
export class Table {
  readonly length: number;
  readonly #numeric: ReadonlyMap<string, Float64Array>;
  readonly #categorical: ReadonlyMap<string, readonly (string | null)[]>;

  /** Throws DataError for no columns, no rows, columns that differ in length, infinite values. */
  constructor(columns: {
    numeric?: Readonly<Record<string, ArrayLike<number>>>;
    categorical?: Readonly<Record<string, readonly (string | null)[]>>;
  }) {
    this.#numeric = new Map(
      Object.entries(columns.numeric ?? {}).map(([name, values]) => [name, Float64Array.from(values)]),
    );
    this.#categorical = new Map(Object.entries(columns.categorical ?? {}));
    const [first] = [...this.#numeric.values(), ...this.#categorical.values()];
    if (!first?.length)
      throw new DataError('The table has no rows or no columns. Give it at least one of each.');
    this.length = first.length;
    this.#check();
  }

  /**
   * Picks columns out of records such as a CSV or Parquet reader gives. Missing are: no such field, null, NaN, and the
   * texts "", "NA", "N/A", "NaN", "null", "none", "?" in any case.
   * Throws DataError for a column that no record has, and a numeric cell that is neither missing nor a number.
   */
  static fromRecords(records: readonly Readonly<Record<string, unknown>>[], columns: TableColumns): Table {
    if (records.length === 0) throw new DataError('The table has no rows. Give it at least one row of data.');
    const numeric: Record<string, Float64Array> = {};
    for (const name of columns.numeric ?? []) {
      requireColumn(records, name);
      numeric[name] = Float64Array.from(records, (record, row) => readNumber(record[name], name, row));
    }
    const categorical: Record<string, (string | null)[]> = {};
    for (const name of columns.categorical ?? []) {
      requireColumn(records, name);
      categorical[name] = records.map((record) => readName(record[name]));
    }
    return new Table({ numeric, categorical });
  }

  get numericNames(): string[] {
    return [...this.#numeric.keys()];
  }

  get categoricalNames(): string[] {
    return [...this.#categorical.keys()];
  }

  /** The values of a numeric column, not a copy; NaN where missing. Throws DataError with the names that exist. */
  numeric(name: string): Float64Array {
    return this.#numeric.get(name) ?? this.#refuse(name, 'numeric', this.numericNames);
  }

  /** The values of a categorical column, not a copy; null where missing. Throws DataError with the names that exist. */
  categorical(name: string): readonly (string | null)[] {
    return this.#categorical.get(name) ?? this.#refuse(name, 'categorical', this.categoricalNames);
  }

  /** Some rows, in the order given, as a table of their own. */
  rows(indices: ArrayLike<number>): Table {
    const chosen = Array.from(indices);
    const wrong = chosen.find((index) => !Number.isInteger(index) || index < 0 || index >= this.length);
    if (wrong !== undefined) throw new DataError(`There is no row ${wrong} in a table of ${this.length}.`);
    return new Table({
      numeric: Object.fromEntries(
        [...this.#numeric].map(([name, values]) => [name, chosen.map((index) => values[index]!)]),
      ),
      categorical: Object.fromEntries(
        [...this.#categorical].map(([name, values]) => [name, chosen.map((index) => values[index] ?? null)]),
      ),
    });
  }

  #check(): void {
    for (const [name, { length }] of [...this.#numeric, ...this.#categorical]) {
      if (length !== this.length) {
        throw new DataError(
          `Column "${name}" has ${length} values for ${this.length} rows. Give every row a value, NaN or null where it is missing.`,
        );
      }
      if (this.#numeric.has(name) && this.#categorical.has(name)) {
        throw new DataError(`Column "${name}" is both numeric and categorical. Choose one.`);
      }
    }
    for (const [name, values] of this.#numeric) {
      const row = values.findIndex((value) => Math.abs(value) === Number.POSITIVE_INFINITY);
      if (row >= 0) throw notANumber(name, row, String(values[row]));
    }
  }

  #refuse(name: string, kind: string, available: readonly string[]): never {
    throw new DataError(
      `There is no ${kind} column "${name}"; there are: ${available.join(', ') || 'none'}. Add it or choose one of these.`,
    );
  }
}

function requireColumn(records: readonly Readonly<Record<string, unknown>>[], name: string): void {
  if (records.some((record) => Object.hasOwn(record, name))) return;
  throw new DataError(
    `Column "${name}" is missing. The data has: ${Object.keys(records[0]!).join(', ')}. Add the column or choose one of these.`,
  );
}

function readNumber(cell: unknown, column: string, row: number): number {
  if (isMissing(cell)) return Number.NaN;
  const value =
    typeof cell === 'string' || typeof cell === 'bigint' || typeof cell === 'boolean' ? Number(cell) : cell;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw notANumber(column, row, typeof cell === 'number' ? String(cell) : JSON.stringify(cell));
}

/** The name in a cell without the space around it; null where it counts as missing, see `Table.fromRecords`. */
export function readName(cell: unknown): string | null {
  return isMissing(cell) ? null : String(cell).trim();
}

function isMissing(cell: unknown): boolean {
  if (typeof cell === 'string') return MISSING.has(cell.trim().toLowerCase());
  return cell === undefined || cell === null || Number.isNaN(cell);
}

function notANumber(column: string, row: number, found: string): DataError {
  return new DataError(
    `Column "${column}", row ${row + 1}: expected a finite number or nothing, but found ${found}. Mend the cell, remove the row, or read the column as categorical.`,
  );
}
