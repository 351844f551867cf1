import { record } from '../autograd.ts';
import { inputError } from '../error.ts';
import type { Expression } from '../expression.ts';
import { binary, constant, input } from '../expression.ts';
import type { DType } from '../kernel.ts';
import { within } from '../memory.ts';
import type { Shape } from '../shape.ts';
import { contiguousStrides, resolveAxes, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeElementwise, computeReduce, viewOf } from './compute.ts';

/** One axis, several, or all of them when left out; negative axes count from the end. */
export type Axes = number | readonly number[];

const X = input(0);
const Y = input(1);
const Z = input(2);

/** Sums over the axes along which `shape` was stretched to the tensor's shape. Outside of the graph. */
export function reduceTo(tensor: Tensor, shape: Shape): Tensor {
  return sumTo('sum', [tensor], X, shape, tensor.dtype);
}

/** Sums an expression over the axes along which `shape` was stretched to that of the first input. Outside of the graph. */
export function sumTo(
  op: string,
  inputs: readonly [Tensor, ...Tensor[]],
  expression: Expression,
  shape: Shape,
  dtype: DType = 'float32',
): Tensor {
  const full = inputs[0].shape;
  const missing = full.length - shape.length;
  const axes = full.flatMap((length, axis) =>
    axis < missing || (shape[axis - missing] === 1 && length !== 1) ? [axis] : [],
  );
  const total = computeReduce(op, inputs, expression, { axes, keepdim: true, reducer: 'sum', dtype });
  return viewOf(op, total, { shape, strides: contiguousStrides(shape), offset: 0 });
}

/** Gives a reduced tensor its lost axes back, with length 1, so that it broadcasts against the input. */
export function restoreAxes(tensor: Tensor, axes: readonly number[], shape: Shape): Tensor {
  if (tensor.ndim === shape.length) return tensor;
  const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return tensor.reshape(kept);
}

export function sum(x: Tensor, dim?: Axes, keepdim = false): Tensor {
  const axes = resolveAxes('sum', dim, x.ndim);
  const output = computeReduce('sum', [x], X, { axes, keepdim, reducer: 'sum', dtype: x.dtype });
  const { shape } = x;
  return record('sum', [x], [output], [], ([g]) => [restoreAxes(g!, axes, shape).expand(shape)])[0];
}

export function mean(x: Tensor, dim?: Axes, keepdim = false): Tensor {
  const axes = resolveAxes('mean', dim, x.ndim);
  const { shape } = x;
  const count = sizeOf(axes.map((axis) => shape[axis]!));
  const output = computeReduce('mean', [x], X, {
    axes,
    keepdim,
    reducer: 'sum',
    dtype: 'float32',
    finish: binary('div', X, constant(count)),
  });
  return record('mean', [x], [output], [], ([g]) => [
    restoreAxes(g!.div(count), axes, shape).expand(shape),
  ])[0];
}

function extreme(op: 'max' | 'min', x: Tensor, dim: Axes | undefined, keepdim: boolean): Tensor {
  const axes = resolveAxes(op, dim, x.ndim);
  requireElements(op, x, axes);
  const output = computeReduce(op, [x], X, { axes, keepdim, reducer: op, dtype: x.dtype });
  return record(op, [x], [output], [x, output], ([g], [value, best]) => {
    const bestWide = restoreAxes(best!, axes, value!.shape);
    const isBest = binary('eq', X, Y);
    const winners = computeReduce(op, [value!, bestWide], isBest, {
      axes,
      keepdim: true,
      reducer: 'sum',
      dtype: 'float32',
    });
    const share = restoreAxes(g!, axes, value!.shape).div(winners);
    return [
      computeElementwise(op, [value!, bestWide, share], binary('mul', Z, isBest), { dtype: 'float32' }),
    ];
  })[0];
}

/** The largest values; NaN wins. Equal winners share the gradient evenly (torch's amax). */
export function max(x: Tensor, dim?: Axes, keepdim = false): Tensor {
  return extreme('max', x, dim, keepdim);
}

/** The smallest values; NaN wins. Equal winners share the gradient evenly (torch's amin). */
export function min(x: Tensor, dim?: Axes, keepdim = false): Tensor {
  return extreme('min', x, dim, keepdim);
}

/** Position (int32) of the largest value along `dim`, or in the flattened tensor; the first of equals. */
export function argmax(x: Tensor, dim?: number, keepdim = false): Tensor {
  const axes = resolveAxes('argmax', dim, x.ndim);
  requireElements('argmax', x, axes);
  return computeReduce('argmax', [x], X, { axes, keepdim, reducer: 'argmax', dtype: 'int32' });
}

/** Position (int32) of the smallest value along `dim`, or in the flattened tensor; the first of equals. */
export function argmin(x: Tensor, dim?: number, keepdim = false): Tensor {
  const axes = resolveAxes('argmin', dim, x.ndim);
  requireElements('argmin', x, axes);
  return computeReduce('argmin', [x], X, { axes, keepdim, reducer: 'argmin', dtype: 'int32' });
}

/** Mean squared distance from the mean, divided by (count − correction); correction 1 is the unbiased estimate. */
export function variance(
  x: Tensor,
  dim?: Axes,
  options: { keepdim?: boolean; correction?: number } = {},
): Tensor {
  const { keepdim = false, correction = 1 } = options;
  const axes = resolveAxes('variance', dim, x.ndim);
  const { shape } = x;
  const count = sizeOf(axes.map((axis) => shape[axis]!));
  const divisor = constant(Math.max(0, count - correction));
  const distance = binary('sub', X, Y);
  return within('variance', () => {
    const centre = computeReduce('variance', [x], X, {
      axes,
      keepdim: true,
      reducer: 'sum',
      dtype: 'float32',
      finish: binary('div', X, constant(count)),
    });
    const output = computeReduce('variance', [x, centre], binary('mul', distance, distance), {
      axes,
      keepdim,
      reducer: 'sum',
      dtype: 'float32',
      finish: binary('div', X, divisor),
    });
    return record('variance', [x], [output], [x, centre], ([g], [value, middle]) => [
      computeElementwise(
        'variance',
        [value!, middle!, restoreAxes(g!, axes, shape)],
        binary('mul', Z, binary('div', binary('mul', constant(2), distance), divisor)),
        { dtype: 'float32' },
      ),
    ])[0];
  });
}

/** Refuses a choice among no elements. */
export function requireElements(op: string, x: Tensor, axes: readonly number[]): void {
  if (axes.some((axis) => x.shape[axis] === 0)) {
    throw inputError(op, `nothing to choose from along an empty axis of shape [${x.shape.join(', ')}]`, {
      shape: x.shape,
    });
  }
}
