import { defineProducts } from './gemm/product.ts';
import { FLOAT_BYTES, TILE_COLUMNS, TILE_ROW_BYTES, tileRows } from './gemm/tile.ts';
import { defineVectorProducts } from './gemm/vector.ts';
import type { Machine, NativeModule } from './machine.ts';
import type { Job, Range } from './threads.ts';

/** The deepest block in which products are summed: a panel of each factor then fits the first-level cache. */
const BLOCK_DEPTH = 256;
/** Panels of the left factor that are packed at a time, about 72 rows: they stay in the second-level cache. */
const GROUP_PANELS = 12;
/** About what one thread does in a nanosecond: multiply-adds of a product, and numbers that are packed. */
export const MULTIPLY_ADDS_PER_NANOSECOND = 20;
const PACKED_PER_NANOSECOND = 2;
/** The same for a product with a vector, which reads each number of the matrix once. */
const VECTOR_MULTIPLY_ADDS_PER_NANOSECOND = 5;

/** Where the calls of `Gemm.packing`, `products`, `separateProducts` and `vectorProducts` have their pointers. */
export const PACKING_POINTERS = [0, 1];
export const PRODUCT_POINTERS = [0, 2, 5, 15];
export const SEPARATE_POINTERS = [0, 3, 5, 18];
export const VECTOR_POINTERS = [0, 1, 3, 6];

