import { ArgumentError, DataError } from '../error.ts';
import type { Matrix } from './matrix.ts';
import { rowCount } from './matrix.ts';

/** A fitted scaler as it stands in model.json: `scaled = (value - offset) / scale`, column by column. */
export interface ScalerState {
  kind: ScalerKind;
  columns: string[];
  offset: number[];
  scale: number[];
}

export const SCALER_KINDS = ['standard', 'min_max'] as const;
export type ScalerKind = (typeof SCALER_KINDS)[number];

/**
 * Puts columns on a common scale. Fit it on the training part only: a scaler that has seen the validation or test part
 * tells the model about the future.
 */
export class Scaler {
  readonly state: Readonly<ScalerState>;

  constructor(state: ScalerState) {
    const complete = [state.offset, state.scale].every(
      (values) => values.length === state.columns.length && values.every((value) => Number.isFinite(value)),
    );
    if (!complete || state.scale.includes(0)) {
      throw new ArgumentError(
        'A scaler needs a finite offset and a finite scale other than 0 for each of its columns.',
      );
    }
    this.state = state;
  }

  transform(matrix: Matrix): Matrix {
    return this.#map(matrix, (value, offset, scale) => (value - offset) / scale);
  }

  inverse(matrix: Matrix): Matrix {
    return this.#map(matrix, (value, offset, scale) => value * scale + offset);
  }

  #map(matrix: Matrix, convert: (value: number, offset: number, scale: number) => number): Matrix {
    const { columns, offset, scale } = this.state;
    if (matrix.names.length !== columns.length) {
      throw new ArgumentError(
        `The scaler was fitted on ${columns.length} columns (${columns.join(', ')}) but got ${matrix.names.length}. Give it the same columns.`,
      );
    }
    const width = columns.length;
    return {
      names: matrix.names,
      data: matrix.data.map((value, index) =>
        convert(value, offset[index % width] ?? 0, scale[index % width] ?? 1),
      ),
    };
  }
}

/** Mean 0 and standard deviation 1 for each column; with `center: false`, only divided by the root mean square. */
export class StandardScaler extends Scaler {
  static fit(matrix: Matrix, options: { center?: boolean } = {}): StandardScaler {
    const rows = trainingRows(matrix);
    const offset = matrix.names.map((_, column) =>
      options.center === false
        ? 0
        : columnValues(matrix, column).reduce((sum, value) => sum + value, 0) / rows,
    );
    const scale = offset.map((mean, column) =>
      Math.sqrt(columnValues(matrix, column).reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows),
    );
    refuseConstant(matrix, offset, scale);
    return new StandardScaler({ kind: 'standard', columns: [...matrix.names], offset, scale });
  }
}

/** 0 at each column's lowest training value, 1 at its highest. */
export class MinMaxScaler extends Scaler {
  static fit(matrix: Matrix): MinMaxScaler {
    trainingRows(matrix);
    const lowest = matrix.names.map((_, column) => columnValues(matrix, column).reduce(least, Infinity));
    const highest = matrix.names.map((_, column) => columnValues(matrix, column).reduce(greatest, -Infinity));
    const scale = highest.map((value, column) => value - (lowest[column] ?? 0));
    refuseConstant(matrix, lowest, scale);
    return new MinMaxScaler({ kind: 'min_max', columns: [...matrix.names], offset: lowest, scale });
  }
}

const least = (a: number, b: number): number => Math.min(a, b);
const greatest = (a: number, b: number): number => Math.max(a, b);

/** Fits the scaler of that kind. Throws DataError that names a constant column. */
export function fitScaler(kind: ScalerKind, matrix: Matrix): Scaler {
  return kind === 'standard' ? StandardScaler.fit(matrix) : MinMaxScaler.fit(matrix);
}

function refuseConstant(matrix: Matrix, offset: readonly number[], scale: readonly number[]): void {
  // Rounding leaves a constant column a spread of about 1e-16 of its value.
  const constant = scale.findIndex((value, column) => value <= 1e-12 * Math.abs(offset[column] ?? 0));
  if (constant >= 0) {
    throw new DataError(
      `"${matrix.names[constant]}" has the same value (${matrix.data[constant]}) in every training row, so nothing can be learned from it. Remove the column or give more rows.`,
    );
  }
}

/** Number of rows, once every value is known to be finite. */
function trainingRows(matrix: Matrix): number {
  const rows = rowCount(matrix);
  if (rows === 0)
    throw new DataError('There are no training rows to fit a scaler on. Give the series more rows.');
  for (const [column, name] of matrix.names.entries()) {
    const values = columnValues(matrix, column);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new DataError(
        `"${name}", row ${bad + 1}: ${values[bad]} is not a finite number. Mend or remove the row.`,
      );
    }
  }
  return rows;
}

function columnValues(matrix: Matrix, column: number): Float64Array {
  const width = matrix.names.length;
  return Float64Array.from({ length: rowCount(matrix) }, (_, row) => matrix.data[row * width + column] ?? 0);
}
