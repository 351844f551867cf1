import type { Shape } from '../../shape.ts';

/** Axes over which several operands are walked at once, with one list of strides per operand. */
export interface Nest {
  readonly lengths: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Merges neighbouring axes that lie together in every operand, and drops those of length 1. At least one axis is left. */
export function mergeAxes(shape: Shape, strides: readonly (readonly number[])[]): Nest {
  const lengths: number[] = [];
  const merged: number[][] = strides.map(() => []);
  for (const [axis, length] of shape.entries()) {
    if (length === 1) continue;
    const last = lengths.length - 1;
    if (last >= 0 && merged.every((own, i) => own[last] === length * strides[i]![axis]!)) {
      lengths[last]! *= length;
      for (const [i, own] of merged.entries()) own[last] = strides[i]![axis]!;
    } else {
      lengths.push(length);
      for (const [i, own] of merged.entries()) own.push(strides[i]![axis]!);
    }
  }
  if (lengths.length === 0) {
    lengths.push(1);
    for (const own of merged) own.push(0);
  }
  return { lengths, strides: merged };
}
