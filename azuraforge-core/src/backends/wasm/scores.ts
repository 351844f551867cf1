import type { FunctionBuilder, Local } from './assembler.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import type { Code, ValueType } from './instruction.ts';
import { choose, doWhile, f32, f32x4, f64, f64x2, i32, ifElse, v128 } from './instruction.ts';
import type { Machine, NativeFunction } from './machine.ts';
import { exp, log } from './math.ts';
import type { Step } from './nest.ts';
import { Cursor, emitRun } from './nest.ts';
import { foldLanes } from './reduce.ts';

/** A block of attention scores in scratch memory: one row per query, one column per key. */
export interface ScoreBlock {
  readonly rows: number;
  readonly keys: number;
  readonly pointer: number;
  /** Elements between its rows. */
  readonly rowStride: number;
  /** How many keys the first row sees, and how many more each further one; as many as there are at most. */
  readonly visible: number;
  readonly growth: 0 | 1;
  readonly scale: number;
}

/** Numbers that are added to a block of scores, with strides in elements. */
export interface MaskBlock {
  readonly pointer: number;
  readonly rowStride: number;
  readonly keyStride: number;
}

const BLOCK_TYPES: readonly ValueType[] = [...Array.from({ length: 9 }, () => 'i32' as const), 'f64'];

/** Fills `BLOCK_TYPES`. */
function blockArguments(block: ScoreBlock, mask: MaskBlock | null): number[] {
  return [
    block.rows,
    block.keys,
    block.pointer,
    block.rowStride * ELEMENT_BYTES,
    block.visible,
    block.growth,
    mask?.pointer ?? 0,
    (mask?.rowStride ?? 0) * ELEMENT_BYTES,
    (mask?.keyStride ?? 0) * ELEMENT_BYTES,
    block.scale,
  ];
}

/** A walk over the rows of a block, in a function whose first parameters are `BLOCK_TYPES`. */
class RowWalk {
  /** How many keys the present row sees. */
  readonly seen: Local;
  readonly scores: Cursor;
  readonly mask: Cursor;
  readonly #f: FunctionBuilder;
  readonly #hasMask: boolean;
  readonly #scale: Local;

  constructor(f: FunctionBuilder, maskStep: Step | null) {
    const [maskKeyBytes, scale] = f.parameters.slice(8) as [Local, Local];
    this.#f = f;
    this.#hasMask = maskStep !== null;
    this.#scale = f.once('v128', f32x4.splat(f32.demoteF64(scale.get)));
    this.seen = f.local('i32');
    this.scores = this.next();
    this.mask = new Cursor([f.local('i32'), maskKeyBytes], maskStep ?? 'still', ELEMENT_BYTES);
  }

  /** A cursor over floats that lie one after the other. */
  next(): Cursor {
    const pointer = this.#f.local('i32');
    return new Cursor([pointer, pointer], 'next', ELEMENT_BYTES);
  }

  /** `body` for each row, then `advance`, which moves what else goes from row to row. */
  each(body: Code, advance: Code): Code {
    const [rows, keys, scores, rowBytes, visible, growth, mask, maskRowBytes] = this.#f.parameters as Local[];
    const { seen } = this;
    return doWhile(
      [
        seen.set(choose(i32.gtS(visible!.get, keys!.get), keys!.get, visible!.get)),
        seen.set(choose(i32.gtS(seen.get, i32.const(0)), seen.get, i32.const(0))),
        this.scores.pointer.set(scores!.get),
        this.mask.pointer.set(mask!.get),
        body,
        scores!.increase(rowBytes!.get),
        mask!.increase(maskRowBytes!.get),
        visible!.increase(growth!.get),
        advance,
        rows!.decrease(i32.const(1)),
      ],
      rows!.get,
    );
  }

