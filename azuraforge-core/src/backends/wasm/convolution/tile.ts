import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import { FLOAT_BYTES, TILE_ROW_BYTES, tileRows, VECTOR_BYTES } from '../gemm/tile.ts';
import type { Code } from '../instruction.ts';
import { doWhile, i32, ifElse, v128 } from '../instruction.ts';
import type { Machine } from '../machine.ts';

/**
 * The micro-kernels of convolution, by height − 1. As in a matrix product, rows of eight sums stay in registers over the
 * whole depth, and a right panel holds eight numbers for each step. But the left numbers are read where they lie: that of a
 * row at a step is as far from `base` as the row's distance and the step's together. So an image is never copied into the
 * rows of a matrix. Either a row is a place of the output and a step a tap of the window, or the other way round.
 *
 * Arguments: distances of the rows, base, distances of the steps, right panel, depth, the rows of sums in memory (eight
 * numbers each), whether to add to what they hold.
 */
export function defineTiles(module: ModuleBuilder, machine: Machine): Callee[] {
  return Array.from({ length: tileRows(machine) }, (_, i) =>
    module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (f) => writeTile(f, machine, i + 1)),
  );
}

/** One step a turn, and sums that only go to memory: with more, V8 runs out of registers in the loop. */
function writeTile(f: FunctionBuilder, machine: Machine, height: number): Code {
  const [rowDistances, base, stepDistances, right, depth, target, accumulate] = f.parameters as Local[];
  const rows = Array.from({ length: height }, () => f.local('i32'));
  const sums = rows.map(() => [f.local('v128'), f.local('v128')] as const);
  const columns = [f.local('v128'), f.local('v128')] as const;
  const [number, distance] = [f.local('v128'), f.local('i32')];
  const places = sums.flatMap((pair, row) =>
    pair.map((sum, half) => ({ sum, offset: row * TILE_ROW_BYTES + half * VECTOR_BYTES })),
  );
  const step = [
    distance.set(i32.load(stepDistances!.get)),
    columns.map((vector, half) => vector.set(v128.load(right!.get, half * VECTOR_BYTES))),
    sums.map((pair, i) => [
      number.set(v128.load32Splat(i32.add(rows[i]!.get, distance.get))),
      pair.map((sum, half) => sum.set(machine.multiplyAdd(number.get, columns[half]!.get, sum.get))),
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
    rows.map((row, i) => row.set(i32.add(base!.get, i32.load(rowDistances!.get, i * FLOAT_BYTES)))),
    ifElse(depth!.get, doWhile(step, depth!.get)),
    places.map(({ sum, offset }) => v128.store(target!.get, sum.get, offset)),
  ];
}
