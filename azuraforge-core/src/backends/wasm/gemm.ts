import { definePacking } from './gemm/packing.ts';
import { BLOCK_PANELS, defineProducts } from './gemm/product.ts';
import { defineTiles, FLOAT_BYTES, TILE_COLUMNS, TILE_ROW_BYTES, tileRows } from './gemm/tile.ts';
import type { Machine, NativeModule } from './machine.ts';

/** The deepest block in which products are summed: a panel of each factor then fits the first-level cache. */
const BLOCK_DEPTH = 256;

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

/** A right factor in the order in which the micro-kernel reads it. Valid as long as the memory at `pointer` is. */
export interface PackedMatrix {
  readonly pointer: number;
  readonly k: number;
  readonly n: number;
}

/** How the rows of a left factor are cut into panels: nearly equal heights, so that none is mostly padding. */
interface RowPanels {
  readonly count: number;
  /** The first panels are one row higher than the `low` rows of the others. */
  readonly high: number;
  readonly low: number;
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
 * Single-precision matrix products. Both factors are packed into panels, so their strides do not matter. A right panel is
 * eight columns wide, the last one filled up with zeros; for each step of depth it has eight numbers. A right factor is
 * packed block after block of `blockDepth(k)` steps, each block panel after panel. The left factor is packed within
 * `multiply`; it is cut into panels of `tileRows` rows or a few less.
 */
export class Gemm {
  readonly #machine: Machine;
  readonly #module: NativeModule;
  readonly #tileRows: number;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#tileRows = tileRows(machine);
    this.#module = machine.module('gemm', (module) => {
      const tiles = defineTiles(module, machine);
      defineProducts(module, tiles, definePacking(module));
    });
  }

  /** Packs b (k×n) into `packedBytes(k, n)` bytes at `pointer`. */
  packRight(b: MatrixView, k: number, n: number, pointer: number): PackedMatrix {
    const step = blockDepth(k);
    for (let start = 0; start < k; start += step) {
      this.#module.packRight!(
        pointer + packedBytes(start, n),
        b.pointer + start * b.rowStride * FLOAT_BYTES,
        b.rowStride * FLOAT_BYTES,
        b.columnStride * FLOAT_BYTES,
        Math.min(step, k - start),
        n,
      );
    }
    return { pointer, k, n };
  }

  /** c (m×n) = a (m×k) · b, or c + a·b when it accumulates. m, n and k are at least 1. */
  multiply(c: RowsView, a: MatrixView, b: PackedMatrix, m: number, accumulate: boolean): void {
    const { count, high, low } = this.#rowPanels(m);
    const depth = blockDepth(b.k);
    const leftBytes = Math.min(count, BLOCK_PANELS) * this.#tileRows * depth * FLOAT_BYTES;
    this.#machine.withScratch(leftBytes, (left) => {
      this.#module.multiply!(
        c.pointer,
        c.rowStride * FLOAT_BYTES,
        a.pointer,
        a.rowStride * FLOAT_BYTES,
        a.columnStride * FLOAT_BYTES,
        b.pointer,
        b.k,
        b.n,
        count,
        high,
        low,
        accumulate ? 1 : 0,
        depth,
        left,
      );
    });
  }

  /** Bytes that the rows of a left factor take when packed over one block of depth. */
  leftPanelBytes(m: number, depth: number): number {
    return m * depth * FLOAT_BYTES;
  }

  /** Packs a (m×depth) into `leftPanelBytes(m, depth)` bytes at `pointer`, for `multiplyPanels`. */
  packLeftPanels(a: MatrixView, m: number, depth: number, pointer: number): void {
    const { count, high, low } = this.#rowPanels(m);
    const [rowStride, columnStride] = [a.rowStride * FLOAT_BYTES, a.columnStride * FLOAT_BYTES];
    this.#module.packLeft!(pointer, a.pointer, rowStride, columnStride, depth, count, high, low);
  }

  /**
   * c (m×n) = left (m×depth) · right (depth×n), or added to c, from panels: the left ones by `packLeftPanels`, the right
   * ones one block of depth of `packRight`, or what else lays out eight columns so.
   */
  multiplyPanels(
    c: RowsView,
    left: number,
    right: number,
    sizes: { readonly m: number; readonly n: number; readonly depth: number },
    accumulate: boolean,
  ): void {
    const { count, high, low } = this.#rowPanels(sizes.m);
    this.#module.multiplyPanels!(
      left,
      right,
      c.pointer,
      c.rowStride * FLOAT_BYTES,
      sizes.depth,
      sizes.n,
      count,
      high,
      low,
      accumulate ? 1 : 0,
    );
  }

  /** One call of the micro-kernel over packed panels of its full height, for measuring its rate. Returns its FLOPs. */
  multiplyTile(left: number, right: number, c: number, depth: number): number {
    this.#module.multiplyTile!(left, right, c, TILE_ROW_BYTES, depth, 0);
    return 2 * this.#tileRows * TILE_COLUMNS * depth;
  }

  #rowPanels(m: number): RowPanels {
    const count = Math.ceil(m / this.#tileRows);
    const low = Math.floor(m / count);
    return { count, high: m - low * count, low };
  }
}
