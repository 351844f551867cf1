import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import { FLOAT_BYTES, TILE_ROW_BYTES, tileRows, VECTOR_BYTES } from '../gemm/tile.ts';
import type { Code } from '../instruction.ts';
import { doWhile, i32, ifElse, v128 } from '../instruction.ts';
import type { Machine, NativeModule } from '../machine.ts';
import { defineTiles } from './tile.ts';

export function convolutionModule(machine: Machine): NativeModule {
  return machine.module('convolution', (module) => writeConvolution(module, machine));
}

/** How rows are cut into panels of nearly equal height: how many, how many of them one row higher, rows of the others. */
export function panelsOf(machine: Machine, rows: number): readonly [number, number, number] {
  const count = Math.ceil(rows / tileRows(machine));
  const low = Math.floor(rows / count);
  return [count, rows - low * count, low];
}

/** The functions of the module: tiles over all rows, and the copies that prepare and finish them. Distances are in bytes. */
function writeConvolution(module: ModuleBuilder, machine: Machine): void {
  const tiles = defineTiles(module, machine);
  const define = (name: string, count: number, write: (f: FunctionBuilder) => Code): void => {
    module.define(
      Array.from({ length: count }, () => 'i32' as const),
      [],
      write,
      name,
    );
  };
  define('toPlanes', 13, (f) => overPlanes(f, tiles.planes));
  define('toRows', 9, (f) => overRows(f, tiles.rows));
  define('packPanel', 6, packPanel);
  define('copyPlanes', 9, copyPlanes);
  define('moveNumbers', 8, moveNumbers);
}

/** Calls the tile of the right height for each panel of rows; the first `high` panels have one row more than the others. */
function overPanels(
  f: FunctionBuilder,
  tiles: readonly Callee[],
  { count, high, low }: { readonly count: Local; readonly high: Local; readonly low: Local },
  call: (tile: Callee) => Code,
  next: (height: Local) => Code,
): Code {
  const height = f.local('i32');
  return doWhile(
    [
      height.set(i32.add(low.get, i32.ne(high.get, i32.const(0)))),
      ifElse(high.get, high.decrease(i32.const(1))),
      tiles.map((tile, i) => ifElse(i32.eq(height.get, i32.const(i + 1)), call(tile))),
      next(height),
      count.decrease(i32.const(1)),
    ],
    count.get,
  );
}

/** Parameters: those of a tile that writes to planes, then panels, high panels, rows of the low ones. */
function overPlanes(f: FunctionBuilder, tiles: readonly Callee[]): Code {
  const [rows, base, steps, right, depth, start, plane, planeBytes, columns, accumulate, count, high, low] =
    f.parameters as Local[];
  const tileArguments = [rows, base, steps, right, depth, start, plane, planeBytes, columns, accumulate];
  return overPanels(
    f,
    tiles,
    { count: count!, high: high!, low: low! },
    (tile) => tile(...tileArguments.map((local) => local!.get)),
    (height) => {
      const bytes = i32.shl(height.get, i32.const(2));
      return [rows!.increase(bytes), plane!.increase(bytes)];
    },
  );
}

/** Parameters: those of a tile that adds to rows, then panels, high panels, rows of the low ones. */
function overRows(f: FunctionBuilder, tiles: readonly Callee[]): Code {
  const [rows, base, steps, right, depth, target, count, high, low] = f.parameters as Local[];
  return overPanels(
    f,
    tiles,
    { count: count!, high: high!, low: low! },
    (tile) => tile(rows!.get, base!.get, steps!.get, right!.get, depth!.get, target!.get),
    (height) => [
      rows!.increase(i32.shl(height.get, i32.const(2))),
      target!.increase(i32.mul(height.get, i32.const(TILE_ROW_BYTES))),
    ],
  );
}

/** A right panel from up to eight lines, each read at the same distances, one for each step. Missing lines are 0. */
function packPanel(f: FunctionBuilder): Code {
  const [to, from, lineBytes, lines, steps, depth] = f.parameters as Local[];
  const [line, target, step, left] = Array.from({ length: 4 }, () => f.local('i32')) as Local[];
  const pack = (value: Code): Code =>
    doWhile(
      [
        i32.store(target!.get, value),
        target!.increase(i32.const(TILE_ROW_BYTES)),
        step!.increase(i32.const(FLOAT_BYTES)),
        left!.decrease(i32.const(1)),
      ],
      left!.get,
    );
  const oneLine = [
    target!.set(i32.add(to!.get, i32.shl(line!.get, i32.const(2)))),
    step!.set(steps!.get),
    left!.set(depth!.get),
    ifElse(
      i32.ltU(line!.get, lines!.get),
      pack(i32.load(i32.add(from!.get, i32.load(step!.get)))),
      pack(i32.const(0)),
    ),
    from!.increase(lineBytes!.get),
    line!.increase(i32.const(1)),
  ];
  return [line!.set(i32.const(0)), doWhile(oneLine, i32.ltU(line!.get, i32.const(8)))];
}

/** Copies a rectangle of each plane. Parameters: to, from, planes, bytes of both planes, rows, bytes of both rows, columns. */
function copyPlanes(f: FunctionBuilder): Code {
  const [to, from, planes, toPlane, fromPlane, rows, toRow, fromRow, columns] = f.parameters as Local[];
  const [target, source, lineTarget, lineSource, row, left] = Array.from({ length: 6 }, () =>
    f.local('i32'),
  ) as Local[];
  const move = (count: 1 | 4): Code => [
    count === 4
      ? v128.store(target!.get, v128.load(source!.get))
      : i32.store(target!.get, i32.load(source!.get)),
    target!.increase(i32.const(count * FLOAT_BYTES)),
    source!.increase(i32.const(count * FLOAT_BYTES)),
    left!.decrease(i32.const(count)),
  ];
  const enough = i32.geU(left!.get, i32.const(VECTOR_BYTES / FLOAT_BYTES));
  const oneRow = [
    target!.set(lineTarget!.get),
    source!.set(lineSource!.get),
    left!.set(columns!.get),
    ifElse(enough, doWhile(move(4), enough)),
    ifElse(left!.get, doWhile(move(1), left!.get)),
    lineTarget!.increase(toRow!.get),
    lineSource!.increase(fromRow!.get),
    row!.decrease(i32.const(1)),
  ];
  const onePlane = [
    lineTarget!.set(to!.get),
    lineSource!.set(from!.get),
    row!.set(rows!.get),
    doWhile(oneRow, row!.get),
    to!.increase(toPlane!.get),
    from!.increase(fromPlane!.get),
    planes!.decrease(i32.const(1)),
  ];
  return doWhile(onePlane, planes!.get);
}

/** Copies numbers one by one. Parameters: to, from, rows, columns, from row to row and from column to column of both. */
function moveNumbers(f: FunctionBuilder): Code {
  const [to, from, rows, columns, toRow, toColumn, fromRow, fromColumn] = f.parameters as Local[];
  const [target, source, left] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const number = [
    i32.store(target.get, i32.load(source.get)),
    target.increase(toColumn!.get),
    source.increase(fromColumn!.get),
    left.decrease(i32.const(1)),
  ];
  return doWhile(
    [
      target.set(to!.get),
      source.set(from!.get),
      left.set(columns!.get),
      doWhile(number, left.get),
      to!.increase(toRow!.get),
      from!.increase(fromRow!.get),
      rows!.decrease(i32.const(1)),
    ],
    rows!.get,
  );
}
