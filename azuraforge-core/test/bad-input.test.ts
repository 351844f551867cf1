import { beforeAll, expect, jest, test } from '@jest/globals';
import type { Backend, Command, Shape } from '../src/index.ts';
import * as azuraforge from '../src/index.ts';
import {
  compile,
  fromTypedArray,
  memory,
  openCpuBackend,
  rand,
  registerBackend,
  setDefaultDevice,
  Tensor,
  TensorError,
  zeros,
} from '../src/index.ts';
import { sizeOf } from '../src/shape.ts';
import { DEVICES, registerDevices } from './devices.ts';
import type { Input, Op } from './inputs.ts';
import { OPS } from './inputs.ts';

/** What has no tensors for arguments, or none that it could be wrong about. */
const OTHERS = new Set([
  'arange', 'chooseDevice', 'closeDevice', 'compile', 'constructor', 'createSgdState', 'defaultGenerator', 'derive', 'devices', 'fromTypedArray', 'full',
  'Generator', 'keep', 'manualSeed', 'memory', 'noGrad', 'ones', 'openCpuBackend', 'openDevice', 'openWasmBackend', 'openWebGpuBackend',
  'profile', 'rand', 'randn', 'registerBackend', 'retainGrad', 'setDefaultDevice', 'tensor', 'Tensor', 'TensorError', 'tidy',
  'zeroGrad', 'zeros',
]); // prettier-ignore

/** The reference device, which counts what it is asked to run, and has memory for so many buffers more. */
const watched = { dispatches: 0, free: Infinity };

function openWatchedBackend(name: string): Backend {
  const cpu = openCpuBackend(name);
  const { allocate, dispatch } = cpu;
  return Object.assign(cpu, {
    allocate(byteLength: number) {
      if (watched.free === 0) throw new TensorError('OUT_OF_MEMORY', 'the device is full');
      watched.free -= 1;
      return allocate.call(cpu, byteLength);
    },
    dispatch(commands: readonly Command[]) {
      watched.dispatches += 1;
      dispatch.call(cpu, commands);
    },
  });
}

beforeAll(async () => {
  await registerDevices();
  registerBackend({ name: 'watched', open: () => openWatchedBackend('watched') });
  await setDefaultDevice('watched');
});

function make({ shape, dtype }: Omit<Input, 'misfits'>): Tensor {
  return zeros(shape, { dtype: dtype === 'int32' ? 'int32' : 'float32' });
}

/** The inputs of an op as they should be, but for one. */
function inputsOf([inputs, , prepare]: Op, which?: number, other: (input: Input) => Tensor = make): Tensor[] {
  const made = inputs.map((input, i) => (i === which ? other(input) : make(input)));
  prepare?.(...made);
  return made;
}

