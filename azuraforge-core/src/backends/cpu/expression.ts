import type { BinaryOperator, Expression, UnaryOperator } from '../../expression.ts';

/** Elements that are worked on at a time: few enough that all registers stay in the first-level cache. */
export const CHUNK = 512;

type Unary = (out: Float64Array, x: Float64Array, count: number) => void;
type Binary = (out: Float64Array, a: Float64Array, b: Float64Array, count: number) => void;

/** A complementary error function with a relative error below 1.2e-7 everywhere (Numerical Recipes, erfcc). */
function erf(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + 0.5 * z);
  const polynomial =
    -1.26551223 +
    t *
      (1.00002368 +
        t *
          (0.37409196 +
            t *
              (0.09678418 +
                t *
                  (-0.18628806 +
                    t *
                      (0.27886807 +
                        t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const complement = t * Math.exp(-z * z + polynomial);
  return x >= 0 ? 1 - complement : complement - 1;
}

// One loop per operator, written out: a shared loop that calls a function per element is several times slower.
const UNARY: Record<UnaryOperator, Unary> = {
  neg: (out, x, n) => {
    for (let i = 0; i < n; i++) out[i] = -x[i]!;
  },
  abs: (out, x, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.abs(x[i]!);
  },
  sign: (out, x, n) => {
    for (let i = 0; i < n; i++) out[i] = x[i]! > 0 ? 1 : x[i]! < 0 ? -1 : 0;
  },
  exp: (out, x, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.exp(x[i]!);
  },
  log: (out, x, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.log(x[i]!);
  },
  log1p: (out, x, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.log1p(x[i]!);
  },
  sqrt: (out, x, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.sqrt(x[i]!);
  },
  tanh: (out, x, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.tanh(x[i]!);
  },
  sigmoid: (out, x, n) => {
    for (let i = 0; i < n; i++) out[i] = 1 / (1 + Math.exp(-x[i]!));
  },
  erf: (out, x, n) => {
    for (let i = 0; i < n; i++) out[i] = erf(x[i]!);
  },
  float32: (out, x, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.fround(x[i]!);
  },
};

const BINARY: Record<BinaryOperator, Binary> = {
  add: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = a[i]! + b[i]!;
  },
  sub: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = a[i]! - b[i]!;
  },
  mul: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = a[i]! * b[i]!;
  },
  imul: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.imul(a[i]!, b[i]!);
  },
  div: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = a[i]! / b[i]!;
  },
  // IEEE 754 has pow(1, anything) = 1, JavaScript makes NaN of 1 ** NaN and 1 ** Infinity.
  pow: (out, a, b, n) => {
    for (let i = 0; i < n; i++)
      out[i] = a[i] === 1 ? 1 : Math.abs(b[i]!) === Infinity && a[i] === -1 ? 1 : a[i]! ** b[i]!;
  },
  maximum: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.max(a[i]!, b[i]!);
  },
  minimum: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = Math.min(a[i]!, b[i]!);
  },
  eq: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = a[i] === b[i] ? 1 : 0;
  },
  gt: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = a[i]! > b[i]! ? 1 : 0;
  },
  ge: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = a[i]! >= b[i]! ? 1 : 0;
  },
  lt: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = a[i]! < b[i]! ? 1 : 0;
  },
  le: (out, a, b, n) => {
    for (let i = 0; i < n; i++) out[i] = a[i]! <= b[i]! ? 1 : 0;
  },
};

function choose(
  out: Float64Array,
  condition: Float64Array,
  a: Float64Array,
  b: Float64Array,
  n: number,
): void {
  for (let i = 0; i < n; i++) out[i] = condition[i] !== 0 ? a[i]! : b[i]!;
}

/** Registers are shared by all programs: no two run at the same time. */
const registers: Float64Array[] = [];

function register(index: number): Float64Array {
  return (registers[index] ??= new Float64Array(CHUNK));
}

interface Prologue {
  (scalars: readonly number[], count: number): void;
}

/** An expression as a list of loops over registers; the inputs are loaded into the first registers by the caller. */
export interface CompiledExpression {
  readonly inputs: readonly Float64Array[];
  readonly result: Float64Array;
  /** Fills the registers that stay the same for a whole dispatch. */
  start(scalars: readonly number[], count: number): void;
  /** Works on `count` elements, the first of which is number `first` in row-major order. */
  step(first: number, count: number): void;
}

export function compileExpression(expression: Expression, inputCount: number): CompiledExpression {
  const inputs = Array.from({ length: inputCount }, (_, i) => register(i));
  const prologue: Prologue[] = [];
  const loops: ((first: number, count: number) => void)[] = [];
  const done = new Map<Expression, Float64Array>();
  let next = inputCount;

  const place = (node: Expression): Float64Array => {
    const known = done.get(node);
    if (known !== undefined) return known;
    const result = node.op === 'input' ? inputs[node.index]! : emit(node);
    done.set(node, result);
    return result;
  };

  const emit = (node: Exclude<Expression, { op: 'input' }>): Float64Array => {
    if (node.op === 'scalar') {
      const out = register(next++);
      prologue.push((scalars, count) => out.fill(scalars[node.index]!, 0, count));
      return out;
    }
    if (node.op === 'constant') {
      const out = register(next++);
      prologue.push((_, count) => out.fill(node.value, 0, count));
      return out;
    }
    if (node.op === 'index') {
      const out = register(next++);
      loops.push((first, count) => {
        for (let i = 0; i < count; i++) out[i] = first + i;
      });
      return out;
    }
    if (node.op === 'where') {
      const [condition, a, b] = [place(node.condition), place(node.a), place(node.b)];
      const out = register(next++);
      loops.push((_, count) => choose(out, condition, a, b, count));
      return out;
    }
    if ('x' in node) {
      const x = place(node.x);
      const out = register(next++);
      const loop = UNARY[node.op];
      loops.push((_, count) => loop(out, x, count));
      return out;
    }
    const [a, b] = [place(node.a), place(node.b)];
    const out = register(next++);
    const loop = BINARY[node.op];
    loops.push((_, count) => loop(out, a, b, count));
    return out;
  };

  const result = place(expression);
  return {
    inputs,
    result,
    start(scalars, count) {
      for (const fill of prologue) fill(scalars, count);
    },
    step(first, count) {
      for (const loop of loops) loop(first, count);
    },
  };
}
