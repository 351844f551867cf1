import { expect } from '@jest/globals';

/** Compares lists of numbers to the bit, without the walk of `toEqual`, which takes seconds for large ones. */
export function expectSame(
  found: readonly ArrayLike<number>[],
  expected: readonly ArrayLike<number>[],
): void {
  expect(found.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  for (const [i, numbers] of found.entries()) {
    for (let j = 0; j < numbers.length; j++) {
      if (!Object.is(numbers[j], expected[i]![j]))
        throw new Error(`list ${i}, element ${j}: got ${numbers[j]}, expected ${expected[i]![j]}`);
    }
  }
}
