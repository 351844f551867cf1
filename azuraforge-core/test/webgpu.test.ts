import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { globals } from 'webgpu';
import type { Tensor } from '../src/index.ts';
import {
  adamStep,
  arange,
  createAdamState,
  createSgdState,
  lstm,
  openWebGpuBackend,
  rand,
  sgdStep,
  tensor,
  TensorError,
  tidy,
} from '../src/index.ts';
import { findAdapter, openDevice as openGpuDevice } from '../src/backends/webgpu/adapter.ts';
import { CommandQueue } from '../src/backends/webgpu/queue.ts';
import { randomProgram } from '../src/backends/webgpu/random.ts';
import { awaitDevice } from '../src/device.ts';
import { registerDevices, registerTunedDevice, TUNED_FOR_GPU } from './devices.ts';

beforeAll(registerDevices);
beforeAll(registerTunedDevice);

const device = 'webgpu';
const run = promisify(execFile);

/** Runs a program of TypeScript in a Node process of its own; it must end by itself. */
async function runProgram(program: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = ['--import', './typescript.mjs', '--input-type=module', '--eval', program];
  const { stdout } = await run(process.execPath, options, {
    cwd: import.meta.dirname,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    timeout: 30_000,
  });
  return stdout;
}

const errorOf = (call: Promise<unknown>): Promise<TensorError> =>
  call.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: TensorError) => error,
  );

describe('opening', () => {
  test('without an adapter the error says what was tried and what to install', async () => {
    const output = await runProgram(
      `import { setDefaultDevice } from '../src/index.ts';
      await setDefaultDevice('webgpu').catch(({ code, message }) => console.log(code, message));`,
      { VK_DRIVER_FILES: '/nowhere.json' },
    );
    expect(output).toMatch(
      /DEVICE_UNAVAILABLE device 'webgpu': the package webgpu finds no adapter; install a/,
    );
  });

  test('a software adapter is named as such, and refused unless it is allowed', async () => {
    const backend = await openWebGpuBackend('probe', { software: 'allow' });
    backend.destroy();
    if (!backend.adapter.endsWith('(software)')) return;
    const error = await errorOf(openWebGpuBackend('probe'));
    expect(error.code).toBe('DEVICE_UNAVAILABLE');
    expect(error.message).toContain(`finds no hardware adapter, only ${backend.adapter}; install`);
    expect(error.details).toEqual({ tried: ['the package webgpu'], found: backend.adapter });
  });

  test('a page without WebGPU, and a Node without the package, are told of both', async () => {
    const output = await runProgram(
      `import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(
        'export function resolve(name, context, next) { if (name === "webgpu") throw new Error("no such package"); return next(name, context); }'));
      const { setDefaultDevice } = await import('../src/index.ts');
      await setDefaultDevice('webgpu').catch(({ code, message, cause }) => console.log(code, message, cause.message));`,
    );
    expect(output).toMatch(/DEVICE_UNAVAILABLE .*no navigator.gpu.*npm install webgpu.*no such package/);
  });
});

test.each([
  ['auto', 'wasm'],
  ['gpu', 'DEVICE_UNAVAILABLE'],
])('without a GPU the choice of %s ends in %s', async (choice, end) => {
  const output = await runProgram(
    `import { chooseDevice } from '../src/index.ts';
    console.log(await chooseDevice('${choice}').then(({ name }) => name, ({ code }) => code));`,
    { VK_DRIVER_FILES: '/nowhere.json' },
  );
  expect(output).toBe(`${end}\n`);
});

