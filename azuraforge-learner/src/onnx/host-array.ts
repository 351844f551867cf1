import { fromTypedArray } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { ModelFileError } from '../error.ts';
import { sizeOf } from '../nn/shape.ts';

/**
 * Numbers that are known without asking the device: shapes and what is calculated from them. A graph needs them at once,
 * where reading a tensor would have to be awaited.
 */
export interface HostArray {
  kind: 'float' | 'int';
  shape: readonly number[];
  values: readonly number[];
}

/** What an edge of a graph holds. */
export type Held = Tensor | HostArray;

export function isHost(held: Held): held is HostArray {
  return 'values' in held;
}

/** Whether there is a number at each place; an index beyond another array's end leaves a hole. */
export function isWhole({ shape, values }: HostArray): boolean {
  return values.length === sizeOf(shape) && values.every((value) => typeof value === 'number');
}

/** Far more than shapes need; what a damaged file asks for is not allocated. */
const MOST_VALUES = 2 ** 24;

export function hostArray(
  kind: HostArray['kind'],
  shape: readonly number[],
  value: (at: number) => number,
): HostArray {
  const length = sizeOf(shape);
  if (!(length <= MOST_VALUES)) {
    throw new ModelFileError(
      `ONNX: the graph makes a constant of shape [${shape.join(', ')}]; at most ${MOST_VALUES} values are allowed.`,
    );
  }
  return { kind, shape, values: Array.from({ length }, (_, at) => value(at)) };
}

export function ints(values: readonly number[], shape: readonly number[] = [values.length]): HostArray {
  return { kind: 'int', shape, values };
}

export function upload({ kind, shape, values }: HostArray, device: string | undefined): Tensor {
  const data = kind === 'float' ? Float32Array.from(values) : Int32Array.from(values, saturated);
  return fromTypedArray(data, shape, { device });
}

function saturated(value: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));
}

/** The shape that arrays stretch to together, by NumPy's rules. */
export function commonShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const length = lengths.find((each) => each !== 1) ?? 1;
    if (lengths.every((each) => each === 1 || each === length)) return length;
    throw new ModelFileError(
      `ONNX: the shapes ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')} of constants do not fit each other: the file is damaged.`,
    );
  });
}

/** For each place of `shape`, the place in an array of the shape `from` that is stretched over it. */
export function stretchedPlaces(from: readonly number[], shape: readonly number[]): (at: number) => number {
  const strides = stridesOf(from);
  const skipped = shape.length - from.length;
  const outer = stridesOf(shape);
  return (at) =>
    from.reduce((place, length, axis) => {
      const stride = outer[axis + skipped]!;
      const index = Math.floor(at / stride) % shape[axis + skipped]!;
      return place + (length === 1 ? 0 : index * strides[axis]!);
    }, 0);
}

export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}
