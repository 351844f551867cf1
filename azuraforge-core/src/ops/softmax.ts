import { record } from '../autograd.ts';
import type { Expression } from '../expression.ts';
import { binary, constant, input, select, unary } from '../expression.ts';
import { within } from '../memory.ts';
import { contiguousStrides, resolveAxes, resolveAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeElementwise, computeReduce, viewOf } from './compute.ts';
import type { Axes } from './reduce.ts';
import { requireElements, restoreAxes } from './reduce.ts';

const X = input(0);
const Y = input(1);
const Z = input(2);
const ZERO = constant(0);

/** The maximum, of which infinities count as 0: only y − y of a finite y is 0. */
const SHIFT = select(binary('eq', binary('sub', Y, Y), ZERO), Y, ZERO);
const SHIFTED = unary('exp', binary('sub', X, SHIFT));

export function logsumexp(x: Tensor, dim: Axes, keepdim = false): Tensor {
  const axes = resolveAxes('logsumexp', dim, x.ndim);
  requireElements('logsumexp', x, axes);
  const { shape } = x;
  return within('logsumexp', () => {
    const options = { axes, keepdim: true, dtype: 'float32' } as const;
    const top = computeReduce('logsumexp', [x], X, { ...options, reducer: 'max' });
    const total = computeReduce('logsumexp', [x, top], SHIFTED, { ...options, reducer: 'sum' });
    const wide = computeElementwise('logsumexp', [total, top], binary('add', unary('log', X), SHIFT), {
      dtype: 'float32',
    });
    const kept = keepdim ? wide.shape : shape.filter((_, axis) => !axes.includes(axis));
    const output = viewOf('logsumexp', wide, { shape: kept, strides: contiguousStrides(kept), offset: 0 });
    return record('logsumexp', [x], [output], [x, output], ([g], [value, result]) => [
      computeElementwise(
        'logsumexp',
        [value!, restoreAxes(result!, axes, shape), restoreAxes(g!, axes, shape)],
        binary('mul', Z, unary('exp', binary('sub', X, Y))),
        { dtype: 'float32' },
      ),
    ])[0];
  });
}

/** The largest number along an axis, and the sum of the exponentials of the distances to it; both keep the axis. */
export function softmaxParts(op: string, x: Tensor, axis: number): { top: Tensor; total: Tensor } {
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
  return within(op, () => {
    const { top, total } = softmaxParts(op, x, axis);
    return computeElementwise(op, [x, top, total], expression, { dtype: 'float32' });
  });
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
