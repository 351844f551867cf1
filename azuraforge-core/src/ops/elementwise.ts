import { record } from '../autograd.ts';
import { inputError } from '../error.ts';
import type { BinaryOperator, Expression, UnaryOperator } from '../expression.ts';
import { binary, constant, input, scalar, select, unary } from '../expression.ts';
import type { DType } from '../kernel.ts';
import { sameShape } from '../shape.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeElementwise } from './compute.ts';
import { reduceTo } from './reduce.ts';

export type Operable = Tensor | number;

const X = input(0);
const Y = input(1);
const ZERO = constant(0);
const ONE = constant(1);
const HALF = constant(0.5);

/** The dtype of a mix: float32 as soon as one side is; a whole number goes along with int32. */
function mixedDType(op: string, a: Operable, b: Operable): DType {
  for (const value of [a, b]) {
    if (typeof value === 'number' ? !Number.isInteger(value) : value.dtype === 'float32') return 'float32';
  }
  if (typeof a === 'number' && typeof b === 'number') throw inputError(op, 'one side must be a tensor');
  return 'int32';
}

/** Sums a gradient over the axes along which its operand was stretched. */
function fitTo(gradient: Tensor, shape: Shape): Tensor {
  return sameShape(gradient.shape, shape) ? gradient : reduceTo(gradient, shape);
}

/** Evaluates `make(a, b)`, where a number travels as a run-time scalar. */
function evaluate(
  op: string,
  a: Operable,
  b: Operable,
  make: (x: Expression, y: Expression) => Expression,
  dtype: DType,
) {
  if (typeof a === 'number') {
    return computeElementwise(op, [b as Tensor], make(scalar(0), X), { dtype, scalars: [a] });
  }
  if (typeof b === 'number') return computeElementwise(op, [a], make(X, scalar(0)), { dtype, scalars: [b] });
  return computeElementwise(op, [a, b], make(X, Y), { dtype });
}

function apply(op: BinaryOperator, a: Operable, b: Operable, dtype = mixedDType(op, a, b)): Tensor {
  return evaluate(op, a, b, (x, y) => binary(op, x, y), dtype);
}

/**
 * A differentiable op of two operands. The factors get the gradient as well as both operands, so that each side is one
 * kernel; `fitTo` undoes the broadcasting.
 */
function binaryOp(
  op: BinaryOperator,
  a: Operable,
  b: Operable,
  options: {
    dtype?: DType;
    gradients: (g: Expression, x: Expression, y: Expression) => readonly [Expression, Expression];
    /** add and sub need no operand in backward. */
    linear?: boolean;
  },
): Tensor {
  const output = apply(op, a, b, options.dtype ?? mixedDType(op, a, b));
  const tensors = [a, b].filter((value) => typeof value !== 'number');
  const shapes = tensors.map((tensor) => tensor.shape);
  const saved = options.linear ? [] : tensors;
  return record(op, tensors, [output], saved, ([g], operands, needs) => {
    const numbers = [a, b].filter((value) => typeof value === 'number');
    let next = 1;
    const place = (value: Operable): Expression => {
      if (typeof value === 'number') return scalar(0);
      return options.linear ? ZERO : input(next++);
    };
    const sides = options.gradients(X, place(a), place(b));
    const wanted = [a, b].flatMap((value, side) => (typeof value === 'number' ? [] : [sides[side]!]));
    return wanted.map((expression, side) => {
      if (!needs[side]) return null;
      const gradient =
        expression === X
          ? g!
          : computeElementwise(op, [g!, ...operands], expression, { dtype: 'float32', scalars: numbers });
      return fitTo(gradient, shapes[side]!);
    });
  })[0];
}

export function add(a: Operable, b: Operable): Tensor {
  return binaryOp('add', a, b, { linear: true, gradients: (g) => [g, g] });
}

export function sub(a: Operable, b: Operable): Tensor {
  return binaryOp('sub', a, b, { linear: true, gradients: (g) => [g, unary('neg', g)] });
}

export function mul(a: Operable, b: Operable): Tensor {
  return binaryOp('mul', a, b, { gradients: (g, x, y) => [binary('mul', g, y), binary('mul', g, x)] });
}

/** True division: two int32 operands give float32. */
export function div(a: Operable, b: Operable): Tensor {
  return binaryOp('div', a, b, {
    dtype: 'float32',
    gradients: (g, x, y) => [
      binary('div', g, y),
      unary('neg', binary('div', binary('mul', g, binary('div', x, y)), y)),
    ],
  });
}

export function pow(a: Operable, b: Operable): Tensor {
  return binaryOp('pow', a, b, {
    gradients: (g, x, y) => [
      select(
        binary('eq', y, ZERO),
        ZERO,
        binary('mul', g, binary('mul', y, binary('pow', x, binary('sub', y, ONE)))),
      ),
      select(
        binary('mul', binary('eq', x, ZERO), binary('ge', y, ZERO)),
        ZERO,
        binary('mul', g, binary('mul', binary('pow', x, y), unary('log', x))),
      ),
    ],
  });
}

