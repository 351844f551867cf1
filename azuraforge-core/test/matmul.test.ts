import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Tensor } from '../src/index.ts';
import { fromTypedArray, Generator, linear, matmul, rand, tidy } from '../src/index.ts';
import { FAST_DEVICES, registerDevices, registerTunedDevice } from './devices.ts';
import { expectSame } from './same.ts';
import { whole } from './whole.ts';

beforeAll(registerDevices);
beforeAll(registerTunedDevice);

const length = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(73, 129, 257));

const numbers = (seed: number, shape: readonly number[], device: string): Tensor =>
  whole(seed, shape, 8, device);

function matrix(seed: number, rows: number, columns: number, isTurned: boolean, device: string): Tensor {
  return tidy(() =>
    isTurned
      ? numbers(seed, [columns, rows], device).transpose(0, 1)
      : numbers(seed, [rows, columns], device),
  );
}

function stacked(device: string): Tensor {
  return tidy(() => matmul(numbers(1, [5, 1, 7, 9], device), numbers(2, [3, 9, 11], device)));
}

describe.each(FAST_DEVICES)('products on %s', (device) => {
  test('equal those of the cpu device, for any size and order in memory', async () => {
    await fc.assert(
      fc.asyncProperty(length, length, length, fc.boolean(), fc.boolean(), async (m, k, n, a, b) => {
        const product = (on: string) => tidy(() => matmul(matrix(1, m, k, a, on), matrix(2, k, n, b, on)));
        using found = product(device);
        using expected = product('cpu');
        expectSame([await found.data()], [await expected.data()]);
      }),
      { numRuns: 40 },
    );
  });

  test('add the bias, whatever its stride', async () => {
    await fc.assert(
      fc.asyncProperty(length, length, length, fc.integer({ min: 1, max: 3 }), async (m, k, n, step) => {
        const run = (on: string) =>
          tidy(() =>
            linear(
              numbers(1, [m, k], on),
              numbers(2, [n, k], on),
              numbers(3, [n * step], on).slice(0, 0, n * step, step),
            ),
          );
        using found = run(device);
        using expected = run('cpu');
        expectSame([await found.data()], [await expected.data()]);
      }),
      { numRuns: 20 },
    );
  });

  test('with a single row or column, with and without a bias', async () => {
    const shape = fc.tuple(fc.boolean(), length, length, fc.boolean(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(shape, fc.boolean(), async ([isRow, rows, k, a, b], hasBias) => {
        const [m, n] = isRow ? [1, rows] : [rows, 1];
        const product = (on: string) =>
          tidy(() => {
            const bias = hasBias ? numbers(3, [n], on) : null;
            return linear(matrix(1, m, k, a, on), matrix(2, n, k, b, on), bias);
          });
        using found = product(device);
        using expected = product('cpu');
        expectSame([await found.data()], [await expected.data()]);
      }),
      { numRuns: 60 },
    );
  });

  test('of stacks that broadcast', async () => {
    expectSame([await stacked(device).data()], [await stacked('cpu').data()]);
  });

  test('repeat themselves to the bit', async () => {
    const generator = new Generator(4);
    const [a, b] = [rand([61, 301], { generator, device }), rand([301, 45], { generator, device })];
    expectSame([await matmul(a, b).data()], [await matmul(a, b).data()]);
  });

  test('keep infinities and NaN in their own row and column', async () => {
    const a = fromTypedArray(Float32Array.of(Infinity, 1, 2, 3), [2, 2], { device });
    const b = fromTypedArray(Float32Array.of(1, 0, 1, 1), [2, 2], { device });
    expect(await matmul(a, b).array()).toEqual([
      [Infinity, NaN],
      [5, 3],
    ]);
  });
});
