import type { Callee, FunctionBuilder, Local, ModuleBuilder } from './assembler.ts';
import type { Code } from './instruction.ts';
import { doWhile, f32x4, i32, ifElse, v128 } from './instruction.ts';
import type { Machine, NativeModule } from './machine.ts';

/** Columns of the tile that stays in registers: two vectors. */
const TILE_COLUMNS = 8;
/** Depth of the blocks in which products are summed: a panel of each factor then fits the first-level cache. */
const BLOCK_DEPTH = 256;
/** Panels of the left factor that are packed at a time, about 72 rows: they stay in the second-level cache. */
const BLOCK_PANELS = 12;
const FLOAT_BYTES = 4;
const VECTOR_BYTES = 16;
const TILE_ROW_BYTES = TILE_COLUMNS * FLOAT_BYTES;

/** A matrix in memory; strides in elements. */
export interface MatrixView {
  readonly pointer: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** A right factor in the order in which the micro-kernel reads it. Valid as long as the memory at `pointer` is. */
export interface PackedMatrix {
  readonly pointer: number;
  readonly k: number;
  readonly n: number;
}

/** Bytes that a right factor of k×n takes when packed. */
export function packedBytes(k: number, n: number): number {
  return k * Math.ceil(n / TILE_COLUMNS) * TILE_COLUMNS * FLOAT_BYTES;
}

/**
 * Single-precision matrix products. Both factors are packed into panels, so their strides do not matter; rows are cut into
 * panels of nearly equal height, so that none is mostly padding.
 */
export class Gemm {
  readonly #machine: Machine;
  readonly #module: NativeModule;
  /** With a fused multiply-add six rows fit the sixteen registers; without, products need some of them. */
  readonly #tileRows: number;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#tileRows = machine.isRelaxed ? 6 : 5;
    this.#module = machine.module('gemm', (module) => writeGemm(module, machine, this.#tileRows));
  }

  /** Packs b (k×n) into `packedBytes(k, n)` bytes at `pointer`. */
  packRight(b: MatrixView, k: number, n: number, pointer: number): PackedMatrix {
    const width = Math.ceil(n / TILE_COLUMNS) * TILE_COLUMNS;
    for (const [start, depth] of depthBlocks(k)) {
      this.#module.packRight!(
        pointer + start * width * FLOAT_BYTES,
        b.pointer + start * b.rowStride * FLOAT_BYTES,
        b.rowStride * FLOAT_BYTES,
        b.columnStride * FLOAT_BYTES,
        depth,
        n,
      );
    }
    return { pointer, k, n };
  }

  /** c (m×n, rows `rowStride` elements apart) = a (m×k) · b, or c + a·b when it accumulates. m, n and k are at least 1. */
  multiply(
    c: { readonly pointer: number; readonly rowStride: number },
    a: MatrixView,
    b: PackedMatrix,
    m: number,
    accumulate: boolean,
  ): void {
    const { k, n } = b;
    const width = Math.ceil(n / TILE_COLUMNS) * TILE_COLUMNS;
    const panels = Math.ceil(m / this.#tileRows);
    const low = Math.floor(m / panels);
    /** The first panels are one row higher. */
    const highPanels = m - low * panels;
    const rowsBefore = (panel: number): number => panel * low + Math.min(panel, highPanels);
    const leftBytes = BLOCK_PANELS * this.#tileRows * Math.min(k, BLOCK_DEPTH) * FLOAT_BYTES;
    this.#machine.withScratch(leftBytes + this.#tileRows * TILE_ROW_BYTES, (left) => {
      for (const [start, depth] of depthBlocks(k)) {
        for (let panel = 0; panel < panels; panel += BLOCK_PANELS) {
          const count = Math.min(BLOCK_PANELS, panels - panel);
          const high = Math.min(count, Math.max(0, highPanels - panel));
          const row = rowsBefore(panel);
          this.#module.packLeft!(
            left,
            a.pointer + (row * a.rowStride + start * a.columnStride) * FLOAT_BYTES,
            a.rowStride * FLOAT_BYTES,
            a.columnStride * FLOAT_BYTES,
            depth,
            count,
            high,
            low,
          );
          this.#module.multiplyBlock!(
            left,
            b.pointer + start * width * FLOAT_BYTES,
            c.pointer + row * c.rowStride * FLOAT_BYTES,
            c.rowStride * FLOAT_BYTES,
            depth,
            n,
            count,
            high,
            low,
            accumulate || start > 0 ? 1 : 0,
            left + leftBytes,
          );
        }
      }
    });
  }

  /** One call of the micro-kernel over packed panels of its full height, for measuring its rate. Returns its FLOPs. */
  multiplyTile(left: number, right: number, c: number, depth: number): number {
    this.#module.multiplyTile!(left, right, c, TILE_ROW_BYTES, depth, 0);
    return 2 * this.#tileRows * TILE_COLUMNS * depth;
  }
}

