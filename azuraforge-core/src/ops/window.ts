import { inputError, shapeError } from '../error.ts';
import type { Shape } from '../shape.ts';

/** One number for both axes of a plane, or height and width. */
export type Lengths2d = number | readonly [number, number];

/** One whole number of at least `least` for each of the window's axes. */
export function lengthsOf(
  op: string,
  name: string,
  value: Lengths2d,
  axes: number,
  least: number,
): readonly number[] {
  const lengths = typeof value === 'number' ? Array.from({ length: axes }, () => value) : value;
  if (lengths.length !== axes || lengths.some((length) => !Number.isInteger(length) || length < least)) {
    const expected = axes === 1 ? 'a whole number' : 'a whole number or a pair of them';
    const given = typeof value === 'number' ? value : `[${value.join(', ')}]`;
    throw inputError(op, `${name} must be ${expected} from ${least} up, got ${given}`, { [name]: value });
  }
  return lengths;
}

/** Height and width; one axis counts as the width of a plane whose height is `height`. */
export function toPlane(lengths: readonly number[], height: number): readonly [number, number] {
  return lengths.length === 1 ? [height, lengths[0]!] : [lengths[0]!, lengths[1]!];
}

/** From the first to the last place of the window, both included. */
export function extentOf(kernelSize: number, dilation: number): number {
  return dilation * (kernelSize - 1) + 1;
}

/** Refuses a window that is larger than the plane with its padding. */
export function requireFit(
  op: string,
  size: Shape,
  padded: readonly number[],
  extent: readonly number[],
): void {
  if (padded.every((length, axis) => extent[axis]! <= length)) return;
  throw shapeError(
    op,
    [size, extent],
    `a plane that is with its padding, [${padded.join(', ')}], at least as large as the window`,
  );
}
