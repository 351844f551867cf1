import type { FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import type { Code } from '../instruction.ts';
import { doWhile, f32, f32x4, i32, ifElse, v128 } from '../instruction.ts';
import type { Machine } from '../machine.ts';
import { FLOAT_BYTES, VECTOR_BYTES } from './tile.ts';

/** Vectors that are summed side by side, so that one addition need not wait for the one before. */
const CHAINS = 4;
const LANES = 4;

/**
 * y = M · x (+ bias), without packing: `dotRows` where the numbers of a row of M are neighbours, `addColumns` where those of
 * a column are. x, y and the bias (its stride may be 0, its address too when there is none) are in memory order. Arguments
 * of both: y, M, the bytes from one row or column of M to the next, x, rows, depth, bias, its stride.
 */
export function defineVectorProducts(module: ModuleBuilder, machine: Machine): void {
  const parameters = Array.from({ length: 8 }, () => 'i32' as const);
  module.define(parameters, [], (f) => [dotRows(f, machine), addBias(f)], 'dotRows');
  module.define(parameters, [], (f) => [addColumns(f, machine), addBias(f)], 'addColumns');
}

function whileAtLeast(count: number, left: Local, body: Code): Code {
  const enough = i32.geU(left.get, i32.const(count));
  return ifElse(enough, doWhile([body, left.decrease(i32.const(count))], enough));
}

function dotRows(f: FunctionBuilder, machine: Machine): Code {
  const [y, matrix, stride, x, rows, depth] = f.parameters as Local[];
  const [to, row, waiting, a, b, left] = Array.from({ length: 6 }, () => f.local('i32')) as Local[];
  const sums = Array.from({ length: CHAINS }, () => f.local('v128'));
  const [first, second, third, fourth] = sums as [Local, Local, Local, Local];
  const forward = (bytes: number): Code => [a!, b!].map((pointer) => pointer.increase(i32.const(bytes)));
  const addVector = (sum: Local, offset: number): Code =>
    sum.set(machine.multiplyAdd(v128.load(a!.get, offset), v128.load(b!.get, offset), sum.get));
  const addNumber = second.set(
    machine.multiplyAdd(v128.load32Zero(a!.get), v128.load32Zero(b!.get), second.get),
  );
  const fold = (lanes: readonly [number, number, number, number]): Code =>
    first.set(f32x4.add(first.get, v128.shuffle32(first.get, first.get, lanes)));
  const oneRow = [
    a!.set(row!.get),
    b!.set(x!.get),
    left!.set(depth!.get),
    sums.map((sum) => sum.set(v128.zero())),
    whileAtLeast(CHAINS * LANES, left!, [
      sums.map((sum, i) => addVector(sum, i * VECTOR_BYTES)),
      forward(CHAINS * VECTOR_BYTES),
    ]),
    whileAtLeast(LANES, left!, [addVector(first, 0), forward(VECTOR_BYTES)]),
    whileAtLeast(1, left!, [addNumber, forward(FLOAT_BYTES)]),
    first.set(f32x4.add(f32x4.add(first.get, second.get), f32x4.add(third.get, fourth.get))),
    fold([2, 3, 0, 1]),
    fold([1, 0, 3, 2]),
    v128.store32Lane(to!.get, first.get, 0),
    row!.increase(stride!.get),
    to!.increase(i32.const(FLOAT_BYTES)),
    waiting!.decrease(i32.const(1)),
  ];
  return [to!.set(y!.get), row!.set(matrix!.get), waiting!.set(rows!.get), doWhile(oneRow, waiting!.get)];
}

function addColumns(f: FunctionBuilder, machine: Machine): Code {
  const [y, matrix, stride, x, rows, depth] = f.parameters as Local[];
  const [to, column, waiting, a, b, left] = Array.from({ length: 6 }, () => f.local('i32')) as Local[];
  const sums = Array.from({ length: CHAINS }, () => f.local('v128'));
  const number = f.local('v128');
  const load = (count: number, offset: number): Code =>
    count === 1 ? v128.load32Zero(a!.get) : v128.load(a!.get, offset);
  /** The sums of `count` rows: some vectors, or a single number. */
  const rowsTogether = (count: number): Code => {
    const own = sums.slice(0, Math.ceil(count / LANES));
    const step = [
      number.set(v128.load32Splat(b!.get)),
      own.map((sum, i) => sum.set(machine.multiplyAdd(number.get, load(count, i * VECTOR_BYTES), sum.get))),
      a!.increase(stride!.get),
      b!.increase(i32.const(FLOAT_BYTES)),
      left!.decrease(i32.const(1)),
    ];
    return [
      a!.set(column!.get),
      b!.set(x!.get),
      left!.set(depth!.get),
      own.map((sum) => sum.set(v128.zero())),
      doWhile(step, left!.get),
      count === 1
        ? v128.store32Lane(to!.get, own[0]!.get, 0)
        : own.map((sum, i) => v128.store(to!.get, sum.get, i * VECTOR_BYTES)),
      [column!, to!].map((pointer) => pointer.increase(i32.const(count * FLOAT_BYTES))),
    ];
  };
  return [
    to!.set(y!.get),
    column!.set(matrix!.get),
    waiting!.set(rows!.get),
    [CHAINS * LANES, LANES, 1].map((count) => whileAtLeast(count, waiting!, rowsTogether(count))),
  ];
}

function addBias(f: FunctionBuilder): Code {
  const [y, , , , rows, , bias, stride] = f.parameters as Local[];
  return ifElse(
    bias!.get,
    doWhile(
      [
        f32.store(y!.get, f32.add(f32.load(y!.get), f32.load(bias!.get))),
        bias!.increase(stride!.get),
        y!.increase(i32.const(FLOAT_BYTES)),
        rows!.decrease(i32.const(1)),
      ],
      rows!.get,
    ),
  );
}
