import { record } from '../autograd.ts';
import { inputError, shapeError, TensorError } from '../error.ts';
import { input, scalar } from '../expression.ts';
import { within } from '../memory.ts';
import type { Layout, Shape } from '../shape.ts';
import {
  broadcastShapes,
  broadcastStrides,
  checkShape,
  contiguousLayout,
  isContiguous,
  requireArray,
  resolveAxis,
  resolveIndex,
  reshapeLayout,
  sameShape,
  sizeOf,
} from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeElementwise, computeInto, emptyLike, sharedDevice, storageOf, viewOf } from './compute.ts';
import { reduceTo } from './reduce.ts';

const X = input(0);

/** The same tensor when its elements already lie in row-major order, else a copy in which they do. */
export function contiguous(x: Tensor): Tensor {
  storageOf('contiguous', x);
  return isContiguous(x.layout) ? x : clone(x);
}

export function clone(x: Tensor): Tensor {
  const output = computeElementwise('clone', [x], X, { dtype: x.dtype });
  return record('clone', [x], [output], [], ([g]) => [g!])[0];
}

/** One length may be −1: it is worked out from the others. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return reshapeTo('reshape', x, inferShape(x, shape));
}

function reshapeTo(op: string, x: Tensor, shape: Shape): Tensor {
  const from = x.shape;
  const layout = reshapeLayout(x.layout, shape);
  let output: Tensor;
  if (layout === null) {
    const copy = computeElementwise(op, [x], X, { dtype: x.dtype });
    output = viewOf(op, copy, contiguousLayout(shape));
    copy.dispose();
  } else {
    output = viewOf(op, x, layout);
  }
  return record(op, [x], [output], [], ([g]) => [g!.reshape(from)])[0];
}

function inferShape(x: Tensor, shape: Shape): Shape {
  requireArray('reshape', shape);
  const unknown = shape.indexOf(-1);
  if (unknown !== -1) {
    const known = shape.toSpliced(unknown, 1);
    const inferred = x.size / sizeOf(known);
    if (known.includes(-1) || !Number.isInteger(inferred)) {
      throw shapeError('reshape', [x.shape, shape], 'one unknown length that divides the number of elements');
    }
    checkShape('reshape', known);
    return shape.with(unknown, inferred);
  }
  checkShape('reshape', shape);
  if (sizeOf(shape) !== x.size) throw shapeError('reshape', [x.shape, shape], 'the same number of elements');
  return shape;
}

export function permute(x: Tensor, order: readonly number[]): Tensor {
  const axes = order.map((axis) => resolveAxis('permute', axis, x.ndim));
  if (axes.length !== x.ndim || new Set(axes).size !== axes.length) {
    throw inputError('permute', `[${order.join(', ')}] does not name each of the ${x.ndim} axes once`, {
      order,
      shape: x.shape,
    });
  }
  return permuteTo('permute', x, axes);
}

function permuteTo(op: string, x: Tensor, axes: readonly number[]): Tensor {
  const output = viewOf(op, x, {
    shape: axes.map((axis) => x.shape[axis]!),
    strides: axes.map((axis) => x.layout.strides[axis]!),
    offset: x.layout.offset,
  });
  const inverse = axes.map((_, axis) => axes.indexOf(axis));
  return record(op, [x], [output], [], ([g]) => [permuteTo(op, g!, inverse)])[0];
}

export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const a = resolveAxis('transpose', dim0, x.ndim);
  const b = resolveAxis('transpose', dim1, x.ndim);
  const order = x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
  return permuteTo('transpose', x, order);
}

/** Stretches axes of length 1 (and adds axes at the left); −1 keeps a length. */
export function expand(x: Tensor, shape: Shape): Tensor {
  requireArray('expand', shape);
  const missing = shape.length - x.ndim;
  const target = shape.map((length, axis) => (length === -1 ? (x.shape[axis - missing] ?? -1) : length));
  checkShape('expand', target);
  if (missing < 0 || !sameShape(broadcastShapes('expand', [x.shape, target]), target)) {
    throw shapeError('expand', [x.shape, target], 'a shape that the tensor stretches to');
  }
  const output = viewOf('expand', x, {
    shape: target,
    strides: broadcastStrides(x.layout, target),
    offset: x.layout.offset,
  });
  const from = x.shape;
  return record('expand', [x], [output], [], ([g]) => [sameShape(from, target) ? g! : reduceTo(g!, from)])[0];
}

