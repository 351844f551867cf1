import type { Values } from '../trainer/dataset.ts';

/** Rows of equal width, stored row after row. */
export interface Matrix {
  /** One name for each column. */
  names: readonly string[];
  /** `rows × names.length` values. */
  data: Float64Array;
}

export const rowCount = (matrix: Matrix): number => matrix.data.length / matrix.names.length;

/** Rows `start` up to but without `end`; shares memory with `matrix`. */
export function sliceRows(matrix: Matrix, start: number, end: number): Matrix {
  const width = matrix.names.length;
  return { names: matrix.names, data: matrix.data.subarray(start * width, end * width) };
}

/** The matrix as float32 `[rows, columns]`, for an `ArrayDataset`. */
export function matrixValues(matrix: Matrix): Values {
  return { data: Float32Array.from(matrix.data), shape: [rowCount(matrix), matrix.names.length] };
}