  /** Goes once over the keys that the row sees, at least one. */
  run(cursors: readonly Cursor[], body: (count: 1 | 4) => Code): Code {
    return emitRun(this.#f, this.seen.get, { cursors, body, isVector: true });
  }

  /** Back to the row's first score. */
  rewind(): Code {
    return this.scores.pointer.set(this.#f.parameters[2]!.get);
  }

  /** The next scores as they count: scaled, and with the mask. */
  score(count: 1 | 4): Code {
    const scaled = f32x4.mul(this.scores.loadVector(count), this.#scale.get);
    return this.#hasMask ? f32x4.add(scaled, this.mask.loadVector(count)) : scaled;
  }

  /** Zeros for the keys that the row does not see; the cursors stand behind those that it does. */
  clearRest(cursors: readonly Cursor[]): Code {
    const [zero, rest] = [this.#f.local('v128'), this.#f.local('i32')];
    const body = (count: 1 | 4): Code => cursors.map((cursor) => cursor.storeVector(count, zero));
    return [
      zero.set(v128.zero()),
      rest.set(i32.sub(this.#f.parameters[1]!.get, this.seen.get)),
      ifElse(rest.get, emitRun(this.#f, rest.get, { cursors, body, isVector: true })),
    ];
  }
}

/** Adds four floats, or the first of them, to sums in doubles. */
class Sum {
  readonly #low: Local;
  readonly #high: Local;
  readonly #rest: Local;

  constructor(f: FunctionBuilder) {
    this.#low = f.local('v128');
    this.#high = f.local('v128');
    this.#rest = f.local('f64');
  }

  start(): Code {
    return [this.#low.set(v128.zero()), this.#high.set(v128.zero()), this.#rest.set(f64.const(0))];
  }

  add(count: 1 | 4, value: Local): Code {
    if (count === 1) {
      return this.#rest.set(f64.add(this.#rest.get, f64.promoteF32(f32x4.extract(value.get, 0))));
    }
    const upper = v128.shuffle32(value.get, value.get, [2, 3, 2, 3]);
    return [
      this.#low.set(f64x2.add(this.#low.get, f64x2.promoteLowF32x4(value.get))),
      this.#high.set(f64x2.add(this.#high.get, f64x2.promoteLowF32x4(upper))),
    ];
  }

  /** The total, a double. */
  total(): Code {
    const pair = f64x2.add(this.#low.get, this.#high.get);
    return f64.add(this.#rest.get, f64.add(f64x2.extract(pair, 0), f64x2.extract(pair, 1)));
  }
}

function splatDouble(value: Code): Code {
  return f32x4.splat(f32.demoteF64(value));
}

/** Turns each row into the weights of its keys, and writes its logsumexp; a row that sees nothing gets zeros. */
function softmaxRows(f: FunctionBuilder, maskStep: Step | null): Code {
  const walk = new RowWalk(f, maskStep);
  const logsumexp = f.parameters.at(-1)!;
  const [value, top, rest] = [f.local('v128'), f.local('v128'), f.local('v128')];
  const [total, inverse] = [f.local('f64'), f.local('v128')];
  const sum = new Sum(f);
  const lowest = f.splat(-Infinity);
  const row: Code = [
    [top.set(lowest), rest.set(lowest)],
    walk.run([walk.scores, walk.mask], (count) => {
      const best = count === 1 ? rest : top;
      return [
        value.set(walk.score(count)),
        walk.scores.storeVector(count, value),
        // A NaN may be left out here: its exponential brings it back.
        best.set(f32x4.pmax(best.get, value.get)),
      ];
    }),
    foldLanes(f32x4.pmax, top, rest),
    top.set(v128.select(f.splat(0), top.get, f32x4.eq(top.get, lowest))),
    walk.rewind(),
    sum.start(),
    walk.run([walk.scores], (count) => [
      value.set(exp(f, f32x4.sub(walk.scores.loadVector(count), top.get))),
      walk.scores.storeVector(count, value),
      sum.add(count, value),
    ]),
    total.set(sum.total()),
    inverse.set(
      splatDouble(choose(f64.eq(total.get, f64.const(0)), f64.const(0), f64.div(f64.const(1), total.get))),
    ),
    walk.rewind(),
    walk.run([walk.scores], (count) => [
      value.set(f32x4.mul(walk.scores.loadVector(count), inverse.get)),
      walk.scores.storeVector(count, value),
    ]),
    walk.clearRest([walk.scores]),
    value.set(f32x4.add(top.get, log(f, splatDouble(total.get)))),
    v128.store32Lane(logsumexp.get, value.get, 0),
  ];
  return walk.each(row, logsumexp.increase(i32.const(ELEMENT_BYTES)));
}

/**
 * Turns each row into the weights of its keys, from its logsumexp, and in place the weights' gradients into those of the raw
 * products. `levels` holds for each row the sum of weights times their gradients.
 */
function slopeRows(f: FunctionBuilder, maskStep: Step | null): Code {
  const walk = new RowWalk(f, maskStep);
  const [rowBytes, scale] = [f.parameters[3]!, f.parameters[9]!];
  const [slopes, logsumexp, levels] = f.parameters.slice(-3) as [Local, Local, Local];
  const slope = walk.next();
  const [weight, gradient] = [f.local('v128'), f.local('v128')];
  const [shift, level] = [f.local('v128'), f.local('v128')];
  const factor = f.once('v128', splatDouble(scale.get));
  const row: Code = [
    slope.pointer.set(slopes.get),
    shift.set(v128.load32Splat(logsumexp.get)),
    // The weights of a row that sees nothing become 0.
    shift.set(v128.select(f.splat(Infinity), shift.get, f32x4.eq(shift.get, f.splat(-Infinity)))),
    level.set(v128.load32Splat(levels.get)),
    ifElse(
      walk.seen.get,
      walk.run([walk.scores, walk.mask, slope], (count) => {
        const moved = f32x4.mul(f32x4.sub(slope.loadVector(count), level.get), factor.get);
        return [
          weight.set(exp(f, f32x4.sub(walk.score(count), shift.get))),
          gradient.set(f32x4.mul(weight.get, moved)),
          walk.scores.storeVector(count, weight),
          slope.storeVector(count, gradient),
        ];
      }),
    ),
    walk.clearRest([walk.scores, slope]),
  ];
  const advance = [
    slopes.increase(rowBytes.get),
    logsumexp.increase(i32.const(ELEMENT_BYTES)),
    levels.increase(i32.const(ELEMENT_BYTES)),
  ];
  return walk.each(row, advance);
}

/** Rows, width, two matrices whose rows lie one after the other, and where the products of their rows go. */
function dotRows(f: FunctionBuilder): Code {
  const [rows, width, left, right, output] = f.parameters as [Local, Local, Local, Local, Local];
  const cursors = [left, right].map((pointer) => new Cursor([pointer, pointer], 'next', ELEMENT_BYTES));
  const value = f.local('v128');
  const sum = new Sum(f);
  const body = (count: 1 | 4): Code => [
    value.set(f32x4.mul(cursors[0]!.loadVector(count), cursors[1]!.loadVector(count))),
    sum.add(count, value),
  ];
  return doWhile(
    [
      sum.start(),
      emitRun(f, width.get, { cursors, body, isVector: true }),
      f32.store(output.get, f32.demoteF64(sum.total())),
      output.increase(i32.const(ELEMENT_BYTES)),
      rows.decrease(i32.const(1)),
    ],
    rows.get,
  );
}

/** The functions over blocks of scores, for masks that move from key to key in one way. */
export class Scores {
  readonly #softmax: NativeFunction;
  readonly #slopes: NativeFunction;
  readonly #dot: NativeFunction;

  constructor(machine: Machine, maskKeyStride: number | null) {
    const step =
      maskKeyStride === null ? null : ((['still', 'next'] as const)[maskKeyStride] ?? ('stride' as const));
    const native = machine.module(`attention scores ${step}`, (module) => {
      module.define([...BLOCK_TYPES, 'i32'], [], (f) => softmaxRows(f, step), 'softmax');
      module.define([...BLOCK_TYPES, 'i32', 'i32', 'i32'], [], (f) => slopeRows(f, step), 'slopes');
      module.define(['i32', 'i32', 'i32', 'i32', 'i32'], [], dotRows, 'dot');
    });
    this.#softmax = native.softmax!;
    this.#slopes = native.slopes!;
    this.#dot = native.dot!;
  }

  /** Products of queries and keys become weights; `logsumexp` is where those of the rows go. Each row sees a key. */
  softmax(block: ScoreBlock, mask: MaskBlock | null, logsumexp: number): void {
    this.#softmax(...blockArguments(block, mask), logsumexp);
  }

  /**
   * Products of queries and keys become weights; `slopes`, a block of the same layout, goes from the weights' gradients to
   * those of the products. `levels` are the products of the rows of the output and its gradient.
   */
  slopes(block: ScoreBlock, mask: MaskBlock | null, slopes: number, logsumexp: number, levels: number): void {
    this.#slopes(...blockArguments(block, mask), slopes, logsumexp, levels);
  }

  /** The products of the rows of two matrices, row by row. */
  dot(rows: number, width: number, left: number, right: number, output: number): void {
    this.#dot(rows, width, left, right, output);
  }
}