/** Equal operands share the gradient evenly; beside a NaN both get it, as in torch. */
function extremeOp(op: 'maximum' | 'minimum', loses: BinaryOperator, a: Operable, b: Operable): Tensor {
  const share = (x: Expression, y: Expression): Expression =>
    select(binary('eq', x, y), HALF, select(binary(loses, x, y), ZERO, ONE));
  return binaryOp(op, a, b, {
    gradients: (g, x, y) => [binary('mul', g, share(x, y)), binary('mul', g, share(y, x))],
  });
}

export function maximum(a: Operable, b: Operable): Tensor {
  return extremeOp('maximum', 'lt', a, b);
}

export function minimum(a: Operable, b: Operable): Tensor {
  return extremeOp('minimum', 'gt', a, b);
}

/** Comparisons give int32 1 or 0 and no gradient. */
export function compare(op: 'eq' | 'gt' | 'ge' | 'lt' | 'le', a: Operable, b: Operable): Tensor {
  return apply(op, a, b, 'int32');
}

/** `a` where the condition is not 0, `b` elsewhere; all three broadcast. */
export function where(condition: Tensor, a: Operable, b: Operable): Tensor {
  const dtype =
    typeof a === 'number' && typeof b === 'number' && Number.isInteger(a) && Number.isInteger(b)
      ? 'float32'
      : mixedDType('where', a, b);
  const tensors = [a, b].filter((value) => typeof value !== 'number');
  const scalars = [a, b].filter((value) => typeof value === 'number');
  let nextInput = 1;
  let nextScalar = 0;
  const place = (value: Operable): Expression =>
    typeof value === 'number' ? scalar(nextScalar++) : input(nextInput++);
  const output = computeElementwise('where', [condition, ...tensors], select(X, place(a), place(b)), {
    dtype,
    scalars,
  });
  const shapes = tensors.map((tensor) => tensor.shape);
  const sides = [select(X, Y, ZERO), select(X, ZERO, Y)].filter(
    (_, side) => typeof [a, b][side] !== 'number',
  );
  return record('where', tensors, [output], [condition], ([g], [mask], needs) =>
    sides.map((side, index) =>
      needs[index]
        ? fitTo(computeElementwise('where', [mask!, g!], side, { dtype: 'float32' }), shapes[index]!)
        : null,
    ),
  )[0];
}

/** A differentiable op of one operand; `gradient` sees g, x and the result y. */
function unaryOp(
  op: string,
  tensor: Tensor,
  forward: Expression,
  gradient: (g: Expression, x: Expression, y: Expression) => Expression,
  options: { save?: 'input' | 'output'; dtype?: DType; scalars?: readonly number[] } = {},
): Tensor {
  const scalars = options.scalars ?? [];
  const output = computeElementwise(op, [tensor], forward, { dtype: options.dtype ?? 'float32', scalars });
  const kept = options.save === 'output' ? output : tensor;
  return record(op, [tensor], [output], [kept], ([g], [value]) => [
    computeElementwise(op, [g!, value!], gradient(X, Y, Y), { dtype: 'float32', scalars }),
  ])[0];
}

function simple(
  op: UnaryOperator,
  tensor: Tensor,
  gradient: Parameters<typeof unaryOp>[3],
  options = {},
): Tensor {
  return unaryOp(op, tensor, unary(op, X), gradient, options);
}

export function neg(x: Tensor): Tensor {
  return simple('neg', x, (g) => unary('neg', g), { dtype: x.dtype });
}

export function abs(x: Tensor): Tensor {
  return simple('abs', x, (g, value) => binary('mul', g, unary('sign', value)), { dtype: x.dtype });
}

/** −1, 0 or 1; 0 for NaN, as in torch. */
export function sign(x: Tensor): Tensor {
  return simple('sign', x, () => ZERO, { dtype: x.dtype });
}

export function square(x: Tensor): Tensor {
  return unaryOp(
    'square',
    x,
    binary('mul', X, X),
    (g, v) => binary('mul', g, binary('mul', constant(2), v)),
    {
      dtype: x.dtype,
    },
  );
}

export function sqrt(x: Tensor): Tensor {
  return simple('sqrt', x, (g, _, y) => binary('div', g, binary('mul', constant(2), y)), { save: 'output' });
}

export function exp(x: Tensor): Tensor {
  return simple('exp', x, (g, _, y) => binary('mul', g, y), { save: 'output' });
}

export function log(x: Tensor): Tensor {
  return simple('log', x, (g, value) => binary('div', g, value));
}