/** Start and length of blocks of nearly equal depth. */
function depthBlocks(k: number): (readonly [number, number])[] {
  const count = Math.ceil(k / BLOCK_DEPTH);
  const edge = (block: number): number => Math.floor((block * k) / count);
  return Array.from({ length: count }, (_, block) => [edge(block), edge(block + 1) - edge(block)] as const);
}

function writeGemm(module: ModuleBuilder, machine: Machine, tileRows: number): void {
  module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], packLeft, 'packLeft');
  module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], packRight, 'packRight');
  const tiles = Array.from({ length: tileRows }, (_, i) =>
    module.define(
      ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
      [],
      (f) => multiplyTile(f, machine, i + 1),
      i + 1 === tileRows ? 'multiplyTile' : undefined,
    ),
  );
  module.define(
    Array.from({ length: 11 }, () => 'i32'),
    [],
    (f) => multiplyBlock(f, tiles),
    'multiplyBlock',
  );
}

/** Panel after panel of rows: for each step of depth, one number of every row. */
function packLeft(f: FunctionBuilder): Code {
  const [to, from, rowStride, columnStride, depth, panels, high, low] = f.parameters as Local[];
  const [height, row, source, target, left] = Array.from({ length: 5 }, () => f.local('i32')) as Local[];
  const heightBytes = i32.shl(height!.get, i32.const(2));
  const line = [
    source!.set(from!.get),
    target!.set(i32.add(to!.get, i32.shl(row!.get, i32.const(2)))),
    left!.set(depth!.get),
    doWhile(
      [
        i32.store(target!.get, i32.load(source!.get)),
        source!.increase(columnStride!.get),
        target!.increase(heightBytes),
        left!.decrease(i32.const(1)),
      ],
      left!.get,
    ),
    from!.increase(rowStride!.get),
    row!.increase(i32.const(1)),
  ];
  return doWhile(
    [
      height!.set(i32.add(low!.get, i32.ne(high!.get, i32.const(0)))),
      ifElse(high!.get, high!.decrease(i32.const(1))),
      row!.set(i32.const(0)),
      doWhile(line, i32.ltU(row!.get, height!.get)),
      to!.increase(i32.mul(heightBytes, depth!.get)),
      panels!.decrease(i32.const(1)),
    ],
    panels!.get,
  );
}

/** Panel after panel of eight columns, the last one filled up with zeros: for each step of depth, eight numbers. */
function packRight(f: FunctionBuilder): Code {
  const [to, from, rowStride, columnStride, depth, columns] = f.parameters as Local[];
  const [column, source, target, left] = Array.from({ length: 4 }, () => f.local('i32')) as Local[];
  const next = [
    source!.increase(rowStride!.get),
    target!.increase(i32.const(TILE_ROW_BYTES)),
    left!.decrease(i32.const(1)),
  ];
  const begin = [source!.set(from!.get), left!.set(depth!.get)];
  const rows = [
    begin,
    target!.set(to!.get),
    doWhile(
      [
        v128.store(target!.get, v128.load(source!.get)),
        v128.store(target!.get, v128.load(source!.get, VECTOR_BYTES), VECTOR_BYTES),
        next,
      ],
      left!.get,
    ),
    from!.increase(i32.const(TILE_ROW_BYTES)),
  ];
  const targetOfColumn = target!.set(i32.add(to!.get, i32.shl(column!.get, i32.const(2))));
  const oneColumn = ifElse(
    i32.ltU(column!.get, columns!.get),
    [
      begin,
      targetOfColumn,
      doWhile([i32.store(target!.get, i32.load(source!.get)), next], left!.get),
      from!.increase(columnStride!.get),
    ],
    [begin, targetOfColumn, doWhile([i32.store(target!.get, i32.const(0)), next], left!.get)],
  );
  const byColumn = [
    column!.set(i32.const(0)),
    doWhile([oneColumn, column!.increase(i32.const(1))], i32.ltU(column!.get, i32.const(TILE_COLUMNS))),
  ];
  const isWhole = i32.geU(columns!.get, i32.const(TILE_COLUMNS));
  const areRowsContiguous = i32.eq(columnStride!.get, i32.const(FLOAT_BYTES));
  return doWhile(
    [
      ifElse(i32.and(isWhole, areRowsContiguous), rows, byColumn),
      to!.increase(i32.mul(depth!.get, i32.const(TILE_ROW_BYTES))),
      columns!.decrease(i32.const(TILE_COLUMNS)),
    ],
    i32.gtS(columns!.get, i32.const(0)),
  );
}

