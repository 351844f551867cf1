import { record } from '../autograd.ts';
import { inputError } from '../error.ts';
import type { Expression, UnaryOperator } from '../expression.ts';
import { binary, constant, input, scalar, select, unary } from '../expression.ts';
import type { DType } from '../kernel.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, computeElementwise, multiplier } from './compute.ts';

const X = input(0);
const Y = input(1);
const ZERO = constant(0);

/** A differentiable op of one operand; `gradient` sees g, x and the result y. */
export function unaryOp(
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

/** A `unaryOp` that is a single operator. */
export function simple(
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
    binary(multiplier(x.dtype), X, X),
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
  checkDType('cast', dtype);
  const output = computeElementwise('cast', [x], X, { dtype });
  return dtype === 'int32' ? output : record('cast', [x], [output], [], ([g]) => [g!])[0];
}
