import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import { FLOAT_BYTES, floats, TILE_ROW_BYTES, tileRows, VECTOR_BYTES } from '../gemm/tile.ts';
import type { Code } from '../instruction.ts';
import { doWhile, i32, ifElse, v128 } from '../instruction.ts';
import type { Machine } from '../machine.ts';

/**
 * The rows of a tile as runs of neighbours: a run reads numbers that lie side by side, so it needs a single address. Few
 * runs are faster, by up to a fifth.
 */
type Runs = readonly number[];

/** Every way to cut a tile into one or two runs, and for each height the one in which every row is a run. */
function tileRuns(machine: Machine): Runs[] {
  const heights = Array.from({ length: tileRows(machine) }, (_, i) => i + 1);
  return heights.flatMap((height) => [
    [height],
    ...heights.slice(0, height - 1).map((first) => [first, height - first]),
    ...(height > 2 ? [Array.from({ length: height }, () => 1)] : []),
  ]);
}

/** Words per tile in a table of tiles: which of `tileRuns` it is, and its rows. */
const TILE_WORDS = 2;

/** Cuts rows into tiles of nearly equal height. `distances` are those of the rows. */
export function planTiles(machine: Machine, distances: Int32Array): Int32Array {
  const known = tileRuns(machine).map((runs) => runs.join());
  const count = Math.ceil(distances.length / tileRows(machine));
  const edge = (tile: number): number => Math.floor((tile * distances.length) / count);
  const words = new Int32Array(count * TILE_WORDS);
  for (let tile = 0; tile < count; tile++) {
    const rows = distances.subarray(edge(tile), edge(tile + 1));
    const runs: number[] = [];
    for (const [i, distance] of rows.entries()) {
      if (i > 0 && distance === rows[i - 1]! + FLOAT_BYTES) runs[runs.length - 1]! += 1;
      else runs.push(1);
    }
    const shape = runs.length > 2 ? Array.from(rows, () => 1) : runs;
    words.set([known.indexOf(shape.join()), rows.length], tile * TILE_WORDS);
  }
  return words;
}

/** How many tiles a table has. */
export function tileCount(table: Int32Array): number {
  return table.length / TILE_WORDS;
}

/**
 * Defines the products of convolution. As in a matrix product, up to `tileRows` rows of eight sums stay in registers over
 * the whole depth, and a right panel holds eight numbers for each step. But the left numbers are read where they lie: that
 * of a row at a step is as far from `base` as the row's distance and the step's together. So an image is never copied into
 * the rows of a matrix. Either a row is a place of the output and a step a tap of the window, or the other way round.
 *
 * Arguments of the result: table of tiles, their number, distances of the rows, base, distances of the steps, right panel,
 * depth, the rows of sums in memory (eight numbers each), whether to add to what they hold.
 */
export function defineSumRows(module: ModuleBuilder, machine: Machine): Callee {
  const tiles = tileRuns(machine).map((runs) =>
    module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (f) => writeTile(f, machine, runs)),
  );
  return module.define(
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    [],
    (f) => writeSumRows(f, tiles),
    'sumRows',
  );
}

function writeSumRows(f: FunctionBuilder, tiles: readonly Callee[]): Code {
  const [table, count, rows, base, steps, right, depth, target, accumulate] = f.parameters as Local[];
  const [kind, height] = [f.local('i32'), f.local('i32')];
  const tileArguments = [rows, base, steps, right, depth, target, accumulate].map((local) => local!.get);
  const pick = (from: number, to: number): Code => {
    if (to - from === 1) return tiles[from]!(...tileArguments);
    const middle = (from + to) >> 1;
    return ifElse(i32.ltU(kind.get, i32.const(middle)), pick(from, middle), pick(middle, to));
  };
  return doWhile(
    [
      kind.set(i32.load(table!.get)),
      height.set(i32.load(table!.get, FLOAT_BYTES)),
      pick(0, tiles.length),
      table!.increase(i32.const(TILE_WORDS * FLOAT_BYTES)),
      rows!.increase(floats(height.get)),
      target!.increase(i32.mul(height.get, i32.const(TILE_ROW_BYTES))),
      count!.decrease(i32.const(1)),
    ],
    count!.get,
  );
}

/** One step a turn, and sums that go to memory as they are: with more, V8 runs out of registers in the loop. */
function writeTile(f: FunctionBuilder, machine: Machine, runs: Runs): Code {
  const [rowDistances, base, stepDistances, right, depth, target, accumulate] = f.parameters as Local[];
  const firstRows = runs.map((_, run) => runs.slice(0, run).reduce((sum, length) => sum + length, 0));
  const addresses = runs.map(() => f.local('i32'));
  const sums = runs.map((length) =>
    Array.from({ length }, () => [f.local('v128'), f.local('v128')] as const),
  );
  const columns = [f.local('v128'), f.local('v128')] as const;
  const [number, distance, address] = [f.local('v128'), f.local('i32'), f.local('i32')];
  const places = sums
    .flat()
    .flatMap((pair, row) =>
      pair.map((sum, half) => ({ sum, offset: row * TILE_ROW_BYTES + half * VECTOR_BYTES })),
    );
  const step = [
    distance.set(i32.load(stepDistances!.get)),
    columns.map((vector, half) => vector.set(v128.load(right!.get, half * VECTOR_BYTES))),
    sums.map((rows, run) => [
      address.set(i32.add(addresses[run]!.get, distance.get)),
      rows.map((pair, row) => [
        number.set(v128.load32Splat(address.get, row * FLOAT_BYTES)),
        pair.map((sum, half) => sum.set(machine.multiplyAdd(number.get, columns[half]!.get, sum.get))),
      ]),
    ]),
    stepDistances!.increase(i32.const(FLOAT_BYTES)),
    right!.increase(i32.const(TILE_ROW_BYTES)),
    depth!.decrease(i32.const(1)),
  ];
  return [
    ifElse(
      accumulate!.get,
      places.map(({ sum, offset }) => sum.set(v128.load(target!.get, offset))),
    ),
    addresses.map((start, run) =>
      start.set(i32.add(base!.get, i32.load(rowDistances!.get, firstRows[run]! * FLOAT_BYTES))),
    ),
    ifElse(depth!.get, doWhile(step, depth!.get)),
    places.map(({ sum, offset }) => v128.store(target!.get, sum.get, offset)),
  ];
}
