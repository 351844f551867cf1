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
  }: { above?: number; minimum?: number; below?: number } = {},
): void {
  if (value >= minimum && value < below && (above === undefined || value > above)) return;
  const limits = [
    above === undefined ? '' : `above ${above}`,
    Number.isFinite(minimum) ? `at least ${minimum}` : '',
    Number.isFinite(below) ? `below ${below}` : 'finite',
  ];
  throw new ArgumentError(`${name} is ${value}; it must be ${limits.filter(Boolean).join(' and ')}.`);
}
