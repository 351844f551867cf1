import type { MatmulKernel, MatrixOperand } from '../../kernel.ts';
import { sizeOf } from '../../shape.ts';
import type { Program } from './buffer.ts';
import { StridedWalk } from './walk.ts';

/** Rows and columns of the tile that the innermost loop keeps in machine registers. */
const TILE = 4;
/** Rows of the left matrix that are packed at a time, so that they stay in the second-level cache. */
const BLOCK_ROWS = 64;

let packedLeft = new Float64Array(0);
let rightScratch = new Float64Array(0);

/** Where one matrix lies in a flat array. */
export interface MatrixView {
  readonly data: Float32Array;
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** What a product is added to: a row of n numbers, what the result's memory holds already, or nothing. */
export type Start =
  | { readonly data: Float32Array; readonly offset: number; readonly stride: number }
  | 'content'
  | null;

/** The right factor (k×n) in the order in which `multiplyPacked` reads it. Pass `reuse` to save the allocation. */
export function packRight(
  b: MatrixView,
  k: number,
  n: number,
  reuse = new Float64Array(0),
): Float64Array<ArrayBuffer> {
  const out = grown(reuse, Math.ceil(n / TILE) * TILE * k);
  pack(out, b.data, b.offset, b.columnStride, b.rowStride, n, k);
  return out;
}

/**
 * c (m×n, rows `rowStride` apart) = a (m×k) · b (k×n, from `packRight`) + start. Both factors are packed into panels of
 * four rows or columns, as 64-bit numbers in the order in which the inner loop reads them: it then neither converts nor
 * jumps, and the strides of the factors do not matter.
 */
export function multiplyPacked(
  c: Float32Array,
  { offset, rowStride }: { readonly offset: number; readonly rowStride: number },
  a: MatrixView,
  right: Float64Array,
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
  start: Start,
): void {
  packedLeft = grown(packedLeft, BLOCK_ROWS * k);
  for (let row = 0; row < m; row += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, m - row);
    pack(packedLeft, a.data, a.offset + row * a.rowStride, a.rowStride, a.columnStride, rows, k);
    for (let column = 0; column < n; column += TILE) {
      const width = Math.min(TILE, n - column);
      for (let i = 0; i < rows; i += TILE) {
        multiplyTile(packedLeft, i * k, right, column * k, k);
        const height = Math.min(TILE, rows - i);
        for (let r = 0; r < height; r++) {
          const at = offset + (row + i + r) * rowStride + column;
          for (let j = 0; j < width; j++) {
            let before = 0;
            if (start === 'content') before = c[at + j]!;
            else if (start !== null) before = start.data[start.offset + (column + j) * start.stride]!;
            c[at + j] = before + tile[r * TILE + j]!;
          }
        }
      }
    }
  }
}

/** Copies `count` lines of `k` numbers into panels of four lines, filled up with zeros. */
function pack(
  out: Float64Array,
  data: Float32Array,
  offset: number,
  lineStride: number,
  stride: number,
  count: number,
  k: number,
): void {
  for (let panel = 0; panel < count; panel += TILE) {
    for (let line = 0; line < TILE; line++) {
      let to = panel * k + line;
      if (panel + line >= count) {
        for (let p = 0; p < k; p++, to += TILE) out[to] = 0;
        continue;
      }
      let from = offset + (panel + line) * lineStride;
      for (let p = 0; p < k; p++, to += TILE, from += stride) out[to] = data[from]!;
    }
  }
}

const tile = new Float64Array(TILE * TILE);

/** The product of one panel of four rows and one of four columns, left in `tile`. */
function multiplyTile(
  left: Float64Array,
  leftAt: number,
  right: Float64Array,
  rightAt: number,
  k: number,
): void {
  let [c00, c01, c02, c03] = [0, 0, 0, 0];
  let [c10, c11, c12, c13] = [0, 0, 0, 0];
  let [c20, c21, c22, c23] = [0, 0, 0, 0];
  let [c30, c31, c32, c33] = [0, 0, 0, 0];
  const end = leftAt + k * TILE;
  for (let i = leftAt, j = rightAt; i < end; i += TILE, j += TILE) {
    const b0 = right[j]!;
    const b1 = right[j + 1]!;
    const b2 = right[j + 2]!;
    const b3 = right[j + 3]!;
    const a0 = left[i]!;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = left[i + 1]!;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = left[i + 2]!;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = left[i + 3]!;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  tile[0] = c00;
  tile[1] = c01;
  tile[2] = c02;
  tile[3] = c03;
  tile[4] = c10;
  tile[5] = c11;
  tile[6] = c12;
  tile[7] = c13;
  tile[8] = c20;
  tile[9] = c21;
  tile[10] = c22;
  tile[11] = c23;
  tile[12] = c30;
  tile[13] = c31;
  tile[14] = c32;
  tile[15] = c33;
}

function grown(array: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  return array.length >= length ? array : new Float64Array(length);
}

export function matmulProgram(kernel: MatmulKernel): Program {
  const { batch, m, n, k, a, b, bias } = kernel;
  const count = sizeOf(batch);
  const walkOver = (operand: MatrixOperand): StridedWalk =>
    new StridedWalk(batch, { dtype: 'float32', strides: operand.batchStrides, offset: operand.offset });
  const [walkA, walkB] = [walkOver(a), walkOver(b)];
  return (buffers) => {
    const [dataA, dataB] = [buffers[0]!.float32, buffers[1]!.float32];
    const output = buffers.at(-1)!.float32;
    const start = bias === null ? null : { data: buffers[2]!.float32, ...bias };
    walkA.rewind();
    walkB.rewind();
    let packedFrom = -1;
    for (let i = 0; i < count; i++) {
      walkA.take(1);
      walkB.take(1);
      // A right factor that is shared by the whole batch is packed once.
      if (walkB.position !== packedFrom) {
        rightScratch = packRight({ ...b, data: dataB, offset: walkB.position }, k, n, rightScratch);
        packedFrom = walkB.position;
      }
      const left = { ...a, data: dataA, offset: walkA.position };
      multiplyPacked(output, { offset: i * m * n, rowStride: n }, left, rightScratch, kernel, start);
    }
  };
}