describe('the end of a device', () => {
  test('a program that just ends, ends', async () => {
    const start = performance.now();
    const output = await runProgram(
      `import { openWebGpuBackend, registerBackend, setDefaultDevice, tensor } from '../src/index.ts';
      registerBackend({ name: 'gpu', open: () => openWebGpuBackend('gpu', { software: 'allow' }) });
      await setDefaultDevice('gpu');
      console.log(await tensor([1, 2]).add(1).array());
      tensor([1, 2]).exp().data();`,
    );
    expect(output).toBe('[ 2, 3 ]\n');
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test('a read that waits when the device is lost fails with the cause, and so does all that follows', async () => {
    const backend = await openWebGpuBackend('lost', { software: 'allow' });
    const buffer = backend.allocate(16);
    backend.write(buffer, Float32Array.of(1, 2, 3, 4), 0);
    const reading = errorOf(backend.read(buffer, 0, 16));
    backend.destroy();
    const error = await reading;
    expect({ code: error.code, message: error.message }).toEqual({
      code: 'DEVICE_UNAVAILABLE',
      message: expect.stringMatching(/^device 'lost' was lost: .*destroyed/),
    });
    expect(() => backend.allocate(4)).toThrow(error);
    expect(() => backend.write(buffer, Float32Array.of(1), 0)).toThrow(error);
    expect(() => backend.compile({ kind: 'random', distribution: 'uniform', size: 4 })).toThrow(error);
    expect(await errorOf(backend.read(buffer, 0, 16))).toBe(error);
    backend.free(buffer);
  });
});

describe('memory', () => {
  test('the device has the highest limits of its adapter', async () => {
    const { adapter } = await findAdapter('limits', 'allow', 'adapter');
    const gpu = await openGpuDevice(adapter);
    for (const name of [
      'maxBufferSize',
      'maxStorageBufferBindingSize',
      'maxStorageBuffersPerShaderStage',
      'maxComputeWorkgroupStorageSize',
      'maxComputeInvocationsPerWorkgroup',
    ] as const) {
      expect([name, gpu.limits[name]]).toEqual([name, adapter.limits[name]]);
    }
    gpu.destroy();
  });

  test('what the device says of a buffer that it cannot make names the op', async () => {
    const { GPUDevice } = globals as unknown as { GPUDevice: { prototype: GPUDevice } };
    const createBuffer = jest.spyOn(GPUDevice.prototype, 'createBuffer');
    using sum = tidy(() => rand([1, 1001], { device }).add(rand([1001, 1], { device })));
    const labels = createBuffer.mock.calls.map(([{ label }]) => label);
    expect(labels.at(-1)).toBe('add: float32 [1001, 1001]');
    createBuffer.mockRestore();
    expect(sum.shape).toEqual([1001, 1001]);
  });
});

test('writes come after the work that was queued before them', async () => {
  const backend = await openWebGpuBackend('order', { software: 'allow' });
  const [source, copy] = [backend.allocate(16), backend.allocate(16)];
  const operand = { dtype: 'float32', strides: [1], offset: 0 } as const;
  const kernel = { kind: 'elementwise', shape: [4], inputs: [operand], output: operand } as const;
  const executable = backend.compile({ ...kernel, expression: { op: 'input', index: 0 } });
  backend.write(source, Float32Array.of(1, 2, 3, 4), 0);
  backend.dispatch([{ executable, buffers: [source, copy], scalars: [] }]);
  backend.write(source, Float32Array.of(5, 6, 7, 8), 0);
  expect(new Float32Array(await backend.read(copy, 0, 16))).toEqual(Float32Array.of(1, 2, 3, 4));
  expect(new Float32Array(await backend.read(source, 4, 8))).toEqual(Float32Array.of(6, 7));
  backend.destroy();
});

describe('work larger than one row of workgroups', () => {
  test('elementwise', async () => {
    const size = 2 ** 21 + 1000;
    using numbers = arange(0, size, 1, { device });
    using far = tidy(() => numbers.slice(0, size - 3, size));
    expect(await far.array()).toEqual([size - 3, size - 2, size - 1]);
  });

  test('reductions of which each takes a workgroup', async () => {
    const rows = 2 ** 15 + 5;
    using sums = tidy(() => tensor([1], { device }).expand([rows, 64]).sum(1));
    const found = await sums.data();
    expect(found.length).toBe(rows);
    expect(found.every((value) => value === 64)).toBe(true);
  });
});

test('a profile names every kernel and how long it took', async () => {
  const { backend } = await awaitDevice(device);
  const x = rand([300, 300], { device });
  const work = () => tidy(() => lstm(x.matmul(x).reshape([100, 30, 30]), weights).output.exp());
  const weights = { weightIh: rand([80, 30], { device }), weightHh: rand([80, 20], { device }) };
  work().dispose();
  backend.beginProfile();
  work().dispose();
  const timings = await backend.endProfile();
  const kinds = timings.map(({ kernel }) => kernel.kind);
  expect(kinds.filter((kind) => kind !== 'elementwise')).toEqual(['matmul', 'matmul', 'lstmForward']);
  expect(kinds.at(-1)).toBe('elementwise');
  for (const { milliseconds } of timings) expect(milliseconds).toBeGreaterThanOrEqual(0);
  const [product] = timings;
  expect(product!.milliseconds).toBeGreaterThan(0);
  work().dispose();
  expect(await backend.endProfile()).toEqual([]);
});

test('a device without a clock is timed by waiting for it', async () => {
  const { adapter } = await findAdapter('clockless', 'allow', 'adapter');
  const gpu = await adapter.requestDevice();
  const queue = new CommandQueue(gpu);
  const kernel = { kind: 'random', distribution: 'normal', size: 1000 } as const;
  const block = queue.memory.take(4000);
  queue.beginProfile();
  for (let i = 0; i < 3; i++) queue.run(kernel, randomProgram(kernel), [block], [i, 0, 0, 0]);
  const timings = await queue.endProfile();
  expect(timings.map((timing) => timing.kernel)).toEqual([kernel, kernel, kernel]);
  for (const { milliseconds } of timings) expect(milliseconds).toBeGreaterThan(0);
  gpu.destroy();
});

/** An int32 tensor beside numbers: the result is an integer where the number is whole, and exact. */
const INTEGERS = [7, -3, 0, 16_777_217, -16_777_219, 2_147_483_647, -2_147_483_648];
const BESIDE_INTEGERS: [string, (x: Tensor) => Tensor][] = [
  ['add 5', (x) => x.add(5)],
  ['add 0.5 to a part', (x) => x.narrow(0, 0, 3).add(0.5)],
  ['multiply by 3', (x) => x.mul(3)],
  ['divide by 2', (x) => x.div(2)],
  ['compare with 16777216', (x) => x.gt(16_777_216)],
  ['compare with -2.5', (x) => x.lt(-2.5)],
  ['compare with infinity', (x) => x.lt(Infinity)],
  ['clamp at 0', (x) => x.clamp(0)],
  ['clamp to fractions', (x) => x.clamp(-1.5, 2.5)],
  ['relu', (x) => x.relu()],
  ['abs of a part', (x) => x.narrow(0, 0, 5).abs()],
  ['sign', (x) => x.sign()],
  ['choose', (x) => x.eq(0).add(x.ge(0))],
  ['largest', (x) => x.max()],
  ['position of the smallest', (x) => x.argmin()],
  ['mean of a part', (x) => x.narrow(0, 0, 3).mean()],
  ['third power', (x) => x.narrow(0, 0, 3).pow(3)],
  ['cast', (x) => x.cast('float32').mul(0.75).cast('int32')],
];

test.each(BESIDE_INTEGERS)('integers: %s as on the cpu', async (_, compute) => {
  const on = async (name: string) => {
    const result = tidy(() => compute(tensor(INTEGERS, { dtype: 'int32', device: name })));
    return { dtype: result.dtype, values: await result.array() };
  };
  expect(await on(device)).toEqual(await on('cpu'));
});

test.each([device, TUNED_FOR_GPU])('a long product keeps its accuracy on %s', async (name) => {
  const [m, k, n] = [3, 1_000_003, 2];
  const [a, b] = [rand([m, k], { device: name }), rand([k, n], { device: name })];
  const product = a.matmul(b);
  const [left, right, found] = await Promise.all([a.data(), b.data(), product.data()]);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let depth = 0; depth < k; depth++) sum += left[i * k + depth]! * right[depth * n + j]!;
      expect(Math.abs(found[i * n + j]! / sum - 1)).toBeLessThan(1e-5);
    }
  }
  for (const each of [a, b, product]) each.dispose();
});

/** Two steps of Adam and SGD on eleven parameters; returns their values. */
async function trainMany(name: string): Promise<(Float32Array | Int32Array)[]> {
  const parameters = Array.from({ length: 11 }, (_, i) => {
    const values = Array.from({ length: i + 1 }, (_value, j) => i - j);
    return tensor(values, { device: name, requiresGrad: true });
  });
  const [adam, sgd] = [createAdamState(parameters), createSgdState(parameters)];
  for (let step = 0; step < 2; step++) {
    for (const parameter of parameters) {
      parameter.grad = null;
      tidy(() => parameter.square().sum().backward());
    }
    adamStep(parameters, adam, { lr: 0.25, weightDecay: 0.5 });
    sgdStep(parameters, sgd, { lr: 0.25, momentum: 0.5 });
  }
  return Promise.all(parameters.map((parameter) => parameter.data()));
}

test('updates of more parameters than a shader may have buffers equal those of the cpu', async () => {
  const [found, expected] = [await trainMany(device), await trainMany('cpu')];
  for (const [i, values] of expected.entries()) {
    for (const [j, value] of values.entries()) expect(found[i]![j]).toBeCloseTo(value, 5);
  }
});
