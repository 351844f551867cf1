import type { Tensor } from 'azuraforge-core';
import { expect } from '@jest/globals';
import type { FixtureTensor } from './fixture.ts';

/** Checks shape and values, by default with the tolerances of torch.testing.assert_close for float32. */
export async function expectClose(
  actual: Tensor,
  expected: FixtureTensor,
  what = 'tensor',
  absolute?: number,
): Promise<void> {
  expect({ what, shape: [...actual.shape] }).toEqual({ what, shape: expected.shape });
  expectValuesClose(await actual.data(), expected.data, what, absolute);
}

export function expectValuesClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  what = 'values',
  absolute = 1e-5,
): void {
  expect(actual).toHaveLength(expected.length);
  const wrong = expected.flatMap((value, index) => {
    const difference = Math.abs(actual[index]! - value);
    const isClose = difference <= absolute + 1.3e-6 * Math.abs(value);
    return isClose ? [] : [{ what, index, value, actual: actual[index] }];
  });
  expect(wrong).toEqual([]);
}
