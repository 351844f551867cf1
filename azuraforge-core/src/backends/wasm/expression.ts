import { nodesOf } from '../../expression/analysis.ts';
import type { BinaryOperator, Expression, UnaryOperator } from '../../expression.ts';
import type { Callee, FunctionBuilder, Local, ModuleBuilder } from './assembler.ts';
import type { Code } from './instruction.ts';
import { choose, f32, f32x4, f64, i32, i64, v128 } from './instruction.ts';
import type { VectorFunction } from './math.ts';
import { erf, exp, log, log1p, sigmoid, sign, tanh } from './math.ts';

/** About how long one thread takes for a node of one element. */
const NODE_NANOSECONDS = 0.05;
const SLOW_NODE_NANOSECONDS: Partial<Record<Expression['op'], number>> = {
  exp: 1.5,
  log: 2,
  log1p: 3,
  tanh: 1.5,
  sigmoid: 2,
  erf: 4,
  pow: 7,
};
/** What an element takes besides when it goes through doubles, one at a time. */
const WIDE_NANOSECONDS = 1.2;

/** About how long one thread takes for one element. */
export function nanosecondsOf(expression: Expression, isWide: boolean): number {
  let sum = isWide ? WIDE_NANOSECONDS : 0;
  for (const node of nodesOf(expression)) sum += SLOW_NODE_NANOSECONDS[node.op] ?? NODE_NANOSECONDS;
  return sum;
}

/** Where the parts of an expression come from. */
export interface Sources {
  input(index: number): Code;
  /** Scalars of the function, as doubles. */
  readonly scalars: readonly Local[];
  /** The row-major position, as a double; only wide expressions have it. */
  readonly index?: Code;
  /** `powerFunction` of the module, when the expression has a power. */
  readonly power: Callee | null;
}

const VECTOR_UNARY: Record<UnaryOperator, VectorFunction> = {
  neg: (_, x) => f32x4.neg(x),
  abs: (_, x) => f32x4.abs(x),
  sqrt: (_, x) => f32x4.sqrt(x),
  sign,
  exp,
  log,
  log1p,
  tanh,
  sigmoid,
  erf,
  float32: (_, x) => x,
};

/** Products of integers, and powers, are made otherwise. */
type Arithmetic = Exclude<BinaryOperator, 'pow' | 'imul'>;

const VECTOR_BINARY: Record<Arithmetic, (a: Code, b: Code) => Code> = {
  add: f32x4.add,
  sub: f32x4.sub,
  mul: f32x4.mul,
  div: f32x4.div,
  maximum: f32x4.max,
  minimum: f32x4.min,
  eq: f32x4.eq,
  gt: f32x4.gt,
  ge: f32x4.ge,
  lt: f32x4.lt,
  le: f32x4.le,
};

const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'gt', 'ge', 'lt', 'le']);

/** Writes the parts of an expression once each: a part that is used twice is kept in a local. */
function emitOnce(
  f: FunctionBuilder,
  expression: Expression,
  type: 'v128' | 'f64',
  write: (node: Expression, part: (node: Expression) => Code) => Code,
): Code {
  const statements: Code[] = [];
  const done = new Map<Expression, Code>();
  const part = (node: Expression): Code => {
    let value = done.get(node);
    if (value === undefined) {
      const code = write(node, part);
      const local = f.local(type);
      statements.push(local.set(code));
      value = local.get;
      done.set(node, value);
    }
    return value;
  };
  const result = part(expression);
  return [statements, result];
}

/** Four results of an expression over float32 operands. */
export function emitVector(f: FunctionBuilder, expression: Expression, sources: Sources): Code {
  const scalars = sources.scalars.map((scalar) => f.once('v128', f32x4.splat(f32.demoteF64(scalar.get))));
  return emitOnce(f, expression, 'v128', (node, part) => {
    switch (node.op) {
      case 'input':
        return sources.input(node.index);
      case 'scalar':
        return scalars[node.index]!.get;
      case 'constant':
        return f.splat(node.value);
      case 'index':
      case 'imul':
        throw new Error('positions and integers are counted in doubles');
      case 'where': {
        const [a, b, condition] = [part(node.a), part(node.b), part(node.condition)];
        return v128.select(a, b, f32x4.ne(condition, f.splat(0)));
      }
      case 'pow':
        return vectorPower(f, part(node.a), part(node.b), sources.power!);
      default:
        if ('x' in node) return VECTOR_UNARY[node.op](f, part(node.x));
        return emitBinary(f, node.op, part(node.a), part(node.b));
    }
  });
}

