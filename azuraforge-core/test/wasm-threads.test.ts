import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { build } from 'esbuild';
import * as fc from 'fast-check';
import { WasmDevice } from '../src/backends/wasm/device.ts';
import { doWhile, i32, ifElse } from '../src/backends/wasm/instruction.ts';
import { Machine } from '../src/backends/wasm/machine.ts';
import type { Tensor } from '../src/index.ts';
import {
  adamStep,
  avgPool2d,
  conv2d,
  createAdamState,
  Generator,
  gru,
  lstm,
  matmul,
  maxPool2d,
  openWasmBackend,
  rand,
  randn,
  registerBackend,
  tidy,
} from '../src/index.ts';
import { expectSame } from './same.ts';

const THREADS = [1, 2, 3];
const machines = THREADS.map((threads) => new Machine(false, { threads, parallelFrom: 0 }));
const deviceOf = (threads: number): string => `wasm on ${threads}`;

/** Two calls that do nothing start the workers; then waits for them. */
async function start(machine: Machine): Promise<void> {
  const { run } = machine.module('idle', (module) => module.define(['i32'], [], () => [], 'run'));
  while (machine.threads !== null && machine.threads.ready < machine.threads.count - 1) {
    machine.run({ native: run!, calls: [[], []], nanoseconds: 1 });
    await setTimeout(5);
  }
}

beforeAll(async () => {
  for (const [i, machine] of machines.entries()) {
    registerBackend({
      name: deviceOf(THREADS[i]!),
      open: () => new WasmDevice(deviceOf(THREADS[i]!), machine),
    });
    await start(machine);
  }
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** What a computation gives on each number of threads, as bits. */
async function bitsOf(compute: (device: string) => readonly Tensor[]): Promise<Int32Array[][]> {
  const all = [];
  for (const threads of THREADS) {
    const results = tidy(() => compute(deviceOf(threads)));
    const bits = [];
    for (const result of results) {
      const data = (await result.data()) as Float32Array;
      bits.push(new Int32Array(data.buffer));
      result.dispose();
    }
    all.push(bits);
  }
  return all;
}

async function expectSameBits(compute: (device: string) => readonly Tensor[]): Promise<void> {
  const [one, ...others] = await bitsOf(compute);
  for (const other of others) expectSame(other, one!);
}

const size = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(96, 257));
const normal = (shape: readonly number[], device: string, seed: number): Tensor =>
  randn(shape, { device, generator: new Generator(seed) });

describe('one, two and three threads give the same bits', () => {
  test('of products, single and stacked', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, size, fc.constantFrom([], [3], [2, 1]), async (m, k, n, batch) => {
        await expectSameBits((device) => [
          matmul(normal([...batch, m, k], device, 1), normal([...batch, k, n], device, 2)),
          matmul(normal([...batch, m, k], device, 1), normal([n, k], device, 2).transpose(0, 1)),
        ]);
      }),
      { numRuns: 30 },
    );
  });

  test('of more products than fit one job', async () => {
    await expectSameBits((device) => [
      matmul(normal([70_000, 1, 2], device, 1), normal([70_000, 2, 1], device, 2)),
    ]);
  });

  test('of elementwise work and reductions, whatever the strides', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, fc.integer({ min: 1, max: 3 }), async (rows, columns, step) => {
        await expectSameBits((device) => {
          const x = normal([rows, columns * step], device, 1).slice(1, 0, columns * step, step);
          const y = normal([columns, rows], device, 2).transpose(0, 1);
          const z = x.tanh().add(y.exp()).mul(x.sigmoid());
          return [
            z,
            z.sum(0),
            z.sum(1),
            z.sum(),
            z.max(0),
            z.variance(0),
            z.softmax(1),
            z.argmax(1).cast('float32'),
          ];
        });
      }),
      { numRuns: 30 },
    );
  });

  test('of random numbers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), fc.nat({ max: 2 ** 33 }), async (count, offset) => {
        await expectSameBits((device) => {
          const generator = new Generator(5);
          generator.state = { seed: 5, offset };
          return [rand([count], { device, generator }), randn([count], { device, generator })];
        });
      }),
      { numRuns: 30 },
    );
  });

  test('of an LSTM and a GRU with their gradients, and of the update', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 30 }),
        async (batch, steps, hidden) => {
          await expectSameBits((device) => {
            const leaf = (seed: number, ...shape: number[]): Tensor => {
              const made = normal(shape, device, seed);
              made.requiresGrad = true;
              return made;
            };
            const weights = {
              weightIh: leaf(1, 4 * hidden, 3),
              weightHh: leaf(2, 4 * hidden, hidden),
              biasIh: leaf(3, 4 * hidden),
            };
            const initial = { hidden: leaf(4, batch, hidden), cell: leaf(5, batch, hidden) };
            const result = lstm(normal([batch, steps, 3], device, 6), weights, initial);
            result.output.square().sum().add(result.cell.sum()).backward();
            const leaves = [...Object.values(weights), ...Object.values(initial)];
            const gradients = leaves.map((each) => each.grad!.clone());
            const parameters = Object.values(weights);
            adamStep(parameters, createAdamState(parameters), { lr: 0.1 });
            const gates = { weightIh: leaf(7, 3 * hidden, 3), weightHh: leaf(8, 3 * hidden, hidden) };
            const other = gru(normal([batch, steps, 3], device, 6), gates, initial.hidden);
            other.output.square().sum().backward();
            const otherGradients = Object.values(gates).map((each) => each.grad!.clone());
            return [result.output, ...gradients, ...parameters, other.output, ...otherGradients];
          });
        },
      ),
      { numRuns: 20 },
    );
  });

  test('of convolutions and pooling with their gradients', async () => {
    const few = fc.integer({ min: 1, max: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        few,
        fc.tuple(few, fc.integer({ min: 1, max: 20 })),
        fc.integer({ min: 4, max: 12 }),
        few,
        async (batch, groups, [groupIn, groupOut], length, stride) => {
          await expectSameBits((device) => {
            const leaf = (seed: number, ...shape: number[]): Tensor => {
              const made = normal(shape, device, seed);
              made.requiresGrad = true;
              return made;
            };
            const x = leaf(1, batch, groups * groupIn, length, length + 1);
            const weight = leaf(2, groups * groupOut, groupIn, 3, 3);
            const bias = leaf(3, groups * groupOut);
            const output = conv2d(x, weight, bias, { padding: 1, stride, groups });
            const [largest, mean] = [maxPool2d(output, 2), avgPool2d(output, 2)];
            largest.square().sum().add(mean.square().sum()).backward();
            return [output, largest, mean, ...[x, weight, bias].map((each) => each.grad!.clone())];
          });
        },
      ),
      { numRuns: 12 },
    );
  });
});

