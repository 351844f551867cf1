import { beforeAll, expect, test } from '@jest/globals';
import type { Kernel } from '../src/index.ts';
import {
  compile,
  conv2d,
  linear,
  maxPool2d,
  memory,
  ones,
  openCpuBackend,
  profile,
  registerBackend,
  tidy,
} from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

beforeAll(registerDevices);

test.each(DEVICES)('kernels are counted and timed on %s', async (device) => {
  const [a, b] = [ones([3, 4, 5], { device }), ones([5, 6], { device })];
  const before = memory();
  const report = await profile(async () => {
    for (let i = 0; i < 2; i++) a.matmul(b).dispose();
    const total = tidy(() => a.sub(1).exp().mean([0, 2]));
    await total.data();
    total.dispose();
  });
  const found = report.kernels.map(({ kind, sizes, calls, flop, bytes }) => [
    kind,
    sizes,
    calls,
    flop,
    bytes,
  ]);
  expect(found.sort()).toEqual([
    ['elementwise', '[3, 4, 5]', 2, 120, 960],
    ['matmul', '3×4×5 by 5×6', 2, 2 * 2 * 3 * 4 * 5 * 6, 2 * 4 * (60 + 30 + 72)],
    ['reduce', 'sum [3, 4, 5] to [4]', 1, 60 + 4, 4 * 64],
  ]);
  expect(report.kernels.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
  expect(report.milliseconds).toBeLessThanOrEqual(report.wallMilliseconds);
  expect(report.memory.bytes).toBe(before.bytes);
  expect(report.memory.peakBytes).toBeGreaterThanOrEqual(before.bytes + 4 * 72);
});

test('the work of convolution and pooling follows from their sizes', async () => {
  const [images, weight] = [ones([2, 4, 6, 6]), ones([8, 2, 3, 3])];
  const bias = ones([8]);
  weight.requiresGrad = true;
  const report = await profile(() =>
    tidy(() => {
      maxPool2d(conv2d(images, weight, bias, { groups: 2 }), 2)
        .sum()
        .backward();
    }),
  );
  const costs = Object.fromEntries(
    report.kernels.map(({ kind, sizes, flop, bytes }) => [kind, [sizes, flop, bytes]]),
  );
  // 2 images of 8 channels with 4×4 outputs, each from 2 channels of 3×3.
  const outputs = 2 * 8 * 4 * 4;
  const elements = 2 * 4 * 6 * 6 + 8 * 2 * 3 * 3 + outputs;
  expect(costs).toMatchObject({
    conv2d: ['2×4×6×6, 8×4×4 by 3×3', outputs * (2 * 18 + 1), 4 * (elements + 8)],
    conv2dWeightGradient: ['2×4×6×6, 8×4×4 by 3×3', outputs * 2 * 18, 4 * elements],
    maxPool2d: ['16×4×4, 2×2 by 2×2', 64 * 4, 4 * (outputs + 2 * 64)],
    maxPool2dGradient: ['16×4×4, 2×2 by 2×2', 64, 4 * (outputs + 2 * 64)],
  });
});

test('the table has the longest kernels first, and the memory', async () => {
  // A device on which every product takes 3 ms, and everything else 1 ms.
  registerBackend({
    name: 'clockwork',
    open: () => {
      const cpu = openCpuBackend('clockwork');
      const kernels: Kernel[] = [];
      return {
        name: 'clockwork',
        adapter: cpu.adapter,
        allocate: (byteLength) => cpu.allocate(byteLength),
        write: (buffer, bytes, byteOffset) => cpu.write(buffer, bytes, byteOffset),
        read: (buffer, byteOffset, byteLength) => cpu.read(buffer, byteOffset, byteLength),
        free: (buffer) => cpu.free(buffer),
        compile: (kernel) => cpu.compile(kernel),
        dispatch: (commands) => {
          kernels.push(...commands.map(({ executable }) => executable.kernel));
          cpu.dispatch(commands);
        },
        beginProfile: () => undefined,
        endProfile: () =>
          Promise.resolve(
            kernels.splice(0).map((kernel) => ({ kernel, milliseconds: kernel.kind === 'matmul' ? 3 : 1 })),
          ),
      };
    },
  });
  const report = await profile(() =>
    tidy(() => {
      const a = ones([100, 100], { device: 'clockwork' });
      a.matmul(a).add(1);
    }),
  );
  const lines = report.toString().split('\n');
  expect(lines.slice(0, 4)).toEqual([
    'kernel       sizes               calls    ms   share  µs each  GFLOP/s  GB/s',
    'matmul       100×100 by 100×100      1  3.00  60.0 %   3000.0     0.67  0.04',
    'elementwise  [10000]                 1  1.00  20.0 %   1000.0     0.00  0.04',
    'elementwise  [100, 100]              1  1.00  20.0 %   1000.0     0.01  0.08',
  ]);
  expect(lines[4]).toMatch(/^5\.00 ms in kernels, \d+\.\d\d ms in all$/);
  expect(lines[5]).toMatch(/^memory: \d+\.\d\d MiB in \d+ buffers, at most \d+\.\d\d MiB$/);
});

test('a clock that is too coarse for a kernel gives no rates', async () => {
  const cpu = openCpuBackend('coarse');
  const { endProfile } = cpu;
  const open = () =>
    Object.assign(cpu, {
      endProfile: async () => (await endProfile.call(cpu)).map(({ kernel }) => ({ kernel, milliseconds: 0 })),
    });
  registerBackend({ name: 'coarse', open });
  const report = await profile(() => ones([2], { device: 'coarse' }));
  expect(report.toString().split('\n')[1]).toMatch(/^elementwise +\[2\] +1 +0\.00 +0\.0 % +0\.0 +– +–$/);
});

test('a captured step is timed kernel by kernel, and an error ends the profile', async () => {
  const [x, w] = [ones([2, 3]), ones([4, 3])];
  const step = compile(() => linear(x, w).relu().mul(2));
  const report = await profile(() => step());
  expect(report.kernels.map(({ kind, calls }) => [kind, calls]).sort()).toEqual([
    ['elementwise', 1],
    ['matmul', 1],
  ]);
  const failure = profile(async () => {
    await expect(profile(() => 0)).rejects.toThrow(/another profile is being taken/);
    throw new Error('from within');
  });
  await expect(failure).rejects.toThrow('from within');
  expect((await profile(() => 0)).kernels).toEqual([]);
});