/** A view of a part of the buffer whose gradient is written into the same part of zeros. */
function part(op: string, x: Tensor, pick: (layout: Layout) => Layout): Tensor {
  const output = viewOf(op, x, pick(x.layout));
  const { shape } = x;
  return record(op, [x], [output], [], ([g]) => {
    const whole = g!.filledLike(0, shape);
    computeInto(op, whole, pick(whole.layout), [g!], X);
    return [whole];
  })[0];
}

/** `length` elements of one axis from `start` on. */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const axis = resolveAxis('narrow', dim, x.ndim);
  const available = x.shape[axis]!;
  const from = start < 0 ? start + available : start;
  if (
    !Number.isInteger(from) ||
    !Number.isInteger(length) ||
    from < 0 ||
    length < 0 ||
    from + length > available
  ) {
    throw new TensorError(
      'INDEX_OUT_OF_RANGE',
      `${length} from ${start} on is outside an axis of length ${available}`,
      {
        op: 'narrow',
        details: { dim, start, length, shape: x.shape },
      },
    );
  }
  return part('narrow', x, (layout) => ({
    shape: layout.shape.map((n, i) => (i === axis ? length : n)),
    strides: layout.strides,
    offset: layout.offset + from * layout.strides[axis]!,
  }));
}

/** Elements start, start + step, … below end of one axis; as in Python, ends are cut to the axis. The step is at least 1. */
export function slice(x: Tensor, dim: number, start = 0, end = Infinity, step = 1): Tensor {
  const axis = resolveAxis('slice', dim, x.ndim);
  if (!Number.isInteger(step) || step < 1) {
    throw inputError(
      'slice',
      `the step must be a whole number from 1 up, got ${step}; use flip to turn an axis round`,
    );
  }
  const available = x.shape[axis]!;
  const from = clip('slice', start, available);
  const length = Math.max(0, Math.ceil((clip('slice', end, available) - from) / step));
  return part('slice', x, (layout) => ({
    shape: layout.shape.map((n, i) => (i === axis ? length : n)),
    strides: layout.strides.map((stride, i) => (i === axis ? stride * step : stride)),
    offset: layout.offset + from * layout.strides[axis]!,
  }));
}

function clip(op: string, position: number, length: number): number {
  if (!Number.isInteger(position) && Math.abs(position) !== Infinity) {
    throw inputError(op, `a position must be a whole number, got ${position}`, { position });
  }
  return Math.min(length, Math.max(0, position < 0 ? position + length : position));
}

/** One position of one axis, which disappears. */
export function select(x: Tensor, dim: number, index: number): Tensor {
  const axis = resolveAxis('select', dim, x.ndim);
  const position = resolveIndex('select', index, x.shape[axis]!);
  return part('select', x, (layout) => ({
    shape: layout.shape.filter((_, i) => i !== axis),
    strides: layout.strides.filter((_, i) => i !== axis),
    offset: layout.offset + position * layout.strides[axis]!,
  }));
}

export function unsqueeze(x: Tensor, dim: number): Tensor {
  const axis = resolveAxis('unsqueeze', dim, x.ndim + 1);
  return reshapeTo('unsqueeze', x, x.shape.toSpliced(axis, 0, 1));
}

/** Drops one axis of length 1 (nothing happens when it is longer, as in torch), or all of them. */
export function squeeze(x: Tensor, dim?: number): Tensor {
  const axis = dim === undefined ? null : resolveAxis('squeeze', dim, x.ndim);
  return reshapeTo(
    'squeeze',
    x,
    x.shape.filter((length, i) => length !== 1 || (axis !== null && i !== axis)),
  );
}

