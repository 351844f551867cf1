import { ApiError } from '../error.ts';

const DEEPEST = 64;

/** Refuses values so deep that walking through them recursively could end the stack. */
export function requireShallow(value: unknown): void {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST)
      throw new ApiError('BAD_REQUEST', `The body is nested deeper than ${DEEPEST} levels; flatten it.`);
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
}
