import { record } from '../autograd.ts';
import { inputError } from '../error.ts';
import type { Expression } from '../expression.ts';
import { binary, constant, input, scalar, select, unary } from '../expression.ts';
import type { Shape } from '../shape.ts';
import { contiguousStrides, resolveAxes, resolveAxis, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeElementwise, computeReduce, viewOf } from './compute.ts';

/** One axis, several, or all of them when left out; negative axes count from the end. */
export type Axes = number | readonly number[];

const X = input(0);
const Y = input(1);
const Z = input(2);
const ZERO = constant(0);

/** Sums over the axes along which `shape` was stretched to the tensor's shape. Outside of the graph. */
export function reduceTo(tensor: Tensor, shape: Shape): Tensor {
  const missing = tensor.ndim - shape.length;
  const axes = tensor.shape.flatMap((length, axis) =>
    axis < missing || (shape[axis - missing] === 1 && length !== 1) ? [axis] : [],
  );
  const total = computeReduce('sum', [tensor], X, {
    axes,
    keepdim: true,
    reducer: 'sum',
    dtype: tensor.dtype,
  });
  return viewOf('sum', total, { shape, strides: contiguousStrides(shape), offset: 0 });
}

/** Gives a reduced tensor its lost axes back, with length 1, so that it broadcasts against the input. */
function restoreAxes(tensor: Tensor, axes: readonly number[], shape: Shape): Tensor {
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
  const centre = computeReduce('variance', [x], X, {
    axes,
    keepdim: true,
    reducer: 'sum',
    dtype: 'float32',
    finish: binary('div', X, constant(count)),
  });
  const distance = binary('sub', X, Y);
  const output = computeReduce('variance', [x, centre], binary('mul', distance, distance), {
    axes,
    keepdim,
    reducer: 'sum',
    dtype: 'float32',
    finish: binary('div', X, divisor),
  });
  record('variance', [x], [output], [x, centre], ([g], [value, middle]) => [
    computeElementwise(
      'variance',
      [value!, middle!, restoreAxes(g!, axes, shape)],
      binary('mul', Z, binary('div', binary('mul', constant(2), distance), divisor)),
      { dtype: 'float32' },
    ),
  ]);
  centre.dispose();
  return output;
}

/** The maximum, of which infinities count as 0: only y − y of a finite y is 0. */
const SHIFT = select(binary('eq', binary('sub', Y, Y), ZERO), Y, ZERO);
const SHIFTED = unary('exp', binary('sub', X, SHIFT));

export function logsumexp(x: Tensor, dim: Axes, keepdim = false): Tensor {
  const axes = resolveAxes('logsumexp', dim, x.ndim);
  requireElements('logsumexp', x, axes);
  const { shape } = x;
  const top = computeReduce('logsumexp', [x], X, { axes, keepdim: true, reducer: 'max', dtype: 'float32' });
  const total = computeReduce('logsumexp', [x, top], SHIFTED, {
    axes,
    keepdim: true,
    reducer: 'sum',
    dtype: 'float32',
  });
  const wide = computeElementwise('logsumexp', [total, top], binary('add', unary('log', X), SHIFT), {
    dtype: 'float32',
  });
  top.dispose();
  total.dispose();
  const kept = keepdim ? wide.shape : shape.filter((_, axis) => !axes.includes(axis));
  const output = viewOf('logsumexp', wide, { shape: kept, strides: contiguousStrides(kept), offset: 0 });
  wide.dispose();
  return record('logsumexp', [x], [output], [x, output], ([g], [value, result]) => [
    computeElementwise(
      'logsumexp',
      [value!, restoreAxes(result!, axes, shape), restoreAxes(g!, axes, shape)],
      binary('mul', Z, unary('exp', binary('sub', X, Y))),
      { dtype: 'float32' },
    ),
  ])[0];
}

function softmaxParts(op: string, x: Tensor, axis: number): { top: Tensor; total: Tensor } {
  requireElements(op, x, [axis]);
  const options = { axes: [axis], keepdim: true, dtype: 'float32' } as const;
  const top = computeReduce(op, [x], X, { ...options, reducer: 'max' });
  const total = computeReduce(op, [x, top], unary('exp', binary('sub', X, Y)), {
    ...options,
    reducer: 'sum',
  });
  return { top, total };
}

function normalized(op: string, x: Tensor, axis: number, expression: Expression): Tensor {
  const { top, total } = softmaxParts(op, x, axis);
  const output = computeElementwise(op, [x, top, total], expression, { dtype: 'float32' });
  top.dispose();
  total.dispose();
  return output;
}

export function softmax(x: Tensor, dim: number): Tensor {
  const axis = resolveAxis('softmax', dim, x.ndim);
  const output = normalized('softmax', x, axis, binary('div', unary('exp', binary('sub', X, Y)), Z));
  return record('softmax', [x], [output], [output], ([g], [y]) => {
    const overlap = computeReduce('softmax', [g!, y!], binary('mul', X, Y), {
      axes: [axis],
      keepdim: true,
      reducer: 'sum',
      dtype: 'float32',
    });
    return [
      computeElementwise('softmax', [g!, y!, overlap], binary('mul', Y, binary('sub', X, Z)), {
        dtype: 'float32',
      }),
    ];
  })[0];
}

