import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { DType, Tensor } from '../src/index.ts';
import { fromTypedArray } from '../src/index.ts';

/** A tensor as the generator script wrote it; NaN and infinities are strings. */
export interface Reference {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly (number | string)[];
}

export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')) as T;
}

export function valuesOf({ dtype, data }: Reference): Float32Array | Int32Array {
  const numbers = data.map(Number);
  return dtype === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers);
}

export function tensorOf(reference: Reference, device?: string): Tensor {
  return fromTypedArray(valuesOf(reference), reference.shape, { device });
}

/** torch's assert_close: |actual − expected| ≤ atol + rtol·|expected|, NaN equal to NaN, same shape and dtype. */
export async function expectClose(
  actual: Tensor | null,
  expected: Reference,
  { rtol = 1.3e-6, atol = 1e-5 }: { rtol?: number; atol?: number } = {},
): Promise<void> {
  expect(actual).not.toBeNull();
  expect({ shape: actual!.shape, dtype: actual!.dtype }).toEqual({
    shape: expected.shape,
    dtype: expected.dtype,
  });
  const found = await actual!.data();
  const wanted = valuesOf(expected);
  for (const [i, value] of found.entries()) {
    const target = wanted[i]!;
    const isSame = Object.is(value, target) || Math.abs(value - target) <= atol + rtol * Math.abs(target);
    if (!isSame) throw new Error(`element ${i}: got ${value}, expected ${target}`);
  }
}
