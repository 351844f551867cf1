import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import { transpose } from '../gemm/packing.ts';
import { FLOAT_BYTES, TILE_ROW_BYTES, tileRows, VECTOR_BYTES } from '../gemm/tile.ts';
import type { Code } from '../instruction.ts';
import { doWhile, f32, f32x4, i32, ifElse, v128 } from '../instruction.ts';
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
  const define = (count: number, write: (f: FunctionBuilder) => Code, name?: string): Callee =>
    module.define(
      Array.from({ length: count }, () => 'i32'),
      [],
      write,
      name,
    );
  define(10, (f) => sumRows(f, tiles), 'sumRows');
  const turnOne = define(4, turnColumn);
  const turnFour = define(5, (f) => turnFourColumns(f, turnOne));
  define(6, (f) => turnRows(f, turnOne, turnFour), 'turnRows');
  define(6, packPanel, 'packPanel');
  define(9, copyPlanes, 'copyPlanes');
  define(8, moveNumbers, 'moveNumbers');
}

/**
 * The tiles of all rows; the first `high` panels have one row more than the others. Parameters: those of a tile, then
 * panels, high panels, rows of the low ones.
 */
function sumRows(f: FunctionBuilder, tiles: readonly Callee[]): Code {
  const [rows, base, steps, right, depth, target, accumulate, panels, high, low] = f.parameters as Local[];
  const height = f.local('i32');
  const tileArguments = [rows, base, steps, right, depth, target, accumulate].map((local) => local!.get);
  return doWhile(
    [
      height.set(i32.add(low!.get, i32.ne(high!.get, i32.const(0)))),
      ifElse(high!.get, high!.decrease(i32.const(1))),
      tiles.map((tile, i) => ifElse(i32.eq(height.get, i32.const(i + 1)), tile(...tileArguments))),
      rows!.increase(i32.shl(height.get, i32.const(2))),
      target!.increase(i32.mul(height.get, i32.const(TILE_ROW_BYTES))),
      panels!.decrease(i32.const(1)),
    ],
    panels!.get,
  );
}

/** One column of rows of eight, each number plus `start`. Parameters: to, from, rows, the address of `start`. */
function turnColumn(f: FunctionBuilder): Code {
  const [to, from, rows, start] = f.parameters as Local[];
  const number = [
    f32.store(to!.get, f32.add(f32.load(from!.get), f32.load(start!.get))),
    to!.increase(i32.const(FLOAT_BYTES)),
    from!.increase(i32.const(TILE_ROW_BYTES)),
    rows!.decrease(i32.const(1)),
  ];
  return ifElse(rows!.get, doWhile(number, rows!.get));
}

/** Four columns, four rows at a time. Parameters: to, from column to column there, from, rows, address of four starts. */
function turnFourColumns(f: FunctionBuilder, turnOne: Callee): Code {
  const [to, toColumn, from, rows, start] = f.parameters as Local[];
  const lines = Array.from({ length: 4 }, () => f.local('v128'));
  const starts = lines.map((_, i) => f.once('v128', v128.load32Splat(start!.get, i * FLOAT_BYTES)));
  const target = f.local('i32');
  const { code, columns } = transpose(f, lines);
  const enough = i32.geU(rows!.get, i32.const(4));
  const four = [
    lines.map((line, i) => line.set(v128.load(from!.get, i * TILE_ROW_BYTES))),
    code,
    target.set(to!.get),
    columns.map((column, i) => [
      v128.store(target.get, f32x4.add(column, starts[i]!.get)),
      target.increase(toColumn!.get),
    ]),
    to!.increase(i32.const(VECTOR_BYTES)),
    from!.increase(i32.const(4 * TILE_ROW_BYTES)),
    rows!.decrease(i32.const(4)),
  ];
  const rest = lines.map((_, i) => [
    turnOne(
      to!.get,
      i32.add(from!.get, i32.const(i * FLOAT_BYTES)),
      rows!.get,
      i32.add(start!.get, i32.const(i * FLOAT_BYTES)),
    ),
    to!.increase(toColumn!.get),
  ]);
  return [ifElse(enough, doWhile(four, enough)), rest];
}

/**
 * Rows of eight become columns, each number plus the start of its column. Parameters: to, from column to column there,
 * from, rows, columns, address of the starts.
 */
function turnRows(f: FunctionBuilder, turnOne: Callee, turnFour: Callee): Code {
  const [to, toColumn, from, rows, columns, start] = f.parameters as Local[];
  const next = (count: 1 | 4): Code => [
    to!.increase(i32.mul(toColumn!.get, i32.const(count))),
    from!.increase(i32.const(count * FLOAT_BYTES)),
    start!.increase(i32.const(count * FLOAT_BYTES)),
    columns!.decrease(i32.const(count)),
  ];
  const four = [turnFour(to!.get, toColumn!.get, from!.get, rows!.get, start!.get), next(4)];
  const one = [turnOne(to!.get, from!.get, rows!.get, start!.get), next(1)];
  const enough = i32.geU(columns!.get, i32.const(4));
  return [ifElse(enough, doWhile(four, enough)), ifElse(columns!.get, doWhile(one, columns!.get))];
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