export function logSoftmax(x: Tensor, dim: number): Tensor {
  const axis = resolveAxis('logSoftmax', dim, x.ndim);
  const output = normalized('logSoftmax', x, axis, binary('sub', binary('sub', X, Y), unary('log', Z)));
  return record('logSoftmax', [x], [output], [output], ([g], [y]) => {
    const total = computeReduce('logSoftmax', [g!], X, {
      axes: [axis],
      keepdim: true,
      reducer: 'sum',
      dtype: 'float32',
    });
    return [
      computeElementwise('logSoftmax', [g!, y!, total], binary('sub', X, binary('mul', unary('exp', Y), Z)), {
        dtype: 'float32',
      }),
    ];
  })[0];
}

export type LossReduction = 'mean' | 'sum' | 'none';

/** A loss over the difference d = prediction − target, with its slope by d; forward and backward are one kernel each. */
function differenceLoss(
  op: string,
  prediction: Tensor,
  target: Tensor,
  reduction: LossReduction,
  parts: { value: Expression; slope: Expression; scalars?: readonly number[] },
): Tensor {
  if (
    prediction.shape.length !== target.shape.length ||
    prediction.shape.some((n, i) => n !== target.shape[i])
  ) {
    throw inputError(
      op,
      `prediction has shape [${prediction.shape.join(', ')}], target has [${target.shape.join(', ')}]; they must be equal`,
      { prediction: prediction.shape, target: target.shape },
    );
  }
  const inputs = [prediction, target];
  const scalars = parts.scalars ?? [];
  const count = reduction === 'mean' ? prediction.size : 1;
  const output =
    reduction === 'none'
      ? computeElementwise(op, inputs, parts.value, { dtype: 'float32', scalars })
      : computeReduce(op, inputs, parts.value, {
          axes: prediction.shape.map((_, axis) => axis),
          keepdim: false,
          reducer: 'sum',
          dtype: 'float32',
          finish: binary('div', X, constant(count)),
          scalars,
        });
  return record(op, inputs, [output], inputs, ([g], [a, b], needs) => {
    const slope = binary('mul', Z, binary('div', parts.slope, constant(count)));
    const make = (expression: Expression): Tensor =>
      computeElementwise(op, [a!, b!, g!], expression, { dtype: 'float32', scalars });
    return [needs[0] ? make(slope) : null, needs[1] ? make(unary('neg', slope)) : null];
  })[0];
}

const DIFFERENCE = binary('sub', X, Y);

/** (prediction − target)², averaged unless `reduction` says otherwise. Both have the same shape. */
export function mseLoss(
  prediction: Tensor,
  target: Tensor,
  options: { reduction?: LossReduction } = {},
): Tensor {
  return differenceLoss('mseLoss', prediction, target, options.reduction ?? 'mean', {
    value: binary('mul', DIFFERENCE, DIFFERENCE),
    slope: binary('mul', constant(2), DIFFERENCE),
  });
}

/** |prediction − target|, averaged unless `reduction` says otherwise. Both have the same shape. */
export function l1Loss(
  prediction: Tensor,
  target: Tensor,
  options: { reduction?: LossReduction } = {},
): Tensor {
  return differenceLoss('l1Loss', prediction, target, options.reduction ?? 'mean', {
    value: unary('abs', DIFFERENCE),
    slope: unary('sign', DIFFERENCE),
  });
}

/** d²/2 while |d| ≤ delta, delta·(|d| − delta/2) beyond; averaged unless `reduction` says otherwise. */
export function huberLoss(
  prediction: Tensor,
  target: Tensor,
  options: { delta?: number; reduction?: LossReduction } = {},
): Tensor {
  const delta = options.delta ?? 1;
  if (!(delta > 0)) throw inputError('huberLoss', `delta must be above 0, got ${delta}`, { delta });
  const distance = unary('abs', DIFFERENCE);
  const isNear = binary('le', distance, scalar(0));
  const half = constant(0.5);
  return differenceLoss('huberLoss', prediction, target, options.reduction ?? 'mean', {
    value: select(
      isNear,
      binary('mul', half, binary('mul', DIFFERENCE, DIFFERENCE)),
      binary('mul', scalar(0), binary('sub', distance, binary('mul', half, scalar(0)))),
    ),
    slope: select(isNear, DIFFERENCE, binary('mul', scalar(0), unary('sign', DIFFERENCE))),
    scalars: [delta],
  });
}

function requireElements(op: string, x: Tensor, axes: readonly number[]): void {
  if (axes.some((axis) => x.shape[axis] === 0)) {
    throw inputError(op, `nothing to choose from along an empty axis of shape [${x.shape.join(', ')}]`, {
      shape: x.shape,
    });
  }
}
