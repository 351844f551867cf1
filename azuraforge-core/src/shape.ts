import { inputError, shapeError, TensorError } from './error.ts';

export type Shape = readonly number[];

/** Where the elements of a tensor lie in its buffer; strides and offset are counted in elements, strides may be 0 or negative. */
export interface Layout {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** Refuses what only JavaScript can hand over: `zeros(3)`, `reshape(2, 3)`. */
export function requireArray(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) {
    throw inputError(op, `a shape is an array of lengths such as [2, 3], got ${String(shape)}`);
  }
}

export function checkShape(op: string, shape: Shape): void {
  requireArray(op, shape);
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0) {
      throw inputError(op, `a shape holds whole numbers from 0 up, got [${shape.join(', ')}]`, { shape });
    }
  }
  if (!Number.isSafeInteger(sizeOf(shape))) {
    throw inputError(op, `shape [${shape.join(', ')}] has too many elements`, { shape });
  }
}

export function contiguousStrides(shape: Shape): number[] {
  const strides: number[] = Array.from({ length: shape.length }, () => 0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

export function contiguousLayout(shape: Shape): Layout {
  return { shape, strides: contiguousStrides(shape), offset: 0 };
}

/** True when the elements lie one after the other in row-major order, wherever they start. */
export function isContiguous({ shape, strides }: Layout): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** NumPy's rule: shapes are aligned at the right, and a length of 1 stretches. */
export function broadcastShapes(op: string, shapes: readonly Shape[]): Shape {
  const first = shapes[0];
  if (first !== undefined && shapes.every((shape) => sameShape(shape, first))) return first;
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result: number[] = Array.from({ length: rank }, () => 1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const axis = rank - shape.length + i;
      const length = shape[i]!;
      if (length === 1 || length === result[axis]) continue;
      if (result[axis] !== 1) throw shapeError(op, shapes, 'shapes that broadcast together');
      result[axis] = length;
    }
  }
  return result;
}

/** The strides with which `layout` is read as `shape`; axes that stretch get stride 0. */
export function broadcastStrides(layout: Layout, shape: Shape): number[] {
  const missing = shape.length - layout.shape.length;
  return shape.map((_, axis) => {
    const own = axis - missing;
    return own < 0 || layout.shape[own] === 1 ? 0 : layout.strides[own]!;
  });
}

/** Turns an axis that may be counted from the end into one from 0 up. */
export function resolveAxis(op: string, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    throw new TensorError(
      'INDEX_OUT_OF_RANGE',
      rank === 0
        ? `axis ${axis} does not exist in a scalar`
        : `axis ${axis} does not exist, expected ${-rank} to ${rank - 1}`,
      { op, details: { axis, rank } },
    );
  }
  return resolved;
}

/** Several axes, `undefined` for all of them; sorted, without repeats. */
export function resolveAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === 'number' ? [axes] : axes;
  if (!Array.isArray(list)) throw inputError(op, `needs an axis or an array of axes, got ${String(axes)}`);
  const resolved = list.map((axis) => resolveAxis(op, axis, rank)).sort((a, b) => a - b);
  if (new Set(resolved).size !== resolved.length) {
    throw inputError(op, `an axis is named twice in [${list.join(', ')}]`, { axes: list });
  }
  return resolved;
}

/** Turns a position that may be counted from the end into one from 0 up. */
export function resolveIndex(op: string, index: number, length: number): number {
  const resolved = index < 0 ? index + length : index;
  if (!Number.isInteger(index) || resolved < 0 || resolved >= length) {
    throw new TensorError('INDEX_OUT_OF_RANGE', `index ${index} is outside an axis of length ${length}`, {
      op,
      details: { index, length },
    });
  }
  return resolved;
}

/**
 * The layout of `layout` seen as `shape`, or null when that needs a copy. Runs of axes that lie together in memory are
 * split or merged; an axis of length 1 never stands in the way.
 */
export function reshapeLayout(layout: Layout, shape: Shape): Layout | null {
  if (isContiguous(layout)) return { shape, strides: contiguousStrides(shape), offset: layout.offset };
  const axes = layout.shape.map((length, axis) => ({ length, stride: layout.strides[axis]! }));
  const old = axes.filter(({ length }) => length !== 1);
  const strides: number[] = Array.from({ length: shape.length }, () => 0);
  let from = 0;
  let to = 0;
  while (from < old.length) {
    let oldSize = old[from]!.length;
    let newSize = shape[to] ?? 1;
    let oldEnd = from + 1;
    let newEnd = to + 1;
    while (oldSize !== newSize) {
      if (oldSize < newSize) {
        const [outer, inner] = [old[oldEnd - 1]!, old[oldEnd]!];
        if (outer.stride !== inner.length * inner.stride) return null;
        oldSize *= inner.length;
        oldEnd++;
      } else {
        newSize *= shape[newEnd] ?? 1;
        newEnd++;
      }
    }
    let stride = old[oldEnd - 1]!.stride;
    for (let axis = newEnd - 1; axis >= to; axis--) {
      strides[axis] = stride;
      stride *= shape[axis]!;
    }
    from = oldEnd;
    to = newEnd;
  }
  return { shape, strides, offset: layout.offset };
}
