import { record } from '../autograd.ts';
import { shapeError, TensorError } from '../error.ts';
import { activeRecorder } from '../recording.ts';
import type { Layout, Shape } from '../shape.ts';
import { isContiguous, resolveAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { ELEMENT_BYTES, emptyLike, requireDType, sharedDevice } from './compute.ts';

/** Indices whose values are known on the host are checked before any kernel runs; a part of them is left to the device. */
export function checkRange(op: string, index: Tensor, length: number): void {
  const { storage } = index;
  const { range, byteLength } = storage;
  if (!isContiguous(index.layout) || index.size * ELEMENT_BYTES !== byteLength) return;
  activeRecorder()?.readIndices(storage, op, length);
  if (range === null || (range[0] >= 0 && range[1] < length)) return;
  const wrong = range[0] < 0 ? range[0] : range[1];
  throw new TensorError('INDEX_OUT_OF_RANGE', `index ${wrong} is outside an axis of length ${length}`, {
    op,
    details: { index: wrong, length },
  });
}

/** Reads `x` at `index`, whose strides over `shape` are given. */
function gatherWith(
  op: string,
  x: Tensor,
  axis: number,
  index: Tensor,
  shape: Shape,
  indexStrides: readonly number[],
): Tensor {
  const device = sharedDevice(op, [x, index]);
  const length = x.shape[axis]!;
  const output = emptyLike(x, shape, x.dtype);
  const indexOperand = { dtype: index.dtype, strides: indexStrides, offset: index.layout.offset };
  if (output.size > 0) {
    checkRange(op, index, length);
    device.run(
      {
        kind: 'gather',
        shape,
        axis,
        length,
        source: { dtype: x.dtype, strides: x.layout.strides, offset: x.layout.offset },
        index: indexOperand,
      },
      [x.storage.buffer, index.storage.buffer, output.storage.buffer],
    );
  }
  const from = x.shape;
  return record(op, [x], [output], [index], ([g], [positions]) => {
    if (g!.size === 0) return [g!.filledLike(0, from)];
    const whole = emptyLike(g!, from, 'float32');
    const source: Layout = g!.layout;
    device.run(
      {
        kind: 'scatterAdd',
        shape,
        axis,
        outputShape: from,
        source: { dtype: 'float32', strides: source.strides, offset: source.offset },
        index: indexOperand,
      },
      [g!.storage.buffer, positions!.storage.buffer, whole.storage.buffer],
    );
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