/** The micro-kernel: the product of one panel of `rows` rows and one of eight columns stays in registers until the end. */
function multiplyTile(f: FunctionBuilder, machine: Machine, rows: number): Code {
  const [left, right, c, rowStride, depth, accumulate] = f.parameters as Local[];
  const sums = Array.from({ length: rows }, () => [f.local('v128'), f.local('v128')] as const);
  const columns = [f.local('v128'), f.local('v128')] as const;
  const number = f.local('v128');

  const step = [
    columns.map((vector, half) => vector.set(v128.load(right!.get, half * VECTOR_BYTES))),
    sums.map((pair, row) => [
      number.set(v128.load32Splat(left!.get, row * FLOAT_BYTES)),
      pair.map((sum, half) => sum.set(machine.multiplyAdd(number.get, columns[half]!.get, sum.get))),
    ]),
    left!.increase(i32.const(rows * FLOAT_BYTES)),
    right!.increase(i32.const(TILE_ROW_BYTES)),
    depth!.decrease(i32.const(1)),
  ];
  const add = sums.map((pair) => [
    pair.map((sum, half) => sum.set(f32x4.add(sum.get, v128.load(c!.get, half * VECTOR_BYTES)))),
    pair.map((sum, half) => v128.store(c!.get, sum.get, half * VECTOR_BYTES)),
    c!.increase(rowStride!.get),
  ]);
  const set = sums.map((pair) => [
    pair.map((sum, half) => v128.store(c!.get, sum.get, half * VECTOR_BYTES)),
    c!.increase(rowStride!.get),
  ]);
  return [ifElse(depth!.get, doWhile(step, depth!.get)), ifElse(accumulate!.get, add, set)];
}

/** All tiles of a block of packed rows; tiles that stick out over the last column are made beside and copied. */
function multiplyBlock(f: FunctionBuilder, tiles: readonly Callee[]): Code {
  const [left, right, c, rowStride, depth, columns, panels, high, low, accumulate, spare] =
    f.parameters as Local[];
  const [panel, isHigh, height, a, target, row, column, from, to] = Array.from({ length: 9 }, () =>
    f.local('i32'),
  ) as Local[];
  const call = (where: Code, stride: Code, adds: Code): Code =>
    tiles.map((tile, i) =>
      ifElse(
        i32.eq(height!.get, i32.const(i + 1)),
        tile(a!.get, right!.get, where, stride, depth!.get, adds),
      ),
    );
  const sum = f32x4.add(v128.load32Zero(from!.get), v128.load32Zero(to!.get));
  const copyNumber = [
    ifElse(accumulate!.get, v128.store32Lane(to!.get, sum, 0), i32.store(to!.get, i32.load(from!.get))),
    from!.increase(i32.const(FLOAT_BYTES)),
    to!.increase(i32.const(FLOAT_BYTES)),
    column!.decrease(i32.const(1)),
  ];
  const copyRow = [
    from!.set(i32.add(spare!.get, i32.mul(row!.get, i32.const(TILE_ROW_BYTES)))),
    to!.set(i32.add(target!.get, i32.mul(row!.get, rowStride!.get))),
    column!.set(columns!.get),
    doWhile(copyNumber, column!.get),
    row!.increase(i32.const(1)),
  ];
  const edge = [
    call(spare!.get, i32.const(TILE_ROW_BYTES), i32.const(0)),
    row!.set(i32.const(0)),
    doWhile(copyRow, i32.ltU(row!.get, height!.get)),
  ];
  const onePanel = [
    isHigh!.set(i32.ltU(panel!.get, high!.get)),
    height!.set(i32.add(low!.get, isHigh!.get)),
    ifElse(
      i32.geU(columns!.get, i32.const(TILE_COLUMNS)),
      call(target!.get, rowStride!.get, accumulate!.get),
      edge,
    ),
    a!.increase(i32.mul(i32.mul(height!.get, depth!.get), i32.const(FLOAT_BYTES))),
    target!.increase(i32.mul(height!.get, rowStride!.get)),
    panel!.increase(i32.const(1)),
  ];
  return doWhile(
    [
      panel!.set(i32.const(0)),
      a!.set(left!.get),
      target!.set(c!.get),
      doWhile(onePanel, i32.ltU(panel!.get, panels!.get)),
      right!.increase(i32.mul(depth!.get, i32.const(TILE_ROW_BYTES))),
      c!.increase(i32.const(TILE_ROW_BYTES)),
      columns!.decrease(i32.const(TILE_COLUMNS)),
    ],
    i32.gtS(columns!.get, i32.const(0)),
  );
}
