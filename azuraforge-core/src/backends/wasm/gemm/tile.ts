import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import type { Code } from '../instruction.ts';
import { choose, doWhile, f32x4, i32, ifElse, v128 } from '../instruction.ts';
import type { Machine } from '../machine.ts';

export const FLOAT_BYTES = 4;
export const VECTOR_BYTES = 16;
const LANES = 4;
/** Columns of the tile that stays in registers: two vectors. */
export const TILE_COLUMNS = 8;
export const TILE_ROW_BYTES = TILE_COLUMNS * FLOAT_BYTES;

/** Bytes of so many floats. */
export function floats(count: Code): Code {
  return i32.shl(count, i32.const(2));
}

/** The smaller of two unsigned numbers, each of which is computed twice. */
export function smaller(a: Code, b: Code): Code {
  return choose(i32.ltU(a, b), a, b);
}

/** Rows of the highest tile: with a fused multiply-add six fit the sixteen registers; without, products need some of them. */
export function tileRows(machine: Machine): number {
  return machine.isRelaxed ? 6 : 5;
}

/** The micro-kernels: for each height, the full width and what is left of it at the right edge. */
export interface Tiles {
  /** By height − 1. Arguments: left panel, right panel, c, its row stride in bytes, depth, whether to add to c. */
  readonly full: readonly Callee[];
  /** Those of one and of two vectors, by height − 1. One argument more: the columns to write, fewer than the full width. */
  readonly edge: readonly (readonly Callee[])[];
}

export function defineTiles(module: ModuleBuilder, machine: Machine): Tiles {
  const storeEdge = module.define(['i32', 'i32', 'i32', 'v128'], [], storeNumbers);
  const heights = Array.from({ length: tileRows(machine) }, (_, i) => i + 1);
  return {
    full: heights.map((rows) =>
      module.define(
        ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
        [],
        (f) => multiplyTile(f, machine, rows, 2, writeFull),
        rows === heights.length ? 'multiplyTile' : undefined,
      ),
    ),
    edge: [1, 2].map((vectors) =>
      heights.map((rows) =>
        module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (f) =>
          multiplyTile(f, machine, rows, vectors, writeEdge(storeEdge)),
        ),
      ),
    ),
  };
}

/** Writes the sums of a tile, row by row, to c. */
type WriteTile = (sums: readonly (readonly Local[])[], parameters: readonly Local[]) => Code;

const writeFull: WriteTile = (sums, [, , c, rowStride, , accumulate]) => {
  const store = (row: readonly Local[]): Code => [
    row.map((sum, half) => v128.store(c!.get, sum.get, half * VECTOR_BYTES)),
    c!.increase(rowStride!.get),
  ];
  const add = (row: readonly Local[]): Code =>
    row.map((sum, half) => sum.set(f32x4.add(sum.get, v128.load(c!.get, half * VECTOR_BYTES))));
  return ifElse(
    accumulate!.get,
    sums.map((row) => [add(row), store(row)]),
    sums.map(store),
  );
};

function writeEdge(storeEdge: Callee): WriteTile {
  return (sums, [, , c, rowStride, , accumulate, columns]) =>
    sums.map((row) => [
      row.map((sum, half) =>
        storeEdge(
          i32.add(c!.get, i32.const(half * VECTOR_BYTES)),
          i32.sub(columns!.get, i32.const(half * LANES)),
          accumulate!.get,
          sum.get,
        ),
      ),
      c!.increase(rowStride!.get),
    ]);
}

/** Writes up to four numbers. */
function storeNumbers(f: FunctionBuilder): Code {
  const [c, columns, accumulate, sum] = f.parameters as Local[];
  const total = f.local('v128');
  return Array.from({ length: LANES }, (_, lane) =>
    ifElse(i32.gtS(columns!.get, i32.const(lane)), [
      total.set(sum!.get),
      ifElse(accumulate!.get, total.set(f32x4.add(sum!.get, v128.load32Splat(c!.get)))),
      v128.store32Lane(c!.get, total.get, lane),
      c!.increase(i32.const(FLOAT_BYTES)),
    ]),
  );
}

/**
 * A tile of c stays in registers over the whole depth. One step of depth a turn, and a test before the loop: with more, or
 * without it, V8 moves all loads of a turn to its start, which takes the registers of the sums, at half the speed.
 */
function multiplyTile(
  f: FunctionBuilder,
  machine: Machine,
  rows: number,
  vectors: number,
  writeTile: WriteTile,
): Code {
  const [left, right, , , depth] = f.parameters as Local[];
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local('v128')));
  const columns = Array.from({ length: vectors }, () => f.local('v128'));
  const number = f.local('v128');
  const step = [
    columns.map((vector, half) => vector.set(v128.load(right!.get, half * VECTOR_BYTES))),
    sums.map((row, i) => [
      number.set(v128.load32Splat(left!.get, i * FLOAT_BYTES)),
      row.map((sum, half) => sum.set(machine.multiplyAdd(number.get, columns[half]!.get, sum.get))),
    ]),
    left!.increase(i32.const(rows * FLOAT_BYTES)),
    right!.increase(i32.const(TILE_ROW_BYTES)),
    depth!.decrease(i32.const(1)),
  ];
  return [ifElse(depth!.get, doWhile(step, depth!.get)), writeTile(sums, f.parameters)];
}