/** A matrix in memory; strides in elements. */
export interface MatrixView {
  readonly pointer: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Rows of c; their stride in elements. */
export interface RowsView {
  readonly pointer: number;
  readonly rowStride: number;
}

/** A number for every column; stride in elements. */
export interface BiasView {
  readonly pointer: number;
  readonly stride: number;
}

/** A right factor in the order in which the micro-kernel reads it. Valid as long as the memory at `pointer` is. */
export interface PackedMatrix {
  readonly pointer: number;
  readonly k: number;
  readonly n: number;
}

/** What a product may do besides. */
interface Variation {
  readonly bias?: BiasView | null;
  /** Adds to what c holds. */
  readonly accumulate?: boolean;
  /** Only these columns of b and c. They start with a panel. */
  readonly columns?: Range;
}

/** Columns of a right factor, filled up to whole panels. */
function paddedColumns(n: number): number {
  return Math.ceil(n / TILE_COLUMNS) * TILE_COLUMNS;
}

/** Bytes that a right factor of k×n takes when packed. */
export function packedBytes(k: number, n: number): number {
  return k * paddedColumns(n) * FLOAT_BYTES;
}

/** Depth of the blocks into which k steps are cut: all of them but the last, which may be less deep. */
export function blockDepth(k: number): number {
  const depth = Math.ceil(k / Math.ceil(k / BLOCK_DEPTH));
  // Packing takes four steps at a time.
  return Math.ceil(depth / 4) * 4;
}

/**
 * Single-precision matrix products, shared between threads by rows or columns of c. Both factors are packed into panels, so
 * their strides do not matter. A right panel is eight columns wide, the last one filled up with zeros; for each step of
 * depth it has eight numbers. A right factor is packed block after block of `blockDepth(k)` steps, each block panel after
 * panel. The left factor is packed within the product; it is cut into panels of `tileRows` rows or one less, down to one.
 */
export class Gemm {
  readonly #machine: Machine;
  readonly #module: NativeModule;
  readonly #tileRows: number;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#tileRows = tileRows(machine);
    this.#module = machine.module('gemm', (module) => {
      defineProducts(module, machine);
      defineVectorProducts(module, machine);
    });
  }

  /** Packs b (k×n) into `packedBytes(k, n)` bytes at `pointer`. */
  packRight(b: MatrixView, k: number, n: number, pointer: number): PackedMatrix {
    this.#machine.run(this.packing(b, k, n, pointer));
    return { pointer, k, n };
  }

  /** The job of `packRight`. Calls have `pointer` and b's pointer at the positions `PACKING_POINTERS`. */
  packing(b: MatrixView, k: number, n: number, pointer: number): Job {
    const nanoseconds = (k * n) / PACKED_PER_NANOSECOND;
    const calls = this.#machine
      .split(n, nanoseconds, TILE_COLUMNS)
      .map(({ start, length }) => [
        pointer,
        b.pointer + start * b.columnStride * FLOAT_BYTES,
        b.rowStride * FLOAT_BYTES,
        b.columnStride * FLOAT_BYTES,
        k,
        start,
        length,
        paddedColumns(n),
        blockDepth(k),
      ]);
    return { native: this.#module.packRight!, calls, nanoseconds };
  }

  /**
   * c (m×n) = a (m×k) · b (+ bias) for all pairs of a and c; m, n and k are at least 1. Calls have the pointers of c, a, b
   * and the bias at the positions `PRODUCT_POINTERS`.
   */
  products(
    pairs: readonly { readonly c: RowsView; readonly a: MatrixView }[],
    b: PackedMatrix,
    m: number,
    bias: BiasView | null,
  ): Job {
    const { k, n } = b;
    const each = (m * n * k) / MULTIPLY_ADDS_PER_NANOSECOND + (m * k) / PACKED_PER_NANOSECOND;
    const byRows = m * 2 >= n;
    const ranges = byRows
      ? this.#machine.split(m, each, this.#tileRows)
      : this.#machine.split(n, each, TILE_COLUMNS);
    const calls = pairs.flatMap(({ c, a }) =>
      ranges.map((range) => {
        if (!byRows) return this.arguments(c, a, b, m, { bias, columns: range });
        const from = { ...a, pointer: a.pointer + range.start * a.rowStride * FLOAT_BYTES };
        const to = { ...c, pointer: c.pointer + range.start * c.rowStride * FLOAT_BYTES };
        return this.arguments(to, from, b, range.length, { bias });
      }),
    );
    const nanoseconds = each * pairs.length;
    return { native: this.#module.multiply!, calls, nanoseconds, scratchBytes: this.leftBytes(m, k) };
  }

  /** c (m×n) = a (m×k) · b, or c + a·b when it accumulates, on this thread. m, n and k are at least 1. */
  multiply(c: RowsView, a: MatrixView, b: PackedMatrix, m: number, accumulate: boolean): void {
    this.#machine.withScratch(this.leftBytes(m, b.k), (left) => {
      this.#module.multiply!(...this.arguments(c, a, b, m, { accumulate }), left);
    });
  }

  /**
   * c (m×n) = a (m×k) · b (k×n) (+ bias) for products that share no factor, each done by one thread, which packs b too.
   * Calls have the pointers of b, c, a and the bias at the positions `SEPARATE_POINTERS`.
   */
  separateProducts(
    products: readonly { readonly c: RowsView; readonly a: MatrixView; readonly b: MatrixView }[],
    { m, k, n }: { readonly m: number; readonly k: number; readonly n: number },
    bias: BiasView | null,
  ): Job {
    return {
      native: this.#module.packAndMultiply!,
      calls: products.map(({ c, a, b }) => [
        b.pointer,
        b.rowStride * FLOAT_BYTES,
        b.columnStride * FLOAT_BYTES,
        ...this.arguments(c, a, { pointer: 0, k, n }, m, { bias }),
      ]),
      nanoseconds: (m * n * k * products.length) / MULTIPLY_ADDS_PER_NANOSECOND,
      scratchBytes: packedBytes(k, n) + this.leftBytes(m, k),
    };
  }

  /**
   * y = M · x (+ bias) for matrices of one size. x and y are in memory order, and so are the rows or the columns of M. Calls
   * have the pointers of y, M, x and the bias at the positions `VECTOR_POINTERS`.
   */
  vectorProducts(
    products: readonly { readonly y: number; readonly matrix: MatrixView; readonly x: number }[],
    rows: number,
    depth: number,
    bias: BiasView | null,
  ): Job {
    const nanoseconds = (products.length * rows * depth) / VECTOR_MULTIPLY_ADDS_PER_NANOSECOND;
    const { rowStride, columnStride } = products[0]!.matrix;
    const byRows = columnStride === 1;
    const ranges = this.#machine.split(rows, nanoseconds / products.length);
    return {
      native: byRows ? this.#module.dotRows! : this.#module.addColumns!,
      calls: products.flatMap(({ y, matrix, x }) =>
        ranges.map(({ start, length }) => [
          y + start * FLOAT_BYTES,
          matrix.pointer + start * rowStride * FLOAT_BYTES,
          (byRows ? rowStride : columnStride) * FLOAT_BYTES,
          x,
          length,
          depth,
          bias === null ? 0 : bias.pointer + start * bias.stride * FLOAT_BYTES,
          bias === null ? 0 : bias.stride * FLOAT_BYTES,
        ]),
      ),
      nanoseconds,
    };
  }

  /** What a product of depth 0 leaves: `rows` rows of n zeros, or of the bias. */
  fillRows(c: RowsView, rows: number, n: number, bias: BiasView | null): void {
    const { pointer, rowStride } = c;
    const rowBytes = rowStride * FLOAT_BYTES;
    if (bias === null) this.#machine.heap.bytes.fill(0, pointer, pointer + rows * rowBytes);
    else this.#module.fill!(pointer, rowBytes, rows, n, bias.pointer, bias.stride * FLOAT_BYTES);
  }

  /** Bytes that a product of m rows and depth k needs for panels of its left factor. */
  leftBytes(m: number, k: number): number {
    return Math.min(m, GROUP_PANELS * this.#tileRows) * Math.min(k, blockDepth(k)) * FLOAT_BYTES;
  }

  /** The arguments of `Products.multiply` but the last. */
  arguments(
    c: RowsView,
    a: MatrixView,
    b: PackedMatrix,
    m: number,
    { bias = null, accumulate = false, columns = { start: 0, length: b.n } }: Variation = {},
  ): number[] {
    const { count, high, low } = this.rowPanels(m);
    const first = columns.start;
    return [
      c.pointer + first * FLOAT_BYTES,
      c.rowStride * FLOAT_BYTES,
      a.pointer,
      a.rowStride * FLOAT_BYTES,
      a.columnStride * FLOAT_BYTES,
      b.pointer,
      paddedColumns(b.n),
      first,
      columns.length,
      b.k,
      blockDepth(b.k),
      count,
      high,
      low,
      Math.ceil(count / Math.ceil(count / GROUP_PANELS)),
      bias === null ? 0 : bias.pointer + first * bias.stride * FLOAT_BYTES,
      bias === null ? 0 : bias.stride * FLOAT_BYTES,
      accumulate ? 1 : 0,
    ];
  }

  /** How the rows of a left factor are cut into panels: of nearly equal height, the first `high` one higher than `low`. */
  rowPanels(m: number): { readonly count: number; readonly high: number; readonly low: number } {
    const count = Math.ceil(m / this.#tileRows);
    const low = Math.floor(m / count);
    return { count, high: m - low * count, low };
  }

  /** One call of the micro-kernel over packed panels of its full height, for measuring its rate. Returns its FLOPs. */
  multiplyTile(left: number, right: number, c: number, depth: number): number {
    this.#module.multiplyTile!(left, right, c, TILE_ROW_BYTES, depth, 0);
    return 2 * this.#tileRows * TILE_COLUMNS * depth;
  }
}
