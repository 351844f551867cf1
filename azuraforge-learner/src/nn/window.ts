import type { Lengths2d } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { sizeOf } from './shape.ts';

/** Throws ArgumentError unless `value` is a whole number from `least` up, or one for each of several axes. */
export function checkLengths(name: string, value: Lengths2d, axes: 1 | 2, least: 0 | 1): void {
  const lengths = typeof value === 'number' ? [value] : value;
  const fits = typeof value === 'number' || (axes === 2 && value.length === 2);
  if (fits && lengths.every((length) => Number.isSafeInteger(length) && length >= least)) return;
  const given = typeof value === 'number' ? value : `[${value.join(', ')}]`;
  const expected = axes === 1 ? 'a whole number' : 'a whole number or a pair of them';
  throw new ArgumentError(`${name} is ${given}; it must be ${expected} from ${least} up.`);
}

/** The lengths on each axis. */
export function perAxis(value: Lengths2d, axes: 1 | 2): number[] {
  return typeof value === 'number' ? Array.from({ length: axes }, () => value) : [...value];
}

/** The number of places in a window of one or two axes. */
export function windowSize(value: Lengths2d, axes: 1 | 2): number {
  return sizeOf(perAxis(value, axes));
}
