import { DataError } from '../error.ts';

const ISO_DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z?)?$/;

/** Milliseconds since 1970 in UTC of an ISO date or date-time label; NaN when it is not one. */
export function labelTime(label: string): number {
  if (!ISO_DATE.test(label)) return Number.NaN;
  const time = Date.parse(label.length === 10 || label.endsWith('Z') ? label : `${label}Z`);
  if (Number.isNaN(time)) return time;
  // Date.parse moves a day that does not exist (30 February) into the next month instead of refusing it.
  return new Date(time).toISOString().startsWith(label.slice(0, 10)) ? time : Number.NaN;
}

export interface SeriesTableOptions {
  /** Name of the column that dates each row, e.g. `date`. */
  labelName: string;
  /** ISO dates or date-times, oldest first, each once. */
  labels: readonly string[];
  /** Named numeric columns, each as long as `labels`. */
  columns: Readonly<Record<string, ArrayLike<number>>>;
}

/** A time series of one or more named numeric columns with a date for each row; every number in it is finite. */
export class SeriesTable {
  readonly labelName: string;
  readonly labels: readonly string[];
  readonly #columns: ReadonlyMap<string, Float64Array>;

  /** Throws DataError that names the row and column. */
  constructor(options: SeriesTableOptions) {
    this.labelName = options.labelName;
    this.labels = [...options.labels];
    this.#columns = new Map(
      Object.entries(options.columns).map(([name, values]) => [name, Float64Array.from(values)]),
    );
    this.#checkColumns();
    this.#checkLabels();
  }

  /**
   * Picks `columns` out of records such as a CSV reader gives; numbers may be text.
   * Throws DataError for a missing column, an empty cell and text that is not a number.
   */
  static fromRecords(
    records: readonly Readonly<Record<string, unknown>>[],
    options: { labelName: string; columns: readonly string[] },
  ): SeriesTable {
    const first = records[0];
    if (!first) throw new DataError('The series has no rows. Give it at least one row of data.');
    for (const name of [options.labelName, ...options.columns]) {
      if (!(name in first)) throw missingColumn(name, Object.keys(first));
    }
    const labels = records.map((record) => String(record[options.labelName] ?? ''));
    const columns = Object.fromEntries(
      options.columns.map((name) => [
        name,
        records.map((record, row) => readNumber(record[name], name, row, labels[row] ?? '')),
      ]),
    );
    return new SeriesTable({ labelName: options.labelName, labels, columns });
  }

  /** Number of rows. */
  get length(): number {
    return this.labels.length;
  }

  get columnNames(): string[] {
    return [...this.#columns.keys()];
  }

  /** The values of a column, not a copy. Throws DataError with the names that exist. */
  column(name: string): Float64Array {
    const values = this.#columns.get(name);
    if (!values) throw missingColumn(name, this.columnNames);
    return values;
  }

  /** Rows `start` up to but without `end`, as a table of their own. */
  slice(start: number, end: number = this.length): SeriesTable {
    return new SeriesTable({
      labelName: this.labelName,
      labels: this.labels.slice(start, end),
      columns: Object.fromEntries(
        [...this.#columns].map(([name, values]) => [name, values.slice(start, end)]),
      ),
    });
  }

  #checkColumns(): void {
    for (const [name, values] of this.#columns) {
      if (values.length !== this.length) {
        throw new DataError(
          `Column "${name}" has ${values.length} values for ${this.length} rows. Give every row a value in every column.`,
        );
      }
      const row = values.findIndex((value) => !Number.isFinite(value));
      if (row >= 0) throw notANumber(name, row, this.labels[row] ?? '', String(values[row]));
    }
  }

  #checkLabels(): void {
    let previous = Number.NEGATIVE_INFINITY;
    for (const [row, label] of this.labels.entries()) {
      const time = labelTime(label);
      if (Number.isNaN(time)) {
        throw new DataError(
          `Column "${this.labelName}", row ${row + 1}: "${label}" is not a date. Write dates as YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ.`,
        );
      }
      if (time <= previous) {
        throw new DataError(
          `Column "${this.labelName}", row ${row + 1}: ${label} does not come after ${this.labels[row - 1]}. Sort the rows from oldest to newest and keep one row for each date.`,
        );
      }
      previous = time;
    }
  }
}

function readNumber(cell: unknown, column: string, row: number, label: string): number {
  const value = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : cell;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw notANumber(column, row, label, cell === undefined || cell === '' ? 'empty' : JSON.stringify(cell));
}

function notANumber(column: string, row: number, label: string, found: string): DataError {
  return new DataError(
    `Column "${column}", row ${row + 1} (${label}): expected a finite number but found ${found}. Fill the gap or remove the row.`,
  );
}

function missingColumn(name: string, available: readonly string[]): DataError {
  return new DataError(
    `Column "${name}" is missing. The data has: ${available.join(', ')}. Add the column or choose one of these.`,
  );
}
