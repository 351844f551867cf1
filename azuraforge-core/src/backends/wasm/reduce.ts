import { uses } from '../../expression/analysis.ts';
import { countScalars, liftConstants } from '../../expression/scalars.ts';
import type { ReduceKernel, Reducer } from '../../kernel.ts';
import { sizeOf } from '../../shape.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { ELEMENT_BYTES, isWide, storeDouble } from './elementwise.ts';
import type { Sources } from './expression.ts';
import { emitVector, emitWide, nanosecondsOf, powerFunction } from './expression.ts';
import type { Code, ValueType } from './instruction.ts';
import { doWhile, f32x4, f64, f64x2, i32, ifElse, v128 } from './instruction.ts';
import type { Machine } from './machine.ts';
import type { Cursor, Plan } from './nest.ts';
import { cursorsOf, emitNest, nestParameters, planLoops, splitLoops } from './nest.ts';
import type { Program } from './program.ts';
import { relocated } from './program.ts';

type Fold = 'sum' | 'max' | 'min';

const START: Record<Fold, number> = { sum: 0, max: -Infinity, min: Infinity };
const FOLD: Record<Fold, (a: Code, b: Code) => Code> = { sum: f64.add, max: f64.max, min: f64.min };
const FOLD_PAIR: Record<Fold, (a: Code, b: Code) => Code> = {
  sum: f64x2.add,
  max: f64x2.max,
  min: f64x2.min,
};

/** About how long one thread takes to fold a number. */
const FOLD_NANOSECONDS = 0.15;

/** A running value is a double. */
const TOTAL_BYTES = 8;
/** The best value so far (a double), its position and how many values have been seen (32 bits each). */
const RECORD_BYTES = 16;
const POSITION_AT = 8;
const SEEN_AT = 12;

/** Lanes 2 and 3 moved to where lanes 0 and 1 are. */
function highHalf(value: Local): Code {
  return v128.shuffle32(value.get, value.get, [2, 3, 2, 3]);
}

/**
 * Adds the next values to doubles: to locals while the output stands still, which join the total at the end of the run,
 * and to the totals in memory otherwise. The order of the additions depends on shapes alone.
 */
function foldNest(
  f: FunctionBuilder,
  fold: Fold,
  plan: Plan,
  cursors: readonly Cursor[],
  vector: ((count: 1 | 4) => Code) | null,
  scalar: () => Code,
): Code {
  const { rank, steps } = plan;
  const target = cursors.at(-1)!.pointer;
  const isVector = vector !== null;
  const combine = FOLD[fold];
  const pair = FOLD_PAIR[fold];
  const value = f.local('v128');
  const single = (count: 1 | 4): Code =>
    isVector ? f64.promoteF32(f32x4.extract(vector(count), 0)) : scalar();

  if (steps.at(-1) !== 'still') {
    const add = (offset: number, pairCode: Code): Code =>
      v128.store(target.get, pair(v128.load(target.get, offset), pairCode), offset);
    const body = (count: 1 | 4): Code => {
      if (count === 1) return f64.store(target.get, combine(f64.load(target.get), single(1)));
      return [
        value.set(vector!(4)),
        add(0, f64x2.promoteLowF32x4(value.get)),
        add(16, f64x2.promoteLowF32x4(highHalf(value))),
      ];
    };
    return emitNest(f, { rank, cursors, body, isVector });
  }

  if (vector !== null && fold !== 'sum') return extremeNest(f, fold, plan, cursors, vector);

  const [low, high, rest] = [f.local('v128'), f.local('v128'), f.local('f64')];
  const start = f64.const(START[fold]);
  const body = (count: 1 | 4): Code => {
    if (count === 1) return rest.set(combine(rest.get, single(1)));
    return [
      value.set(vector!(4)),
      low.set(pair(low.get, f64x2.promoteLowF32x4(value.get))),
      high.set(pair(high.get, f64x2.promoteLowF32x4(highHalf(value)))),
    ];
  };
  const lanes = [
    low.set(pair(low.get, high.get)),
    rest.set(combine(rest.get, combine(f64x2.extract(low.get, 0), f64x2.extract(low.get, 1)))),
  ];
  return emitNest(f, {
    rank,
    cursors,
    body,
    isVector,
    before: [rest.set(start), isVector ? [low.set(f64x2.splat(start)), high.set(f64x2.splat(start))] : []],
    after: [isVector ? lanes : [], f64.store(target.get, combine(f64.load(target.get), rest.get))],
  });
}

