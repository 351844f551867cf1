import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Tensor } from '../src/index.ts';
import {
  avgPool2d,
  conv2d,
  convTranspose2d,
  fromTypedArray,
  Generator,
  maxPool2d,
  memory,
  ones,
  rand,
  tidy,
} from '../src/index.ts';
import { DEVICES, FAST_DEVICES, registerDevices, registerTunedDevice } from './devices.ts';
import { expectSame } from './same.ts';
import { whole } from './whole.ts';

beforeAll(registerDevices);
beforeAll(registerTunedDevice);

/** The output of `op` and the gradients of its inputs, which all start from the same numbers on every device. */
async function everything(
  device: string,
  shapes: readonly (readonly number[])[],
  op: (inputs: readonly Tensor[]) => Tensor,
): Promise<(Float32Array | Int32Array)[]> {
  const inputs = shapes.map((shape, seed) => {
    const input = whole(seed, shape, 4, device);
    input.requiresGrad = true;
    return input;
  });
  const output = op(inputs);
  using upstream = whole(9, output.shape, 4, device);
  output.backward(upstream);
  const found = await Promise.all([output, ...inputs.map((input) => input.grad!)].map((each) => each.data()));
  for (const tensor of [output, ...inputs]) tensor.dispose();
  return found;
}

const small = (max: number) => fc.integer({ min: 1, max });
const pair = (max: number, min = 1) =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })) as fc.Arbitrary<[number, number]>;

/** Sizes of a convolution, the plane being large enough for the window. */
const geometry = fc
  .record({
    batch: small(3),
    groups: small(3),
    groupIn: small(9),
    groupOut: small(11),
    size: pair(4),
    stride: pair(3),
    padding: pair(3, 0),
    dilation: pair(2),
    more: pair(9, 0),
    bias: fc.boolean(),
  })
  .map(({ batch, groups, groupIn, groupOut, size, stride, padding, dilation, more, bias }) => {
    const plane = size.map((length, axis) =>
      Math.max(1, dilation[axis]! * (length - 1) + 1 - 2 * padding[axis]! + more[axis]!),
    );
    const options = { stride, padding, dilation, groups };
    const sizes = { batch, groups, groupIn, groupOut, size, plane, bias };
    return { ...sizes, options };
  });

describe.each(FAST_DEVICES)('on %s, as on cpu', (device) => {
  // A shader is compiled for each window.
  const numRuns = device.startsWith('webgpu') ? 4 : 60;

  test('convolution and its gradients', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async ({ batch, groups, groupIn, groupOut, size, plane, bias, options }) => {
        const shapes = [
          [batch, groups * groupIn, ...plane],
          [groups * groupOut, groupIn, ...size],
          ...(bias ? [[groups * groupOut]] : []),
        ];
        const run = (on: string) =>
          everything(on, shapes, ([x, weight, shift]) => conv2d(x!, weight!, shift, options));
        expectSame(await run(device), await run('cpu'));
      }),
      { numRuns },
    );
  });

  test('transposed convolution and its gradients', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async ({ batch, groups, groupIn, groupOut, size, plane, bias, options }) => {
        const outputPadding = options.stride.map((step) => step - 1) as [number, number];
        const padding = options.padding.map((length, axis) =>
          Math.min(length, Math.floor((size[axis]! - 1) / 2)),
        ) as [number, number];
        const shapes = [
          [batch, groups * groupIn, ...plane],
          [groups * groupIn, groupOut, ...size],
          ...(bias ? [[groups * groupOut]] : []),
        ];
        const run = (on: string) =>
          everything(on, shapes, ([x, weight, shift]) =>
            convTranspose2d(x!, weight!, shift, { ...options, padding, outputPadding }),
          );
        expectSame(await run(device), await run('cpu'));
      }),
      { numRuns },
    );
  });

  test.each([
    ['of many steps', [2, 70, 19, 17], [21, 70, 3, 3], 1],
    ['of more images than are drawn at a time', [19, 8, 41, 40], [3, 8, 3, 3], 1],
    ['of as many, with a stride', [19, 8, 41, 40], [3, 8, 3, 3], 2],
  ] as const)('a convolution %s', async (_, x, weight, stride) => {
    const run = (on: string) =>
      everything(on, [x, weight], ([image, filter]) => conv2d(image!, filter!, null, { padding: 1, stride }));
    expectSame(await run(device), await run('cpu'));
  });

  test('pooling and its gradients', async () => {
    const window = fc.record({
      planes: pair(3),
      size: pair(4),
      stride: pair(4),
      dilation: pair(2),
      more: pair(16, 0),
      isPadded: fc.boolean(),
      ceilMode: fc.boolean(),
      countIncludePad: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(window, async ({ planes, size, dilation, more, isPadded, ...options }) => {
        const padding = size.map((length) => (isPadded ? Math.floor(length / 2) : 0)) as [number, number];
        const plane = size.map((length, axis) => dilation[axis]! * (length - 1) + 1 + more[axis]!);
        const shapes = [[...planes, ...plane]];
        const largest = (on: string) =>
          everything(on, shapes, ([x]) => maxPool2d(x!, size, { ...options, padding, dilation }));
        expectSame(await largest(device), await largest('cpu'));
        const mean = (on: string) =>
          everything(on, shapes, ([x]) => avgPool2d(x!.mul(144), size, { ...options, padding }));
        const [found, expected] = [await mean(device), await mean('cpu')];
        for (const [i, numbers] of found.entries()) {
          const distances = Array.from(numbers, (number, j) => Math.abs(number - expected[i]![j]!));
          expect(distances.every((distance) => distance < 5e-4)).toBe(true);
        }
      }),
      { numRuns },
    );
  });

  test('results repeat to the bit', async () => {
    const generator = new Generator(3);
    const x = rand([3, 5, 13, 11], { generator, device });
    const weight = rand([9, 5, 3, 3], { generator, device });
    weight.requiresGrad = true;
    const run = async () => {
      weight.grad = null;
      const output = conv2d(x, weight, null, { padding: 1 });
      output.sum().backward();
      return [await output.data(), await weight.grad!.data()];
    };
    expect(await run()).toEqual(await run());
  });
});

describe.each(DEVICES)('on %s', (device) => {
  test('a window that jumps over the plane has no largest number, and no gradient', async () => {
    const x = fromTypedArray(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2], { device });
    x.requiresGrad = true;
    const output = maxPool2d(x, 2, { padding: 1, dilation: 3 });
    expect(await output.data()).toEqual(Float32Array.of(-Infinity));
    output.sum().backward();
    expect(await x.grad!.data()).toEqual(new Float32Array(4));
  });

  test('the first of several NaN is the winner', async () => {
    const x = fromTypedArray(Float32Array.of(1, NaN, 3, NaN), [1, 2, 2], { device });
    x.requiresGrad = true;
    maxPool2d(x, 2).sum().backward();
    expect(await x.grad!.data()).toEqual(Float32Array.of(0, 1, 0, 0));
  });

  test('an input that wants no gradient gets none, and nothing is left behind', () => {
    const x = ones([1, 2, 4, 4], { device });
    const weight = ones([3, 2, 3, 3], { device });
    weight.requiresGrad = true;
    const before = memory().bytes;
    const loss = tidy(() => maxPool2d(conv2d(x, weight, null, { padding: 'same' }), 2).sum());
    loss.backward();
    expect(x.grad).toBeNull();
    expect(weight.grad!.size).toBe(54);
    loss.dispose();
    weight.grad = null;
    expect(memory().bytes).toBe(before);
  });
});