export function tanh(x: Tensor): Tensor {
  return simple('tanh', x, (g, _, y) => binary('mul', g, binary('sub', ONE, binary('mul', y, y))), {
    save: 'output',
  });
}

export function sigmoid(x: Tensor): Tensor {
  return simple('sigmoid', x, (g, _, y) => binary('mul', g, binary('mul', y, binary('sub', ONE, y))), {
    save: 'output',
  });
}

export function relu(x: Tensor): Tensor {
  return unaryOp('relu', x, binary('maximum', X, ZERO), (g, _, y) => select(binary('le', y, ZERO), ZERO, g), {
    save: 'output',
    dtype: x.dtype,
  });
}

export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  const slope = scalar(0);
  return unaryOp(
    'leakyRelu',
    x,
    select(binary('gt', X, ZERO), X, binary('mul', X, slope)),
    (g, value) => select(binary('gt', value, ZERO), g, binary('mul', g, slope)),
    { scalars: [negativeSlope] },
  );
}

/** v times the scalar 0. */
function scaled(v: Expression): Expression {
  return binary('mul', v, scalar(0));
}

/** log(1 + exp(βx)) / β; linear where βx is above the threshold. */
export function softplus(x: Tensor, beta = 1, threshold = 20): Tensor {
  const isLinear = binary('gt', scaled(X), scalar(1));
  const curve = binary('div', unary('log1p', unary('exp', scaled(X))), scalar(0));
  return unaryOp(
    'softplus',
    x,
    select(isLinear, X, curve),
    (g, v) => select(binary('gt', scaled(v), scalar(1)), g, binary('mul', g, unary('sigmoid', scaled(v)))),
    { scalars: [beta, threshold] },
  );
}

/** Φ(v), the normal distribution function. */
function normalCdf(v: Expression): Expression {
  return binary('mul', HALF, binary('add', ONE, unary('erf', binary('mul', v, constant(Math.SQRT1_2)))));
}

/** φ(v), the normal density. */
function normalPdf(v: Expression): Expression {
  const power = unary('exp', binary('mul', constant(-0.5), binary('mul', v, v)));
  return binary('mul', constant(1 / Math.sqrt(2 * Math.PI)), power);
}

const GELU_RATE = constant(Math.sqrt(2 / Math.PI));
const GELU_CUBIC = 0.044715;

/** tanh(√(2/π)·(v + 0.044715·v³)) */
function geluBend(v: Expression): Expression {
  const cubed = binary('mul', v, binary('mul', v, v));
  return unary(
    'tanh',
    binary('mul', GELU_RATE, binary('add', v, binary('mul', constant(GELU_CUBIC), cubed))),
  );
}

/** The Gaussian error linear unit, exact (`none`) or in its tanh form, as in torch. */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
  if (approximate === 'none') {
    return unaryOp('gelu', x, binary('mul', X, normalCdf(X)), (g, v) =>
      binary('mul', g, binary('add', normalCdf(v), binary('mul', v, normalPdf(v)))),
    );
  }
  return unaryOp(
    'gelu',
    x,
    binary('mul', binary('mul', HALF, X), binary('add', ONE, geluBend(X))),
    (g, v) => {
      const bend = geluBend(v);
      const growth = binary('add', ONE, binary('mul', constant(3 * GELU_CUBIC), binary('mul', v, v)));
      const slope = binary(
        'mul',
        binary('sub', ONE, binary('mul', bend, bend)),
        binary('mul', GELU_RATE, growth),
      );
      const curve = binary('mul', binary('mul', HALF, v), slope);
      return binary('mul', g, binary('add', binary('mul', HALF, binary('add', ONE, bend)), curve));
    },
  );
}

/** 1 where v lies between the scalars 0 and 1. */
function isBetweenScalars(v: Expression): Expression {
  return binary('mul', binary('ge', v, scalar(0)), binary('le', v, scalar(1)));
}

/** Limits to [min, max]; either may be left out. Values on a limit still get their gradient. */
export function clamp(x: Tensor, min = -Infinity, max = Infinity): Tensor {
  if (Number.isNaN(min) || Number.isNaN(max)) throw inputError('clamp', 'a limit is NaN', { min, max });
  const whole =
    x.dtype === 'int32' && [min, max].every((limit) => !Number.isFinite(limit) || Number.isInteger(limit));
  return unaryOp(
    'clamp',
    x,
    binary('minimum', binary('maximum', X, scalar(0)), scalar(1)),
    (g, v) => select(isBetweenScalars(v), g, ZERO),
    { scalars: [min, max], dtype: whole ? 'int32' : 'float32' },
  );
}

/** The same numbers in another dtype; to int32 drops the fraction and the gradient. */
export function cast(x: Tensor, dtype: DType): Tensor {
  const output = computeElementwise('cast', [x], X, { dtype });
  return dtype === 'int32' ? output : record('cast', [x], [output], [], ([g]) => [g!])[0];
}