/** Extremes of floats are floats, so doubles would only take longer; so would a maximum that heeds NaN, which is marked beside. */
function extremeNest(
  f: FunctionBuilder,
  fold: 'max' | 'min',
  plan: Plan,
  cursors: readonly Cursor[],
  vector: (count: 1 | 4) => Code,
): Code {
  const target = cursors.at(-1)!.pointer;
  const combine = fold === 'max' ? f32x4.pmax : f32x4.pmin;
  const start = f.splat(START[fold]);
  const [value, best, rest] = [f.local('v128'), f.local('v128'), f.local('v128')];
  /** All ones in lanes that have seen NaN. */
  const [spoilt, spoiltRest] = [f.local('v128'), f.local('v128')];
  const after = [
    foldLanes(combine, best, rest),
    foldLanes(v128.or, spoilt, spoiltRest),
    best.set(v128.select(f.splat(NaN), best.get, spoilt.get)),
    f64.store(target.get, FOLD[fold](f64.load(target.get), f64.promoteF32(f32x4.extract(best.get, 0)))),
  ];
  return emitNest(f, {
    rank: plan.rank,
    cursors,
    body: (count) => {
      const [kept, mark] = count === 1 ? [rest, spoiltRest] : [best, spoilt];
      return [
        value.set(vector(count)),
        kept.set(combine(kept.get, value.get)),
        mark.set(v128.or(mark.get, f32x4.ne(value.get, value.get))),
      ];
    },
    isVector: true,
    before: [best.set(start), rest.set(start), [spoilt, spoiltRest].map((mark) => mark.set(v128.zero()))],
    after,
  });
}

/** Combines the lanes of `value` and the first of `rest`, whose others single numbers have spoilt; the result is in every lane. */
export function foldLanes(combine: (a: Code, b: Code) => Code, value: Local, rest: Local): Code {
  return [
    value.set(combine(value.get, f32x4.splat(f32x4.extract(rest.get, 0)))),
    value.set(combine(value.get, v128.shuffle32(value.get, value.get, [2, 3, 0, 1]))),
    value.set(combine(value.get, v128.shuffle32(value.get, value.get, [1, 0, 3, 2]))),
  ];
}

/** Keeps the position of the best value; NaN is better than any number, and the first of equals stays. */
function positionNest(
  f: FunctionBuilder,
  reducer: 'argmax' | 'argmin',
  plan: Plan,
  cursors: readonly Cursor[],
  scalar: () => Code,
): Code {
  const record = cursors.at(-1)!.pointer;
  const [value, best, seen] = [f.local('f64'), f.local('f64'), f.local('i32')];
  const better = reducer === 'argmax' ? f64.gt : f64.lt;
  const isNewNaN = i32.and(f64.ne(value.get, value.get), f64.eq(best.get, best.get));
  const wins = i32.or(i32.eqz(seen.get), i32.or(better(value.get, best.get), isNewNaN));
  const body = (): Code => [
    value.set(scalar()),
    best.set(f64.load(record.get)),
    seen.set(i32.load(record.get, SEEN_AT)),
    ifElse(wins, [f64.store(record.get, value.get), i32.store(record.get, seen.get, POSITION_AT)]),
    i32.store(record.get, i32.add(seen.get, i32.const(1)), SEEN_AT),
  ];
  return emitNest(f, { rank: plan.rank, cursors, body, isVector: false });
}

function doubles(count: number): ValueType[] {
  return Array.from({ length: count }, () => 'f64');
}

function isPosition(reducer: Reducer): reducer is 'argmax' | 'argmin' {
  return reducer === 'argmax' || reducer === 'argmin';
}

/**
 * Three functions: `start` sets the running values (one per output element, in scratch memory), `fold` reads the inputs in
 * row-major order, `finish` turns running values into the output.
 */
