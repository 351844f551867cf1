import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { globals } from 'webgpu';
import type { Tensor } from '../src/index.ts';
import {
  adamStep,
  compile,
  createAdamState,
  dropout,
  linear,
  lstm,
  memory,
  mseLoss,
  ones,
  profile,
  randn,
  setDefaultDevice,
  tidy,
  zeroGrad,
} from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

beforeAll(async () => {
  await registerDevices();
  await setDefaultDevice('cpu');
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Frees what nobody holds any more; tensors give their buffers back some time after the collector finds them. */
async function collect(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

interface Model {
  readonly step: (x: Tensor, y: Tensor) => Tensor;
  readonly parameters: readonly Tensor[];
}

function train(parameters: readonly Tensor[], predict: (x: Tensor) => Tensor): Model {
  const state = createAdamState(parameters);
  const step = (x: Tensor, y: Tensor): Tensor => {
    zeroGrad(parameters);
    const loss = mseLoss(predict(x), y);
    loss.backward();
    adamStep(parameters, state, { lr: 0.001 });
    return loss;
  };
  return { step, parameters };
}

/** A small training step, with its parameters, in which every kind of kernel is that such steps have. */
function makeStep(device: string): Model {
  const weight = (...shape: number[]) => randn(shape, { device, requiresGrad: true });
  const weights = { weightIh: weight(12, 2), weightHh: weight(12, 3), biasIh: weight(12) };
  const head = weight(1, 3);
  return train([...Object.values(weights), head], (x) => linear(dropout(lstm(x, weights).hidden, 0.1), head));
}

/** One of few kernels, for devices that take a while over each: in software, or to share it between threads. */
function makeShortStep(device: string): Model {
  const weight = randn([1, 10], { device, requiresGrad: true });
  return train([weight], (x) => linear(dropout(x.reshape([-1, 10]), 0.1), weight));
}

/** What makes more memory, or objects of a GPU. */
function watchGrowth() {
  const { GPUDevice } = globals as unknown as { GPUDevice: { prototype: GPUDevice } };
  const makers = ['createBuffer', 'createBindGroup', 'createComputePipeline', 'createShaderModule'] as const;
  return [
    jest.spyOn(WebAssembly.Memory.prototype, 'grow'),
    ...makers.map((name) => jest.spyOn(GPUDevice.prototype, name)),
  ];
}

/** A software GPU takes a millisecond over each step, and several where it shares its processors. */
const TIME_LIMIT = 180_000;
const LENGTHS = DEVICES.map(
  (device) => [['cpu', 'deferred'].includes(device) ? 500 : 10_000, device] as const,
);

test.each(LENGTHS)(
  '%d captured steps do not grow on %s',
  async (count, device) => {
    const { step, parameters } = device === 'wasm plain' ? makeStep(device) : makeShortStep(device);
    const run = compile(step);
    const [x, y] = [randn([4, 5, 2], { device }), randn([4, 1], { device })];
    const many = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const loss = run(x, y);
        // A device that queues its work would otherwise only keep a list of it.
        if (i % 100 === 0) expect(Number.isFinite(await loss.item())).toBe(true);
        loss.dispose();
      }
      await collect();
      return { ...memory(), heap: process.memoryUsage().heapUsed };
    };
    const before = await many(500);
    const makers = watchGrowth();
    const after = await many(count);
    for (const maker of makers) {
      expect(maker).not.toHaveBeenCalled();
      maker.mockRestore();
    }
    // What earlier tests forgot may have been collected in the meantime.
    expect(after.bytes).toBeLessThanOrEqual(before.bytes);
    expect(after.buffers).toBeLessThanOrEqual(before.buffers);
    expect(after.peakBytes).toBe(before.peakBytes);
    // A hundred bytes a step: less than a tensor or a command that a step could leave behind.
    if (count === 10_000) expect(after.heap - before.heap).toBeLessThan(1_000_000);
    expect((await parameters[0]!.data()).every(Number.isFinite)).toBe(true);
  },
  TIME_LIMIT,
);

test.each(DEVICES)('disposing gives everything back on %s', (device) => {
  const { step, parameters } = makeStep(device);
  const before = memory();
  const run = compile(step);
  for (const batch of [4, 2, 4]) {
    tidy(() => {
      run(ones([batch, 5, 2], { device }), ones([batch, 1], { device }));
    });
  }
  expect(memory().bytes).toBeGreaterThan(before.bytes + 1000);
  run.dispose();
  zeroGrad(parameters);
  expect({ ...memory(), peakBytes: 0 }).toEqual({ ...before, peakBytes: 0 });
});

test('a captured step needs no more memory than an eager one', async () => {
  const { step } = makeStep('cpu');
  const [x, y] = [ones([64, 20, 2]), ones([64, 1])];
  const peakOf = async (run: typeof step): Promise<number> => {
    const start = memory().bytes;
    const report = await profile(() => {
      run(x, y).dispose();
    });
    return report.memory.peakBytes - start;
  };
  using run = compile(step);
  const captured = await peakOf(run);
  expect(captured).toBeLessThan(await peakOf((a, b) => tidy(() => step(a, b))));
});

test('functions that nobody disposed are given back by the garbage collector', async () => {
  const { step, parameters } = makeStep('cpu');
  const before = memory().buffers;
  const useOnce = (): void => {
    tidy(() => {
      compile(step)(ones([4, 5, 2]), ones([4, 1]));
    });
  };
  for (let i = 0; i < 5; i++) useOnce();
  expect(memory().buffers).toBeGreaterThan(before + 20);
  await collect();
  zeroGrad(parameters);
  expect(memory().buffers).toBeLessThan(before + 20);
});