/** What is thrown; nothing must have run until then, and nothing be left behind. */
async function errorOf(name: string, [, run]: Op, inputs: Tensor[]): Promise<TensorError> {
  const before = { ...memory(), dispatches: watched.dispatches };
  let thrown: unknown;
  try {
    await run(...inputs);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(TensorError);
  const { bytes, buffers } = memory();
  expect({ bytes, buffers, dispatches: watched.dispatches, op: (thrown as TensorError).op }).toEqual({
    bytes: before.bytes,
    buffers: before.buffers,
    dispatches: before.dispatches,
    op: name,
  });
  return thrown as TensorError;
}

const textOf = (shape: Shape): string => `[${shape.join(', ')}]`;
const CASES = Object.entries(OPS).flatMap(([name, op]) =>
  op[0].map((input, which) => [name, which, op, input] as const),
);

test('every op is in the table', () => {
  const methods = Object.getOwnPropertyNames(Tensor.prototype);
  const functions = Object.entries(azuraforge).filter(([, value]) => typeof value === 'function');
  const names = [...methods, ...functions.map(([name]) => name)];
  expect(names.filter((name) => !(name in OPS) && !OTHERS.has(name))).toEqual([]);
});

test.each(Object.entries(OPS))('%s takes what is right', async (_, op) => {
  await op[1](...inputsOf(op));
});

test.each(CASES)('%s refuses input %i when that was disposed', async (name, which, op, { shape }) => {
  const inputs = inputsOf(op);
  inputs[which]!.dispose();
  const error = await errorOf(name, op, inputs);
  expect(error.code).toBe('USE_AFTER_DISPOSE');
  expect(error.message).toContain(textOf(shape));
});

/** The tensor of a method is there whenever the method is. */
test.each(CASES.filter(([name, which]) => which > 0 || name in azuraforge))(
  '%s refuses what is no tensor as input %i',
  async (name, which, op) => {
    for (const value of ['text', {}, [1]]) {
      const inputs = inputsOf(op);
      inputs[which] = value as unknown as Tensor;
      const error = await errorOf(name, op, inputs);
      expect(error.code).toBe('INVALID_INPUT');
      expect(error.message).toMatch(/tensor.* got (text|\[object Object\]|an array)$/);
    }
  },
);

test.each(CASES.filter(([, , [inputs]]) => inputs.length > 1))(
  '%s refuses input %i from another device',
  async (name, which, op, { shape, dtype }) => {
    const inputs = inputsOf(op);
    inputs[which] = zeros(shape, { dtype: dtype === 'int32' ? 'int32' : 'float32', device: 'cpu' });
    const error = await errorOf(name, op, inputs);
    expect(error.code).toBe('DEVICE_MISMATCH');
    expect(error.message).toMatch(/'watched'.*'cpu'|'cpu'.*'watched'/);
  },
);

test.each(CASES.filter(([, , , { dtype }]) => dtype !== 'either'))(
  '%s refuses input %i of another dtype',
  async (name, which, op, { shape, dtype }) => {
    const other = dtype === 'int32' ? 'float32' : 'int32';
    const error = await errorOf(
      name,
      op,
      inputsOf(op, which, () => make({ shape, dtype: other })),
    );
    expect(error.code).toBe('DTYPE_MISMATCH');
    expect(error.message).toContain(other);
  },
);

test.each(CASES.filter(([, , , { dtype }]) => dtype === 'int32'))(
  '%s refuses an index beyond the end in input %i',
  async (name, which, op, { shape }) => {
    const indices = Int32Array.from({ length: sizeOf(shape) }, () => 9);
    const error = await errorOf(
      name,
      op,
      inputsOf(op, which, () => fromTypedArray(indices, shape)),
    );
    expect(error.code).toBe('INDEX_OUT_OF_RANGE');
    expect(error.message).toMatch(/ 9 is outside/);
  },
);

test.each(
  CASES.flatMap(([name, which, op, { misfits, dtype }]) =>
    misfits.map((shape) => [name, which, textOf(shape), op, shape, dtype] as const),
  ),
)('%s refuses input %i of shape %s', async (name, which, text, op, shape, dtype) => {
  const error = await errorOf(
    name,
    op,
    inputsOf(op, which, () => make({ shape, dtype })),
  );
  expect(error.code).toBe('SHAPE_MISMATCH');
  expect(error.message).toContain(text);
  expect(error.message).toMatch(/expected|must be/);
});

test.each(Object.entries(OPS))('%s without memory says so, and leaves nothing behind', async (name, op) => {
  const made = inputsOf(op);
  for (let allowed = 0; ; allowed++) {
    const before = memory();
    watched.free = allowed;
    let error: unknown = null;
    try {
      await op[1](...made);
    } catch (caught) {
      error = caught;
    } finally {
      watched.free = Infinity;
    }
    if (error === null) break;
    // Within backward it is the op whose gradient was worked out.
    const named = name === 'backward' ? expect.any(String) : name;
    expect(error).toMatchObject({ code: 'OUT_OF_MEMORY', op: named });
    expect((error as TensorError).message).toMatch(
      /no memory for a (float32|int32) tensor of shape \[.*\] on 'watched' \(\d+ bytes\): the device is full; \d+ bytes in \d+ buffers are in use/,
    );
    expect({ ...memory(), peakBytes: 0 }).toEqual({ ...before, peakBytes: 0 });
  }
});

const NO_MEMORY =
  /no memory for a float32 tensor of shape \[1048576, 1048576\] on '.*' \(4398046511104 bytes\): .*; \d+ bytes in \d+ buffers are in use\. Dispose/;

// The deferred device only finds out when something is read.
test.each(DEVICES.filter((device) => device !== 'deferred'))(
  '%s refuses what no device has memory for',
  (device) => {
    const [row, column] = [zeros([1, 2 ** 20], { device }), zeros([2 ** 20, 1], { device })];
    const before = memory();
    const attempts: Record<string, () => unknown> = {
      mul: () => row.mul(column),
      compile: () => compile(() => rand([2 ** 40], { device }))(),
    };
    for (const [op, attempt] of Object.entries(attempts)) {
      const message = op === 'compile' ? /shape \[1099511627776\]/ : NO_MEMORY;
      expect(attempt).toThrow(
        expect.objectContaining({ code: 'OUT_OF_MEMORY', op, message: expect.stringMatching(message) }),
      );
    }
    expect(memory()).toEqual(before);
  },
);

test('a copy that the host has no memory for is refused by name', async () => {
  const x = zeros([2], { device: 'wasm' });
  const slice = jest.spyOn(Uint8Array.prototype, 'slice').mockImplementation(() => {
    throw new RangeError('Array buffer allocation failed');
  });
  const reading = x.data();
  slice.mockRestore();
  await expect(reading).rejects.toMatchObject({
    code: 'OUT_OF_MEMORY',
    message: expect.stringMatching(/^data: no memory for a copy of 8 bytes: the runtime has no room/),
  });
});
