import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Tensor } from '../src/index.ts';
import {
  arange,
  embedding,
  fromTypedArray,
  ones,
  randn,
  scatterAdd,
  tensor,
  tidy,
  zeros,
} from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

const index = (...values: number[]): Tensor => tensor(values, { dtype: 'int32' });

const lookups = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 6 }))
  .chain(([count, width]) =>
    fc.record({
      count: fc.constant(count),
      width: fc.constant(width),
      rows: fc.array(fc.nat(count - 1), { maxLength: 20 }),
    }),
  );

beforeAll(registerDevices);

describe.each(DEVICES)('embedding on %s', (device) => {
  test('equals the product of one-hot rows and the weight', async () => {
    await fc.assert(
      fc.asyncProperty(lookups, async ({ count, width, rows }) => {
        using weight = randn([count, width], { device, requiresGrad: true });
        using indices = fromTypedArray(Int32Array.from(rows), [rows.length], { device });
        using upstream = randn([rows.length, width], { device });
        const found: number[][] = [];
        for (const run of [
          () => embedding(indices, weight),
          () =>
            indices
              .unsqueeze(1)
              .eq(arange(0, count, 1, { device }))
              .cast('float32')
              .matmul(weight),
        ]) {
          weight.grad = null;
          using output = tidy(run);
          output.backward(upstream);
          found.push([...(await output.data()), ...(await weight.grad!.data())]);
        }
        expect(found[0]!.length).toBe(found[1]!.length);
        for (const [i, value] of found[0]!.entries()) expect(value).toBeCloseTo(found[1]![i]!, 4);
      }),
      { numRuns: 40 },
    );
  });
});

test('what does not fit is refused by name', () => {
  const weight = zeros([3, 2]);
  expect(() => embedding(tensor([1]), weight)).toThrow(/embedding: the indices has dtype float32/);
  expect(() => embedding(index(3), weight)).toThrow(/embedding: index 3 is outside an axis of length 3/);
  expect(() => embedding(index(-1), weight)).toThrow(/index -1/);
  expect(() => embedding(index(0), zeros([3]))).toThrow(/a weight \[count, width\]/);
  expect(() => embedding(index(0), weight, { paddingIdx: 3 })).toThrow(/index 3/);
  const x = zeros([2, 3]);
  const places = tensor([[0, 1]], { dtype: 'int32' });
  expect(() => scatterAdd(x, 0, places, zeros([1, 1]))).toThrow(
    /scatterAdd: got shape \[2, 3\] and \[1, 2\] and \[1, 1\]/,
  );
  expect(() => scatterAdd(x, 0, index(0), ones([1]))).toThrow(/scatterAdd/);
  expect(() => scatterAdd(x, 0, tensor([[2, 0]], { dtype: 'int32' }), ones([1, 2]))).toThrow(
    /scatterAdd: index 2 is outside an axis of length 2/,
  );
  expect(() => scatterAdd(x.cast('int32'), 0, places, ones([1, 2]))).toThrow(/expected float32/);
});
