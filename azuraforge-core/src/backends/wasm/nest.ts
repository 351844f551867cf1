import type { Shape } from '../../shape.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import type { Code, ValueType } from './instruction.ts';
import { doWhile, f32, f64, i32, ifElse, v128 } from './instruction.ts';
import type { Machine } from './machine.ts';

/** How an operand moves along the innermost axis: not at all, to the next element, or by its stride. */
export type Step = 'still' | 'next' | 'stride';

/** How far apart the elements of one operand are, in elements per axis, and how many bytes each has. */
export interface Walk {
  readonly strides: readonly number[];
  readonly elementBytes: number;
}

/** Nested loops over several operands: what the code depends on, and the numbers that it is called with. */
export interface Plan {
  readonly rank: number;
  readonly steps: readonly Step[];
  readonly lengths: readonly number[];
  /** By operand, in bytes per axis. */
  readonly strides: readonly (readonly number[])[];
  /** Loop lengths and strides as the parameters of the loops; the pointers, by operand, are still 0. */
  readonly args: readonly number[];
  /** Where in `args` each operand's pointer goes. */
  readonly pointerAt: readonly number[];
}

/**
 * Loops over `shape`, in row-major order. Neighbouring axes along which every operand moves evenly become one loop, so
 * contiguous operands need a single one.
 */
export function planLoops(shape: Shape, walks: readonly Walk[]): Plan {
  const lengths: number[] = [];
  const strides: number[][] = walks.map(() => []);
  for (const [axis, length] of shape.entries()) {
    if (length === 1) continue;
    const isEven = walks.every((walk, i) => strides[i]!.at(-1) === length * walk.strides[axis]!);
    if (lengths.length > 0 && isEven) {
      lengths.push(lengths.pop()! * length);
      for (const [i, walk] of walks.entries()) strides[i]!.splice(-1, 1, walk.strides[axis]!);
    } else {
      lengths.push(length);
      for (const [i, walk] of walks.entries()) strides[i]!.push(walk.strides[axis]!);
    }
  }
  if (lengths.length === 0) {
    lengths.push(1);
    for (const own of strides) own.push(1);
  }
  const rank = lengths.length;
  const steps = strides.map((own): Step => {
    const last = own[rank - 1]!;
    return last === 0 ? 'still' : last === 1 ? 'next' : 'stride';
  });
  const byteStrides = strides.map((own, i) => own.map((stride) => stride * walks[i]!.elementBytes));
  const pointerAt = walks.map((_, i) => rank + i * (rank + 1));
  const args = loopArguments(lengths, byteStrides);
  return { rank, steps, lengths, strides: byteStrides, args, pointerAt };
}

function loopArguments(lengths: readonly number[], strides: readonly (readonly number[])[]): number[] {
  const args = [...lengths];
  for (const own of strides) {
    args.push(0, own.at(-1)!);
    // When an inner loop is done, its pointers stand behind its last element.
    for (let axis = 0; axis < lengths.length - 1; axis++) {
      args.push(own[axis]! - lengths[axis + 1]! * own[axis + 1]!);
    }
  }
  return args;
}

/**
 * Cuts the loops of a plan, which take `nanoseconds` on one thread, along the longest of the axes that may be cut: the `args`
 * of each part. In place of its pointers they have the distances from those of the whole.
 */
export function splitLoops(
  machine: Machine,
  plan: Plan,
  nanoseconds: number,
  mayCut: (axis: number) => boolean = () => true,
): number[][] {
  const { lengths, strides, pointerAt } = plan;
  const axes = lengths.map((_, axis) => axis).filter(mayCut);
  const axis = axes.reduce((best, each) => (lengths[each]! > lengths[best]! ? each : best), axes[0] ?? -1);
  if (axis < 0) return [[...plan.args]];
  return machine.split(lengths[axis]!, nanoseconds).map(({ start, length }) => {
    const args = loopArguments(lengths.with(axis, length), strides);
    for (const [i, own] of strides.entries()) args[pointerAt[i]!] = start * own[axis]!;
    return args;
  });
}

/** The types of the parameters that a plan's `args` fill. */
export function nestParameters(rank: number, operands: number): ValueType[] {
  return Array.from({ length: rank + operands * (rank + 1) }, () => 'i32');
}

/** One operand within the loops. */
export class Cursor {
  readonly pointer: Local;
  readonly jumps: readonly Local[];
  readonly #step: Step;
  readonly #elementBytes: number;
  readonly #stride: Local;