/** The workers that were started last, which the pool keeps to itself. */
function watchWorkers(): Worker[] {
  const started: Worker[] = [];
  const unref = Worker.prototype.unref;
  jest.spyOn(Worker.prototype, 'unref').mockImplementation(function watch(this: Worker) {
    started.push(this);
    unref.call(this);
  });
  return started;
}

/** The bits of a product, as text. */
async function product(device: string): Promise<string> {
  using result = tidy(() => matmul(normal([150, 90], device, 1), normal([90, 70], device, 2)));
  return Buffer.from((await result.data()).buffer).toString('base64');
}

test('a worker that is terminated between two jobs leaves all the work to the main thread', async () => {
  const workers = watchWorkers();
  const machine = new Machine(false, { threads: 2, parallelFrom: 0 });
  registerBackend({ name: 'terminated', open: () => new WasmDevice('terminated', machine) });
  await start(machine);
  expect(workers).toHaveLength(1);
  const expected = await product(deviceOf(1));
  const ended = workers[0]!.terminate();
  for (let i = 0; i < 200; i++) expect(await product('terminated')).toBe(expected);
  await ended;
  await setTimeout(10);
  expect(machine.threads!.count).toBe(1);
  expect(new WasmDevice('terminated', machine).adapter).toBe(
    'WebAssembly SIMD, 1 thread (a worker has ended)',
  );
  expect(await product('terminated')).toBe(expected);
});