function emitBinary(f: FunctionBuilder, op: Arithmetic, a: Code, b: Code): Code {
  const value = VECTOR_BINARY[op](a, b);
  return COMPARISONS.has(op) ? v128.and(value, f.splat(1)) : value;
}

function vectorPower(f: FunctionBuilder, a: Code, b: Code, power: Callee): Code {
  const result = f.local('v128');
  const [bases, exponents] = [f.local('v128'), f.local('v128')];
  const lanes = [0, 1, 2, 3].map((lane) => {
    const [base, exponent] = [f32x4.extract(bases.get, lane), f32x4.extract(exponents.get, lane)];
    const value = f32.demoteF64(power(f64.promoteF32(base), f64.promoteF32(exponent)));
    return result.set(f32x4.replace(result.get, lane, value));
  });
  return [bases.set(a), exponents.set(b), lanes, result.get];
}

const WIDE_BINARY: Record<Arithmetic, (a: Code, b: Code) => Code> = {
  add: f64.add,
  sub: f64.sub,
  mul: f64.mul,
  div: f64.div,
  maximum: f64.max,
  minimum: f64.min,
  eq: f64.eq,
  gt: f64.gt,
  ge: f64.ge,
  lt: f64.lt,
  le: f64.le,
};

/** A whole number modulo 2³². */
function lowBits(x: Code): Code {
  return i32.wrapI64(i64.truncSatF64S(x));
}

/** One result of an expression, as a double: for operands of which some are int32, which a float does not always hold. */
export function emitWide(f: FunctionBuilder, expression: Expression, sources: Sources): Code {
  return emitOnce(f, expression, 'f64', (node, part) => {
    switch (node.op) {
      case 'input':
        return sources.input(node.index);
      case 'scalar':
        return sources.scalars[node.index]!.get;
      case 'constant':
        return f64.const(node.value);
      case 'index':
        return sources.index!;
      case 'where':
        return choose(f64.ne(part(node.condition), f64.const(0)), part(node.a), part(node.b));
      case 'neg':
        return f64.neg(part(node.x));
      case 'abs':
        return f64.abs(part(node.x));
      case 'sqrt':
        return f64.sqrt(part(node.x));
      case 'float32':
        return f64.promoteF32(f32.demoteF64(part(node.x)));
      case 'pow':
        return sources.power!(part(node.a), part(node.b));
      case 'imul':
        return f64.convertI32S(i32.mul(lowBits(part(node.a)), lowBits(part(node.b))));
      default: {
        if ('x' in node) {
          const narrow = f32x4.splat(f32.demoteF64(part(node.x)));
          return f64.promoteF32(f32x4.extract(VECTOR_UNARY[node.op](f, narrow), 0));
        }
        const value = WIDE_BINARY[node.op](part(node.a), part(node.b));
        return COMPARISONS.has(node.op) ? f64.convertI32S(value) : value;
      }
    }
  });
}

/** a to the power of b in doubles. IEEE 754 has pow(1, anything) = 1, JavaScript makes NaN of 1 ** NaN and 1 ** Infinity. */
export function powerFunction(module: ModuleBuilder): Callee {
  const pow = module.import('pow', ['f64', 'f64'], ['f64']);
  return module.define(['f64', 'f64'], ['f64'], (_, a, b) => {
    const one = f64.const(1);
    const isOne = i32.or(
      f64.eq(a!.get, one),
      i32.and(f64.eq(a!.get, f64.const(-1)), f64.eq(f64.abs(b!.get), f64.const(Infinity))),
    );
    return choose(isOne, one, pow(a!.get, b!.get));
  });
}
