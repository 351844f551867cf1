import type { Tensor } from 'azuraforge-core';
import { expect } from '@jest/globals';
import type { FixtureTensor } from './fixture.ts';

/** Checks shape and values with the tolerances of torch.testing.assert_close for float32. */
export async function expectClose(actual: Tensor, expected: FixtureTensor, what = 'tensor'): Promise<void> {
  expect({ what, shape: [...actual.shape] }).toEqual({ what, shape: expected.shape });
  expectValuesClose(await actual.data(), expected.data, what);
}

export function expectValuesClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  what = 'values',
): void {
  expect(actual).toHaveLength(expected.length);
  const wrong = expected.flatMap((value, index) => {
    const difference = Math.abs(actual[index]! - value);
    return difference <= 1e-5 + 1.3e-6 * Math.abs(value)
      ? []
      : [{ what, index, value, actual: actual[index] }];
  });
  expect(wrong).toEqual([]);
}
