import { record } from '../autograd.ts';
import { shapeError, TensorError } from '../error.ts';
import { binary, constant, input } from '../expression.ts';
import type { Operand } from '../kernel.ts';
import { ELEMENT_BYTES } from '../kernel.ts';
import { within } from '../memory.ts';
import { activeRecorder } from '../recording.ts';
import type { Shape } from '../shape.ts';
import { contiguousLayout, isContiguous, resolveAxis, sameShape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeElementwise, computeInto, emptyLike, requireDType, sharedDevice } from './compute.ts';

/**
 * Runs a check on the smallest and the largest index where the host knows them without reading the device; others are left
 * to the device. In a captured step it is run at each call, for the indices of that call.
 */
export function checkIndices(index: Tensor, check: (index: number) => void): void {
  const { storage, layout } = index;
  if (!isContiguous(layout) || index.size * ELEMENT_BYTES !== storage.byteLength) return;
  activeRecorder()?.checkIndices(storage, check);
  storage.range?.forEach(check);
}

function checkRange(op: string, index: Tensor, length: number): void {
  checkIndices(index, (each) => {
    if (each >= 0 && each < length) return;
    throw new TensorError('INDEX_OUT_OF_RANGE', `index ${each} is outside an axis of length ${length}`, {
      op,
      details: { index: each, length },
    });
  });
}

/** Reads `x` at `index`, whose strides over `shape` are given. Outside of the graph. */
export function computeGather(
  op: string,
  x: Tensor,
  axis: number,
  index: Tensor,
  shape: Shape,
  indexStrides: readonly number[],
): Tensor {
  const device = sharedDevice(op, [x, index]);
  const length = x.shape[axis]!;
  if (sizeOf(shape) === 0) return emptyLike(op, x, shape, x.dtype);
  checkRange(op, index, length);
  const output = emptyLike(op, x, shape, x.dtype);
  device.run(
    {
      kind: 'gather',
      shape,
      axis,
      length,
      source: { dtype: x.dtype, strides: x.layout.strides, offset: x.layout.offset },
      index: indexOperand(index, indexStrides),
    },
    [x.storage.buffer, index.storage.buffer, output.storage.buffer],
  );
  return output;
}

/** Zeros of `outputShape`, to which `source` is added at `index`; both are walked over `shape`. Outside of the graph. */
function computeScatterAdd(
  op: string,
  outputShape: Shape,
  axis: number,
  index: Tensor,
  source: Tensor,
  shape: Shape,
  indexStrides: readonly number[],
): Tensor {
  const device = sharedDevice(op, [index, source]);
  if (sizeOf(shape) === 0) return source.filledLike(0, outputShape);
  const output = emptyLike(op, source, outputShape, 'float32');
  device.run(
    {
      kind: 'scatterAdd',
      shape,
      axis,
      outputShape,
      source: { dtype: 'float32', strides: source.layout.strides, offset: source.layout.offset },
      index: indexOperand(index, indexStrides),
    },
    [source.storage.buffer, index.storage.buffer, output.storage.buffer],
  );
  return output;
}

function indexOperand(index: Tensor, strides: readonly number[]): Operand {
  return { dtype: 'int32', strides, offset: index.layout.offset };
}

/**
 * `computeGather` with its gradient. `withoutGradient` is a position of the axis whose gradient stays 0, whatever was read
 * from it.
 */
export function gatherWith(
  op: string,
  x: Tensor,
  axis: number,
  index: Tensor,
  shape: Shape,
  indexStrides: readonly number[],
  withoutGradient: number | null = null,
): Tensor {
  const output = computeGather(op, x, axis, index, shape, indexStrides);
  const from = x.shape;
  return record(op, [x], [output], [index], ([g], [positions]) => {
    const whole = computeScatterAdd(op, from, axis, positions!, g!, shape, indexStrides);
    if (withoutGradient !== null) {
      const { strides } = whole.layout;
      const line = { shape: from.with(axis, 1), strides, offset: withoutGradient * strides[axis]! };
      computeInto(op, whole, line, [], constant(0));
    }
    return [whole];
  })[0];
}

/** Picks along one axis; the index has the tensor's rank, and no other axis longer than the tensor's (torch.gather). */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  const axis = resolveAxis('gather', dim, x.ndim);
  requireDType('gather', 'the index', index, 'int32');
  if (index.ndim !== x.ndim || index.shape.some((n, i) => i !== axis && n > x.shape[i]!)) {
    throw shapeError(
      'gather',
      [x.shape, index.shape],
      `an index of the same rank that fits but for axis ${axis}`,
    );
  }
  return gatherWith('gather', x, axis, index, index.shape, index.layout.strides);
}

/** Whole slices along one axis, in the order of a one-dimensional index (torch.index_select). */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  const axis = resolveAxis('indexSelect', dim, x.ndim);
  requireDType('indexSelect', 'the index', index, 'int32');
  if (index.ndim !== 1) throw shapeError('indexSelect', [index.shape], 'an index with one axis');
  const shape = x.shape.map((n, i) => (i === axis ? index.shape[0]! : n));
  const strides = shape.map((_, i) => (i === axis ? index.layout.strides[0]! : 0));
  return gatherWith('indexSelect', x, axis, index, shape, strides);
}

/**
 * A copy of `x` to which `source` is added at the places that the index (int32) gives along one axis (torch.scatter_add).
 * All have the same rank; the index is on no axis longer than the source, and on no other axis longer than `x`.
 */
export function scatterAdd(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  sharedDevice('scatterAdd', [x, index, source]);
  const axis = resolveAxis('scatterAdd', dim, x.ndim);
  requireDType('scatterAdd', 'the index', index, 'int32');
  for (const tensor of [x, source]) requireDType('scatterAdd', 'an argument', tensor, 'float32');
  const { shape } = index;
  const fits =
    index.ndim === x.ndim &&
    source.ndim === x.ndim &&
    shape.every((n, i) => n <= source.shape[i]! && (i === axis || n <= x.shape[i]!));
  if (!fits) {
    throw shapeError(
      'scatterAdd',
      [x.shape, shape, source.shape],
      `an index of the same rank that fits into the source, and into the first tensor but for axis ${axis}`,
    );
  }
  if (sizeOf(shape) > 0) checkRange('scatterAdd', index, x.shape[axis]!);
  const { strides } = index.layout;
  const output = within('scatterAdd', () => {
    const added = computeScatterAdd('scatterAdd', x.shape, axis, index, source, shape, strides);
    return computeElementwise('scatterAdd', [x, added], binary('add', input(0), input(1)), {
      dtype: 'float32',
    });
  });
  const sourceShape = source.shape;
  return record('scatterAdd', [x, source], [output], [index], ([g], [positions], needs) => {
    if (!needs[1]) return [g!, null];
    const picked = computeGather('scatterAdd', g!, axis, positions!, shape, strides);
    if (sameShape(shape, sourceShape)) return [g!, picked];
    const whole = g!.filledLike(0, sourceShape);
    computeInto('scatterAdd', whole, { ...contiguousLayout(sourceShape), shape }, [picked], input(0));
    return [g!, whole];
  })[0];
}
