import type { GradientRule } from '../autograd.ts';
import { record } from '../autograd.ts';
import { inputError } from '../error.ts';
import type { BinaryOperator, Expression } from '../expression.ts';
import { binary, constant, input, scalar, select, unary } from '../expression.ts';
import type { DType } from '../kernel.ts';
import { sameShape } from '../shape.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { TensorHandle } from '../tensor/handle.ts';
import { computeElementwise, multiplier } from './compute.ts';
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

/** Refuses operands that only JavaScript can hand over. */
function requireOperands(op: string, operands: readonly Operable[]): void {
  for (const value of operands) {
    if (typeof value === 'number' || value instanceof TensorHandle) continue;
    const given = Array.isArray(value) ? 'an array' : String(value);
    throw inputError(op, `works on tensors and numbers, got ${given}`);
  }
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

function apply(op: BinaryOperator, a: Operable, b: Operable, dtype?: DType): Tensor {
  requireOperands(op, [a, b]);
  const result = dtype ?? mixedDType(op, a, b);
  const operator = op === 'mul' ? multiplier(result) : op;
  return evaluate(op, a, b, (x, y) => binary(operator, x, y), result);
}

interface BinaryOptions {
  readonly dtype?: DType;
  /** The gradients of both sides, before they are summed over the axes that were stretched. */
  readonly gradients: (g: Expression, x: Expression, y: Expression) => readonly [Expression, Expression];
  /** add and sub need no operand in backward. */
  readonly linear?: boolean;
}

function isTensor(value: Operable): value is Tensor {
  return typeof value !== 'number';
}

function isNumber(value: Operable): value is number {
  return typeof value === 'number';
}

/** A differentiable op of two operands, of which one may be a number. */
function binaryOp(op: BinaryOperator, a: Operable, b: Operable, options: BinaryOptions): Tensor {
  const output = apply(op, a, b, options.dtype);
  const sides = [a, b];
  const tensors = sides.filter(isTensor);
  const rule = binaryRule(op, sides.map(isNumber), sides.filter(isNumber), shapesOf(tensors), options);
  return record(op, tensors, [output], options.linear ? [] : tensors, rule)[0];
}

function shapesOf(tensors: readonly Tensor[]): Shape[] {
  return tensors.map((tensor) => tensor.shape);
}

/**
 * One kernel per side, from the gradient and both operands. A function of its own, so that the rule holds on to no tensor:
 * the graph would keep the operands from the garbage collector.
 */
function binaryRule(
  op: string,
  areNumbers: readonly boolean[],
  numbers: readonly number[],
  shapes: readonly Shape[],
  options: BinaryOptions,
): GradientRule {
  let next = 1;
  const [x, y] = areNumbers.map((number): Expression => {
    if (number) return scalar(0);
    return options.linear ? ZERO : input(next++);
  });
  const expressions = options.gradients(X, x!, y!).filter((_, side) => !areNumbers[side]);
  return ([g], operands, needs) =>
    expressions.map((expression, side) => {
      if (!needs[side]) return null;
      const gradient =
        expression === X
          ? g!
          : computeElementwise(op, [g!, ...operands], expression, { dtype: 'float32', scalars: numbers });
      return fitTo(gradient, shapes[side]!);
    });
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
  requireOperands('where', [condition, a, b]);
  const dtype = isNumber(a) && isNumber(b) ? 'float32' : mixedDType('where', a, b);
  const sides = [a, b];
  const tensors = sides.filter(isTensor);
  const scalars = sides.filter(isNumber);
  let nextInput = 1;
  let nextScalar = 0;
  const [x, y] = sides.map((side) => (isNumber(side) ? scalar(nextScalar++) : input(nextInput++)));
  const output = computeElementwise('where', [condition, ...tensors], select(X, x!, y!), { dtype, scalars });
  const gradients = [select(X, Y, ZERO), select(X, ZERO, Y)].filter((_, side) => isTensor(sides[side]!));
  return record('where', tensors, [output], [condition], whereRule(gradients, shapesOf(tensors)))[0];
}

function whereRule(expressions: readonly Expression[], shapes: readonly Shape[]): GradientRule {
  return ([g], [mask], needs) =>
    expressions.map((expression, side) =>
      needs[side]
        ? fitTo(computeElementwise('where', [mask!, g!], expression, { dtype: 'float32' }), shapes[side]!)
        : null,
    );
}