export function reduceProgram(machine: Machine, kernel: ReduceKernel): Program {
  const { inputs, output, reducer, shape } = kernel;
  const size = sizeOf(shape);
  const outputSize = sizeOf(shape.filter((_, axis) => !kernel.reduced[axis]));
  const finisher = kernel.finish ?? { op: 'input', index: 0 };
  const scalarCount = Math.max(countScalars(kernel.expression), countScalars(finisher));
  const body = liftConstants(kernel.expression, scalarCount);
  const finish = liftConstants(finisher, scalarCount);
  const hasPosition = isPosition(reducer);
  const totalBytes = hasPosition ? RECORD_BYTES : TOTAL_BYTES;
  const wide = hasPosition || isWide(inputs, body.expression);
  const plan = planLoops(shape, [
    ...inputs.map(({ strides }) => ({ strides, elementBytes: ELEMENT_BYTES })),
    { strides: output.strides, elementBytes: totalBytes },
  ]);
  const { rank, steps } = plan;
  const dtypes = [...inputs, output].map(({ dtype }) => dtype);
  const key = JSON.stringify(['reduce', reducer, rank, steps, dtypes, body.expression, finish.expression]);
  const native = machine.module(key, (builder) => {
    const hasPower = uses(body.expression, 'pow') || uses(finish.expression, 'pow');
    const power = hasPower ? powerFunction(builder) : null;
    const loops = nestParameters(rank, inputs.length + 1);

    builder.define(
      [...loops, ...doubles(scalarCount + body.constants.length)],
      [],
      (f) => {
        const cursors = cursorsOf(
          f,
          rank,
          steps.map((step, i) => ({
            step,
            elementBytes: i === inputs.length ? totalBytes : ELEMENT_BYTES,
          })),
        );
        const scalars = f.parameters.slice(loops.length);
        const sources = (input: Sources['input']): Sources => ({ input, scalars, power });
        const vector = (count: 1 | 4): Code =>
          emitVector(
            f,
            body.expression,
            sources((i) => cursors[i]!.loadVector(count)),
          );
        const scalar = (): Code =>
          emitWide(
            f,
            body.expression,
            sources((i) => cursors[i]!.loadDouble(inputs[i]!.dtype)),
          );
        return isPosition(reducer)
          ? positionNest(f, reducer, plan, cursors, scalar)
          : foldNest(f, reducer, plan, cursors, wide ? null : vector, scalar);
      },
      'fold',
    );

    if (!isPosition(reducer)) {
      builder.define(
        ['i32', 'i32'],
        [],
        (_, totals, count) =>
          doWhile(
            [
              f64.store(totals!.get, f64.const(START[reducer])),
              totals!.increase(i32.const(TOTAL_BYTES)),
              count!.decrease(i32.const(1)),
            ],
            count!.get,
          ),
        'start',
      );
    }

    builder.define(
      ['i32', 'i32', 'i32', ...doubles(scalarCount + finish.constants.length)],
      [],
      (f, totals, target, count, ...scalars) => {
        const value = f.local('f64');
        const total = hasPosition
          ? f64.convertI32S(i32.load(totals!.get, POSITION_AT))
          : f64.load(totals!.get);
        return doWhile(
          [
            value.set(emitWide(f, finish.expression, { input: () => total, scalars, power })),
            storeDouble(target!.get, value, output.dtype),
            totals!.increase(i32.const(totalBytes)),
            target!.increase(i32.const(ELEMENT_BYTES)),
            count!.decrease(i32.const(1)),
          ],
          count!.get,
        );
      },
      'finish',
    );
  });

  const nanoseconds = size * (FOLD_NANOSECONDS + nanosecondsOf(body.expression, wide));
  const totalStrides = plan.strides.at(-1)!;
  const parts = splitLoops(machine, plan, nanoseconds, (axis) => totalStrides[axis] !== 0);
  return (pointers, scalars) => {
    const own = scalars.slice(0, scalarCount);
    machine.withScratch(outputSize * totalBytes, (totals) => {
      if (hasPosition) machine.heap.bytes.fill(0, totals, totals + outputSize * totalBytes);
      else native.start!(totals, outputSize);
      if (size > 0) {
        const starts = inputs.map(({ offset }, i) => pointers[i]! + offset * ELEMENT_BYTES);
        const more = [...own, ...body.constants];
        machine.run({
          native: native.fold!,
          calls: parts.map((part) => relocated(part, plan.pointerAt, [...starts, totals], more)),
          nanoseconds,
          isRepeatable: false,
        });
      }
      const target = pointers.at(-1)! + output.offset * ELEMENT_BYTES;
      native.finish!(totals, target, outputSize, ...own, ...finish.constants);
    });
  };
}
