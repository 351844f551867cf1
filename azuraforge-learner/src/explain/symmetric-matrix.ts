/**
 * The inverse of a symmetric positive definite matrix `size` × `size`, row after row, by Cholesky's method; null where the
 * matrix is not positive definite, to the precision of its numbers.
 */
export function inverse(matrix: Float64Array, size: number): Float64Array | null {
  const lower = cholesky(matrix, size);
  if (lower === null) return null;
  const result = new Float64Array(size * size);
  const column = new Float64Array(size);
  for (let unit = 0; unit < size; unit += 1) {
    for (let row = 0; row < size; row += 1) {
      let sum = row === unit ? 1 : 0;
      for (let at = 0; at < row; at += 1) sum -= lower[row * size + at]! * column[at]!;
      column[row] = sum / lower[row * size + row]!;
    }
    for (let row = size - 1; row >= 0; row -= 1) {
      let sum = column[row]!;
      for (let at = row + 1; at < size; at += 1) sum -= lower[at * size + row]! * column[at]!;
      column[row] = sum / lower[row * size + row]!;
      result[row * size + unit] = column[row]!;
    }
  }
  return result;
}

/** A pivot smaller than this part of its diagonal is rounding alone. */
const SINGULAR = 1e-12;

function cholesky(matrix: Float64Array, size: number): Float64Array | null {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = matrix[row * size + column]!;
      for (let at = 0; at < column; at += 1) sum -= lower[row * size + at]! * lower[column * size + at]!;
      if (row !== column) {
        lower[row * size + column] = sum / lower[column * size + column]!;
      } else if (sum > SINGULAR * matrix[row * size + row]!) {
        lower[row * size + row] = Math.sqrt(sum);
      } else {
        return null;
      }
    }
  }
  return lower;
}

/** matrix · vector */
export function apply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, row) => {
    let sum = 0;
    for (let at = 0; at < size; at += 1) sum += matrix[row * size + at]! * vector[at]!;
    return sum;
  });
}

/** Adds `weight` · vector · vectorᵀ to the matrix. */
export function addSquare(matrix: Float64Array, vector: ArrayLike<number>, weight: number): void {
  const size = vector.length;
  for (let row = 0; row < size; row += 1) {
    const scaled = weight * vector[row]!;
    if (scaled === 0) continue;
    for (let at = 0; at < size; at += 1) matrix[row * size + at]! += scaled * vector[at]!;
  }
}

/** Diagonal of outer · inner · outer, for symmetric matrices. */
export function sandwichDiagonal(outer: Float64Array, inner: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, row) => {
    const vector = outer.subarray(row * size, (row + 1) * size);
    const product = apply(inner, vector);
    return product.reduce((sum, value, at) => sum + value * vector[at]!, 0);
  });
}
