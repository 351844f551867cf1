import type { Operand } from '../kernel.ts';
import type { Shape } from '../shape.ts';
import { contiguousStrides, isContiguous, reshapeLayout, sizeOf } from '../shape.ts';

/**
 * A kernel walks over `shape` and reads, as `read` says, what another kernel wrote in the row-major order of `writtenShape`.
 * How it has to walk over `source`, an operand of that other kernel, to be at the element from which the one that it
 * reads was made; null when no strides say that.
 */
export function composeWalks(
  shape: Shape,
  read: Operand,
  writtenShape: Shape,
  source: Operand,
): Operand | null {
  const { dtype, offset } = source;
  const layout = { shape: writtenShape, strides: source.strides, offset };
  if (source.strides.every((stride, axis) => stride === 0 || writtenShape[axis] === 1)) {
    return { dtype, strides: shape.map(() => 0), offset };
  }
  if (isContiguous(layout)) return { dtype, strides: read.strides, offset: offset + read.offset };

  const order = denseOrder(shape, read, sizeOf(writtenShape));
  const lengths = order?.map((axis) => shape[axis]!);
  const turned = lengths === undefined ? null : reshapeLayout(layout, lengths);
  if (turned === null) return null;
  const strides = shape.map(() => 0);
  let start = offset;
  for (const [i, axis] of order!.entries()) {
    const stride = turned.strides[i]!;
    const isTurned = read.strides[axis]! < 0;
    strides[axis] = isTurned ? -stride : stride;
    if (isTurned) start += (shape[axis]! - 1) * stride;
  }
  return { dtype, strides, offset: start };
}

/**
 * The axes from the outermost in memory to the innermost when the operand reads each of `size` elements, forwards or
 * backwards along each axis; else null.
 */
function denseOrder(shape: Shape, { strides, offset }: Operand, size: number): number[] | null {
  const distances = strides.map(Math.abs);
  const order = shape
    .map((_, axis) => axis)
    .filter((axis) => shape[axis] !== 1 && strides[axis] !== 0)
    .sort((a, b) => distances[b]! - distances[a]!);
  const lengths = order.map((axis) => shape[axis]!);
  const expected = contiguousStrides(lengths);
  let start = 0;
  for (const axis of order) if (strides[axis]! < 0) start += (shape[axis]! - 1) * distances[axis]!;
  const isDense = sizeOf(lengths) === size && order.every((axis, i) => distances[axis] === expected[i]);
  return isDense && offset === start ? order : null;
}

/** Whether an operand goes once through a buffer of `byteLength` bytes, from its start to its end. */
export function isWhole(shape: Shape, { strides, offset }: Operand, byteLength: number): boolean {
  return offset === 0 && sizeOf(shape) * 4 === byteLength && isContiguous({ shape, strides, offset });
}

export function sameOperand(a: Operand, b: Operand): boolean {
  return (
    a.dtype === b.dtype &&
    a.offset === b.offset &&
    a.strides.every((stride, axis) => stride === b.strides[axis])
  );
}