  constructor(parameters: readonly Local[], step: Step, elementBytes: number) {
    this.pointer = parameters[0]!;
    this.#stride = parameters[1]!;
    this.jumps = parameters.slice(2);
    this.#step = step;
    this.#elementBytes = elementBytes;
  }

  /** Moves `count` elements on, along the innermost axis. */
  advance(count: 1 | 4): Code {
    if (this.#step === 'still') return [];
    if (this.#step === 'next') return this.pointer.increase(i32.const(count * this.#elementBytes));
    return this.pointer.increase(count === 1 ? this.#stride.get : i32.shl(this.#stride.get, i32.const(2)));
  }

  /** Address of the element `ahead` of the current one. */
  #ahead(ahead: number): Code {
    if (ahead === 0) return this.pointer.get;
    return i32.add(this.pointer.get, i32.mul(this.#stride.get, i32.const(ahead)));
  }

  /** The next one or four floats; of one, the other lanes are 0. */
  loadVector(count: 1 | 4): Code {
    if (count === 1) return v128.load32Zero(this.pointer.get);
    if (this.#step === 'next') return v128.load(this.pointer.get);
    if (this.#step === 'still') return v128.load32Splat(this.pointer.get);
    return [1, 2, 3].reduce<Code>(
      (lanes, lane) => v128.load32Lane(this.#ahead(lane), lanes, lane),
      v128.load32Zero(this.pointer.get),
    );
  }

  storeVector(count: 1 | 4, value: Local): Code {
    if (count === 1) return v128.store32Lane(this.pointer.get, value.get, 0);
    if (this.#step === 'next') return v128.store(this.pointer.get, value.get);
    return [0, 1, 2, 3].map((lane) => v128.store32Lane(this.#ahead(lane), value.get, lane));
  }

  loadDouble(dtype: 'float32' | 'int32'): Code {
    return dtype === 'int32'
      ? f64.convertI32S(i32.load(this.pointer.get))
      : f64.promoteF32(f32.load(this.pointer.get));
  }
}

export interface Nest {
  readonly rank: number;
  readonly cursors: readonly Cursor[];
  /** Reads and writes the next elements, one or four; `null` where four at a time is not possible. */
  body(count: 1 | 4): Code;
  readonly isVector: boolean;
  /** Around each run along the innermost axis. */
  before?: Code;
  after?: Code;
}

/** The innermost loop: `length`, which must be at least 1, steps of all cursors. */
export function emitRun(
  f: FunctionBuilder,
  length: Code,
  { cursors, body, isVector }: Pick<Nest, 'cursors' | 'body' | 'isVector'>,
): Code {
  const left = f.local('i32');
  const step = (count: 1 | 4): Code => [body(count), cursors.map((cursor) => cursor.advance(count))];
  const one = doWhile([step(1), left.decrease(i32.const(1))], left.get);
  if (!isVector) return [left.set(length), one];
  const enough = i32.geU(left.get, i32.const(4));
  const four = doWhile([step(4), left.decrease(i32.const(4))], enough);
  return [left.set(length), ifElse(enough, four), ifElse(left.get, one)];
}

/** The loops of a plan; the function's first parameters are those of `nestParameters`. All lengths are at least 1. */
export function emitNest(f: FunctionBuilder, nest: Nest): Code {
  const { rank, cursors } = nest;
  const lengths = f.parameters.slice(0, rank);
  const loop = (axis: number): Code => {
    if (axis === rank - 1) return [nest.before ?? [], emitRun(f, lengths[axis]!.get, nest), nest.after ?? []];
    const left = f.local('i32');
    const jump = cursors.map((cursor) => cursor.pointer.increase(cursor.jumps[axis]!.get));
    return [
      left.set(lengths[axis]!.get),
      doWhile([loop(axis + 1), jump, left.decrease(i32.const(1))], left.get),
    ];
  };
  return loop(0);
}

/** Splits the parameters of a nest into one cursor per operand. */
export function cursorsOf(
  f: FunctionBuilder,
  rank: number,
  operands: readonly { readonly step: Step; readonly elementBytes: number }[],
): Cursor[] {
  return operands.map(({ step, elementBytes }, i) => {
    const first = rank + i * (rank + 1);
    return new Cursor(f.parameters.slice(first, first + rank + 1), step, elementBytes);
  });
}