/** Turns axes round. */
export function flip(x: Tensor, dims: number | readonly number[]): Tensor {
  const axes = (typeof dims === 'number' ? [dims] : dims).map((dim) => resolveAxis('flip', dim, x.ndim));
  const { shape, strides } = x.layout;
  let { offset } = x.layout;
  for (const axis of new Set(axes)) offset += Math.max(0, shape[axis]! - 1) * strides[axis]!;
  const output = viewOf('flip', x, {
    shape,
    strides: strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
    offset,
  });
  return record('flip', [x], [output], [], ([g]) => [flip(g!, axes)])[0];
}

/** Joins tensors along an axis that exists; all other lengths are equal. */
export function concat(tensors: readonly Tensor[], dim = 0): Tensor {
  const first = tensors[0];
  if (first === undefined) throw inputError('concat', 'needs at least one tensor');
  sharedDevice('concat', tensors);
  const axis = resolveAxis('concat', dim, first.ndim);
  for (const tensor of tensors) {
    if (tensor.ndim !== first.ndim || tensor.shape.some((n, i) => i !== axis && n !== first.shape[i])) {
      throw shapeError('concat', [first.shape, tensor.shape], `equal lengths but for axis ${axis}`);
    }
    if (tensor.dtype !== first.dtype) {
      throw new TensorError('DTYPE_MISMATCH', `cannot join ${first.dtype} and ${tensor.dtype}`, {
        op: 'concat',
      });
    }
  }
  sharedDevice('concat', tensors);
  const lengths = tensors.map((tensor) => tensor.shape[axis]!);
  const total = lengths.reduce((a, b) => a + b, 0);
  const output = emptyLike(
    'concat',
    first,
    first.shape.map((n, i) => (i === axis ? total : n)),
    first.dtype,
  );
  let start = 0;
  for (const tensor of tensors) {
    const { strides } = output.layout;
    computeInto(
      'concat',
      output,
      { shape: tensor.shape, strides, offset: start * strides[axis]! },
      [tensor],
      X,
    );
    start += tensor.shape[axis]!;
  }
  return record('concat', tensors, [output], [], ([g], _, needs) => {
    let from = 0;
    return lengths.map((length, index) => {
      const begin = from;
      from += length;
      return needs[index] ? narrow(g!, axis, begin, length) : null;
    });
  })[0];
}

/** Joins tensors of equal shape along a new axis. */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const first = tensors[0];
  if (first === undefined) throw inputError('stack', 'needs at least one tensor');
  sharedDevice('stack', tensors);
  for (const tensor of tensors) {
    if (!sameShape(tensor.shape, first.shape)) {
      throw shapeError('stack', [first.shape, tensor.shape], 'equal shapes');
    }
  }
  const axis = resolveAxis('stack', dim, first.ndim + 1);
  return within('stack', () =>
    concat(
      tensors.map((tensor) => unsqueeze(tensor, axis)),
      axis,
    ),
  );
}

/** Surrounds the tensor with `value`; one [before, after] pair per axis. */
export function pad(x: Tensor, widths: readonly (readonly [number, number])[], value = 0): Tensor {
  if (widths.length !== x.ndim) {
    throw inputError('pad', `got ${widths.length} [before, after] pairs for ${x.ndim} axes`, {
      shape: x.shape,
    });
  }
  if (widths.some((pair) => pair.some((n) => !Number.isInteger(n) || n < 0))) {
    throw inputError('pad', 'widths must be whole numbers from 0 up', { widths });
  }
  const from = x.shape;
  const inner = (layout: Layout): Layout => ({
    shape: from,
    strides: layout.strides,
    offset: layout.offset + widths.reduce((sum, [before], axis) => sum + before * layout.strides[axis]!, 0),
  });
  const padded = from.map((n, axis) => n + widths[axis]![0] + widths[axis]![1]);
  const output = filledLike(x, value, padded, 'pad');
  computeInto('pad', output, inner(output.layout), [x], X);
  return record('pad', [x], [output], [], ([g]) => [viewOf('pad', g!, inner(g!.layout))])[0];
}

/** A tensor beside `x`, of the same dtype, filled with one number. */
export function filledLike(x: Tensor, value: number, shape: Shape, op = 'filledLike'): Tensor {
  storageOf(op, x);
  checkShape(op, shape);
  const output = emptyLike(op, x, shape, x.dtype);
  computeInto(op, output, output.layout, [], scalar(0), [value]);
  return output;
}
