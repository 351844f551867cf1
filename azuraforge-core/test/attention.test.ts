import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Tensor } from '../src/index.ts';
import { arange, memory, ones, randn, scaledDotProductAttention, tensor, tidy, zeros } from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

const ROUNDING = 5e-5;

/** Lengths on both sides of the blocks in which a device may work. */
const length = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(63, 65, 129));
const shapes = fc.record({
  lead: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
  queries: length,
  keys: length,
  width: fc.integer({ min: 1, max: 9 }),
  valueWidth: fc.integer({ min: 1, max: 9 }),
  isCausal: fc.boolean(),
  hasMask: fc.boolean(),
});

/** The same from ops that hold all scores. */
function composed(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | null, isCausal: boolean): Tensor {
  const { device } = query;
  let scores = query.matmul(key.transpose(-2, -1)).div(Math.sqrt(query.shape.at(-1)!));
  if (mask !== null) scores = scores.add(mask);
  if (isCausal) {
    const [rows, columns] = scores.shape.slice(-2) as [number, number];
    const order = arange(0, rows, 1, { device })
      .unsqueeze(1)
      .ge(arange(0, columns, 1, { device }));
    scores = scores.where(order, -Infinity);
  }
  return scores.softmax(-1).matmul(value);
}

beforeAll(registerDevices);

describe.each(DEVICES)('attention on %s', (device) => {
  test('equals the composition of products and softmax, for any shapes', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ lead, queries, keys, width, valueWidth, isCausal, hasMask }) => {
        const results: Float32Array[][] = [];
        const leaf = (...shape: number[]): Tensor =>
          randn([...lead, ...shape], { device, requiresGrad: true });
        const inputs = [leaf(queries, width), leaf(keys, width), leaf(keys, valueWidth)] as const;
        const mask = hasMask ? randn([queries, keys], { device }) : null;
        const upstream = randn([...lead, queries, valueWidth], { device });
        for (const run of [
          () => scaledDotProductAttention(...inputs, { mask, isCausal }),
          () => composed(...inputs, mask, isCausal),
        ]) {
          for (const input of inputs) input.grad = null;
          const output = tidy(run);
          output.backward(upstream);
          const found = [output, ...inputs.map(({ grad }) => grad!)];
          results.push((await Promise.all(found.map((each) => each.data()))) as Float32Array[]);
          output.dispose();
        }
        for (const [i, found] of results[0]!.entries()) {
          const size = Math.max(1, ...results[1]![i]!.map(Math.abs));
          const errors = found.map((value, j) => Math.abs(value - results[1]![i]![j]!));
          expect(Math.max(0, ...errors)).toBeLessThanOrEqual(ROUNDING * size);
        }
        for (const each of [...inputs, upstream, ...(mask === null ? [] : [mask])]) each.dispose();
      }),
      { numRuns: 20 },
    );
  });

  test('keeps no score matrix', async () => {
    const [heads, steps, width] = [2, 400, 4];
    const [query, key, value] = [0, 1, 2].map(() => randn([heads, steps, width], { device }));
    const before = memory().bytes;
    using output = scaledDotProductAttention(query!, key!, value!);
    await output.data();
    // The output, and one number for each query.
    expect(memory().bytes - before).toBeLessThanOrEqual(heads * steps * (width + 1) * 4);
  });

  test('repeats to the bit', async () => {
    const inputs = [0, 1, 2].map(() => randn([2, 150, 5], { device, requiresGrad: true }));
    const run = async (): Promise<unknown[]> => {
      for (const input of inputs) input.grad = null;
      const output = scaledDotProductAttention(inputs[0]!, inputs[1]!, inputs[2]!, { isCausal: true });
      output.sum().backward();
      return Promise.all([output, ...inputs.map(({ grad }) => grad!)].map((each) => each.data()));
    };
    expect(await run()).toEqual(await run());
  });
});

test('what does not fit is refused by name', () => {
  const [q, k, v] = [zeros([2, 3, 4]), zeros([2, 5, 4]), zeros([2, 5, 6])];
  const run = scaledDotProductAttention;
  expect(() => run(q, zeros([2, 5, 3]), v)).toThrow(
    /scaledDotProductAttention: got shape \[2, 3, 4\] and \[2, 5, 3\] and \[2, 5, 6\], expected query/,
  );
  expect(() => run(q, k, zeros([2, 4, 6]))).toThrow(/value \[\.\.\., keys, valueWidth\]/);
  expect(() => run(zeros([1, 3, 4]), k, v)).toThrow(/equal leading axes/);
  expect(() => run(zeros([4]), zeros([4]), zeros([4]))).toThrow(/expected query/);
  expect(() => run(zeros([2, 0]), zeros([3, 0]), zeros([3, 1]))).toThrow(/expected query/);
  expect(() => run(tensor([[1]], { dtype: 'int32' }), k, v)).toThrow(/expected float32/);
  expect(() => run(q, k, v, { mask: zeros([4, 5]) })).toThrow(/broadcast|stretches to \[2, 3, 5\]/);
  expect(() => run(q, k, v, { mask: zeros([7, 2, 3, 5]) })).toThrow(/a mask that stretches to \[2, 3, 5\]/);
  expect(() => run(q, k, v, { mask: ones([3, 5], { requiresGrad: true }) })).toThrow(
    /the mask gets no gradient; pass mask\.detach\(\)/,
  );
  expect(() => run(q, k, v, { scale: Number.NaN })).toThrow(/the scale must be a finite number/);
});