test('a device that is destroyed ends its workers and goes on with one thread', async () => {
  const workers = watchWorkers();
  const machine = new Machine(false, { threads: 3, parallelFrom: 0 });
  const backend = new WasmDevice('destroyed', machine);
  registerBackend({ name: 'destroyed', open: () => backend });
  await start(machine);
  const expected = await product(deviceOf(1));
  expect(await product('destroyed')).toBe(expected);
  const ends = workers.map((worker) => once(worker, 'exit'));
  backend.destroy();
  expect(await product('destroyed')).toBe(expected);
  expect(await Promise.all(ends)).toHaveLength(2);
  expect(backend.adapter).toBe('WebAssembly SIMD, 1 thread');
});

/** Call i writes i + 1 to its place, but for the main thread alone; a worker never comes back. */
async function stopping(
  isRepeatable: boolean,
): Promise<{ machine: Machine; places: number; go: () => void }> {
  const machine = new Machine(false, { threads: 2, parallelFrom: 0 });
  await start(machine);
  const { heap } = machine;
  const { run: native } = machine.module('trap', (module) =>
    module.define(
      ['i32', 'i32', 'i32', 'i32', 'i32'],
      [],
      (_, place, value, gate, mark, scratch) => [
        // The first call's scratch memory is the main thread's; whoever finds the mark of another waits for ever.
        ifElse(i32.ne(i32.load(mark!.get), scratch!.get), doWhile([], i32.eqz(i32.load(gate!.get)))),
        i32.store(place!.get, value!.get),
      ],
      'run',
    ),
  );
  const [places, gate, mark] = [heap.allocate(64 * 4), heap.allocate(4), heap.allocate(4)];
  heap.bytes.fill(0, places, places + 64 * 4);
  heap.bytes.fill(0, gate, gate + 4);
  return {
    machine,
    places,
    go: () => {
      const scratchBytes = 64;
      // Allocation is first fit, so that the job gets the same address.
      const scratch = heap.allocate(2 * scratchBytes);
      heap.free(scratch);
      new Int32Array(heap.bytes.buffer)[mark / 4] = scratch;
      const calls = Array.from({ length: 64 }, (_, i) => [places + i * 4, i + 1, gate, mark]);
      machine.run({ native: native!, calls, nanoseconds: 1, scratchBytes, isRepeatable });
    },
  };
}

describe('a worker that stops in the middle of a call', () => {
  test('is given up, and its call done again', async () => {
    const { machine, places, go } = await stopping(true);
    while (machine.threads!.count > 1) go();
    expect(machine.threads!.problem).toBe('a worker does not answer');
    const written = new Int32Array(machine.heap.bytes.buffer, places, 64);
    expect([...written]).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
  });

  test('is an error when the call changes what it reads', async () => {
    const { machine, go } = await stopping(false);
    expect(() => {
      while (machine.threads!.count > 1) go();
    }).toThrow(expect.objectContaining({ code: 'DEVICE_UNAVAILABLE' }));
  });
});

test('a program with threads ends by itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'azuraforge-threads-'));
  try {
    const index = join(folder, 'index.mjs');
    const entry = join(import.meta.dirname, '../src/index.ts');
    await build({ entryPoints: [entry], outfile: index, bundle: true, format: 'esm', external: ['webgpu'] });
    const program = `
      import { matmul, openWasmBackend, randn, registerBackend } from ${JSON.stringify(index)};
      registerBackend({ name: 'threads', open: () => openWasmBackend('threads', { threads: 3, parallelFrom: 0 }) });
      const x = randn([64, 64], { device: 'threads' });
      for (const end = performance.now() + 200; performance.now() < end; ) matmul(x, x).dispose();
      console.log((await matmul(x, x).data()).length);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 20_000,
    });
    expect(stdout).toBe('4096\n');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('steps with threads do not grow the memory', async () => {
  const machine = new Machine(false, { threads: 2, parallelFrom: 0 });
  registerBackend({ name: 'steady threads', open: () => new WasmDevice('steady threads', machine) });
  await start(machine);
  const x = normal([40, 40], 'steady threads', 1);
  const step = (): void => tidy(() => void matmul(x.tanh(), x.exp()).sum(0));
  step();
  const before = machine.heap.bytes.length;
  for (let i = 0; i < 2000; i++) step();
  expect(machine.heap.bytes.length).toBe(before);
});

test.each([0, -1, 1.5, NaN])('%d threads are refused', (threads) => {
  expect(() => openWasmBackend('few', { threads })).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT' }),
  );
});
