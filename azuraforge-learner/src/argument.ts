import { ArgumentError } from './error.ts';

/** Throws ArgumentError unless `value` is a whole number from 1 up. */
export function checkCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new ArgumentError(`${name} is ${value}; it must be a whole number from 1 up.`);
  }
}

/** Throws ArgumentError unless `value` is finite and within the limits. */
export function checkRange(
  name: string,
  value: number,
  {
    above,
    minimum = Number.NEGATIVE_INFINITY,
    below = Number.POSITIVE_INFINITY,
    maximum = Number.POSITIVE_INFINITY,
  }: { above?: number; minimum?: number; below?: number; maximum?: number } = {},
): void {
  const isWithin = value >= minimum && value <= maximum && value < below;
  if (isWithin && (above === undefined || value > above)) return;
  const limits = [
    above === undefined ? '' : `above ${above}`,
    Number.isFinite(minimum) ? `at least ${minimum}` : '',
    Number.isFinite(maximum) ? `at most ${maximum}` : '',
    Number.isFinite(below) ? `below ${below}` : '',
    Number.isFinite(maximum) || Number.isFinite(below) ? '' : 'finite',
  ];
  throw new ArgumentError(`${name} is ${value}; it must be ${limits.filter(Boolean).join(' and ')}.`);
}
