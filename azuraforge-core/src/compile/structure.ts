import { inputError } from '../error.ts';
import { Tensor } from '../tensor.ts';

/** Replaces what is not an array or a plain object, however deep it lies in such. */
export function mapLeaves(value: unknown, map: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, map));
  if (!isPlainObject(value)) return map(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item, map)]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Adds the tensors in an argument to `tensors`. The text is the same for arguments that may share a captured step. */
export function describeArgument(value: unknown, tensors: Tensor[]): string {
  if (value instanceof Tensor) {
    tensors.push(value);
    return `${value.device} ${value.dtype}[${value.shape.join()}]`;
  }
  if (Array.isArray(value)) return `[${value.map((item) => describeArgument(item, tensors)).join()}]`;
  if (isPlainObject(value)) {
    const entries = Object.entries(value);
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${describeArgument(item, tensors)}`).join()}}`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  throw inputError(
    'compile',
    `an argument is of type ${typeof value}, expected tensors, numbers, strings, booleans, or arrays and plain objects of them`,
  );
}
