import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import { FLOAT_BYTES, TILE_ROW_BYTES, tileRows, VECTOR_BYTES } from '../gemm/tile.ts';
import type { Code, ValueType } from '../instruction.ts';
import { doWhile, f32x4, i32, ifElse, v128 } from '../instruction.ts';
import type { Machine } from '../machine.ts';
import { transpose } from '../gemm/packing.ts';

/**
 * The micro-kernels of convolution. As in a matrix product, up to `tileRows` rows by eight columns of sums stay in registers
 * over the whole depth, and a right panel holds eight numbers for each step. The left numbers are read where they lie: that
 * of a row at a step is at the row's address plus the step's distance, both from tables. So an image is never copied into
 * the rows of a matrix. A row is a place of the output and a step a tap of the window, or the other way round.
 *
 * Arguments of both kinds, by height − 1: distances of the rows, what they are counted from, distances of the steps, right
 * panel, depth; then those of the kind.
 */
export interface Tiles {
  /**
   * Sums start as eight numbers, and each column is written to a plane of its own. More arguments: these numbers, the first
   * plane, bytes of a plane, columns to write, whether to add to what is there.
   */
  readonly planes: readonly Callee[];
  /** Sums are added to rows of eight. One argument more: the first row. */
  readonly rows: readonly Callee[];
}

function integers(count: number): ValueType[] {
  return Array.from({ length: count }, () => 'i32');
}

export function defineTiles(module: ModuleBuilder, machine: Machine): Tiles {
  const heights = Array.from({ length: tileRows(machine) }, (_, i) => i + 1);
  return {
    planes: heights.map((height) =>
      module.define(integers(10), [], (f) => writePlanesTile(f, machine, height)),
    ),
    rows: heights.map((height) => module.define(integers(6), [], (f) => writeRowsTile(f, machine, height))),
  };
}

type Sums = readonly (readonly [Local, Local])[];

/** Adds the products of all steps to `sums`. One step a turn, as in the tiles of the matrix product. */
function addProducts(f: FunctionBuilder, machine: Machine, sums: Sums): Code {
  const [rowDistances, base, stepDistances, right, depth] = f.parameters as Local[];
  const rows = sums.map(() => f.local('i32'));
  const columns = [f.local('v128'), f.local('v128')] as const;
  const [number, distance] = [f.local('v128'), f.local('i32')];
  const step = [
    distance.set(i32.load(stepDistances!.get)),
    columns.map((vector, half) => vector.set(v128.load(right!.get, half * VECTOR_BYTES))),
    sums.map((row, i) => [
      number.set(v128.load32Splat(i32.add(rows[i]!.get, distance.get))),
      row.map((sum, half) => sum.set(machine.multiplyAdd(number.get, columns[half]!.get, sum.get))),
    ]),
    stepDistances!.increase(i32.const(FLOAT_BYTES)),
    right!.increase(i32.const(TILE_ROW_BYTES)),
    depth!.decrease(i32.const(1)),
  ];
  return [
    rows.map((row, i) => row.set(i32.add(base!.get, i32.load(rowDistances!.get, i * FLOAT_BYTES)))),
    ifElse(depth!.get, doWhile(step, depth!.get)),
  ];
}

function makeSums(f: FunctionBuilder, height: number): Sums {
  return Array.from({ length: height }, () => [f.local('v128'), f.local('v128')] as const);
}

function placeInRows(row: number, half: number): number {
  return row * TILE_ROW_BYTES + half * VECTOR_BYTES;
}

function writeRowsTile(f: FunctionBuilder, machine: Machine, height: number): Code {
  const target = f.parameters[5]!;
  const sums = makeSums(f, height);
  return [
    sums.map((row, i) => row.map((sum, half) => sum.set(v128.load(target.get, placeInRows(i, half))))),
    addProducts(f, machine, sums),
    sums.map((row, i) => row.map((sum, half) => v128.store(target.get, sum.get, placeInRows(i, half)))),
  ];
}

function writePlanesTile(f: FunctionBuilder, machine: Machine, height: number): Code {
  const [, , , , , start, plane, planeBytes, columns, accumulate] = f.parameters as Local[];
  const sums = makeSums(f, height);
  return [
    sums.map((row) => row.map((sum, half) => sum.set(v128.load(start!.get, half * VECTOR_BYTES)))),
    addProducts(f, machine, sums),
    turn(f, sums, plane!, planeBytes!, columns!, accumulate!),
  ];
}

/** A few neighbouring rows of one column: how to write them, as they are or added to what is there. */
type Piece = (address: Code) => { readonly set: Code; readonly add: Code };

/** Writes each column of the sums to its plane. */
function turn(
  f: FunctionBuilder,
  sums: Sums,
  plane: Local,
  planeBytes: Local,
  columns: Local,
  accumulate: Local,
): Code {
  return [0, 1].map((half) => {
    const pieces: { readonly code: Code; readonly columns: readonly Piece[]; readonly at: number }[] = [];
    let row = 0;
    const take = (count: number): Local[] => {
      row += count;
      return sums.slice(row - count, row).map((pair) => pair[half]!);
    };
    while (sums.length - row >= 4) pieces.push({ at: row, ...turnFour(f, take(4)) });
    if (sums.length - row >= 2) pieces.push({ at: row, ...turnTwo(f, take(2)) });
    if (sums.length - row === 1) pieces.push({ at: row, ...turnOne(take(1)) });
    const writeColumn = (column: number): Code => {
      const written = pieces.map((piece) =>
        piece.columns[column]!(i32.add(plane.get, i32.const(piece.at * FLOAT_BYTES))),
      );
      return [
        ifElse(
          accumulate.get,
          written.map(({ add }) => add),
          written.map(({ set }) => set),
        ),
        plane.increase(planeBytes.get),
      ];
    };
    return [
      pieces.map(({ code }) => code),
      [0, 1, 2, 3].map((column) =>
        ifElse(i32.gtS(columns.get, i32.const(half * 4 + column)), writeColumn(column)),
      ),
    ];
  });
}

function turnFour(f: FunctionBuilder, rows: readonly Local[]) {
  const { code, columns } = transpose(f, rows);
  const turned = columns.map((column) => {
    const value = f.local('v128');
    return { value, code: value.set(column) };
  });
  return {
    code: [code, turned.map((column) => column.code)],
    columns: turned.map(({ value }): Piece => (address) => ({
      set: v128.store(address, value.get),
      add: v128.store(address, f32x4.add(value.get, v128.load(address))),
    })),
  };
}

function turnTwo(f: FunctionBuilder, [upper, lower]: readonly Local[]) {
  const pairs = (
    [
      [0, 4, 1, 5],
      [2, 6, 3, 7],
    ] as const
  ).map((lanes) => {
    const value = f.local('v128');
    return { value, code: value.set(v128.shuffle32(upper!.get, lower!.get, lanes)) };
  });
  return {
    code: pairs.map((pair) => pair.code),
    columns: [0, 1, 2, 3].map((column): Piece => {
      const { value } = pairs[column >> 1]!;
      return (address) => ({
        set: v128.store64Lane(address, value.get, column & 1),
        add: v128.store64Lane(address, f32x4.add(value.get, v128.load64Splat(address)), column & 1),
      });
    }),
  };
}

function turnOne([row]: readonly Local[]) {
  return {
    code: [],
    columns: [0, 1, 2, 3].map((column): Piece => (address) => ({
      set: v128.store32Lane(address, row!.get, column),
      add: v128.store32Lane(address, f32x4.add(row!.get, v128.load32Splat(address)), column),
    })),
  };
}
