import { ApiError } from '../error.ts';

const DEEPEST = 64;

/** As many as fit into a body of 1 MiB; a larger body may only have longer texts. */
const MOST_VALUES = 500_000;

/**
 * Refuses values so deep that walking through them recursively could end the stack, and so many that checking them
 * would keep all other requests waiting.
 */
export function requireModest(value: unknown): void {
  let level = [value];
  let count = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST)
      throw new ApiError('BAD_REQUEST', `The body is nested deeper than ${DEEPEST} levels; flatten it.`);
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue;
      const values: unknown[] = Array.isArray(item) ? item : Object.values(item);
      count += values.length;
      if (count > MOST_VALUES) {
        throw new ApiError(
          'BODY_TOO_LARGE',
          `The body holds more than ${MOST_VALUES} values; send fewer rows at once, and images as files.`,
        );
      }
      for (const inner of values) next.push(inner);
    }
    level = next;
  }
}
