import { beforeAll, expect, test } from '@jest/globals';
import type { Backend, SgdState, Tensor } from '../src/index.ts';
import {
  adamStep,
  compile,
  createAdamState,
  keep,
  memory,
  ones,
  openCpuBackend,
  registerBackend,
  setDefaultDevice,
  sgdStep,
  createSgdState,
  tensor,
  TensorError,
  zeroGrad,
} from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

beforeAll(async () => {
  await registerDevices();
  await setDefaultDevice('cpu');
});

/** Each step is refused at its first call, and nothing of it stays behind. */
const REFUSED: Record<string, [code: string, message: RegExp, step: (w: Tensor) => unknown]> = {
  'an async step': ['ASYNC_SCOPE', /compile: the function must not be async/, async (w) => w.mul(2)],
  'a tensor from outside that the step disposes': [
    'INVALID_GRAPH',
    /uses a tensor from outside and disposes it/,
    (w) => {
      w.sum().backward();
      const { grad } = w;
      w.grad = grad!.mul(2);
    },
  ],
  'tensors of two devices': [
    'DEVICE_MISMATCH',
    /works on one device, this one uses 'cpu' and 'deferred'/,
    (w) => [w.add(1), ones([2], { device: 'deferred' })],
  ],
  'shapes that do not fit': ['SHAPE_MISMATCH', /broadcast/, (w) => [keep(w.mul(2)), w.add(ones([3]))]],
  'a setting that is out of range': [
    'INVALID_INPUT',
    /lr must be at least 0/,
    (w) => {
      zeroGrad([w]);
      w.sum().backward();
      sgdStep([w], createSgdState([w]), { lr: () => -1 });
    },
  ],
};

test.each(Object.entries(REFUSED))(
  '%s is refused, and leaves nothing',
  async (name, [code, message, step]) => {
    const w = ones([2], { requiresGrad: true });
    if (name.includes('disposes')) w.sum().backward();
    const before = memory();
    const compiled = compile(() => step(w));
    let error: unknown = null;
    try {
      compiled();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TensorError);
    expect((error as TensorError).code).toBe(code);
    expect((error as TensorError).message).toMatch(message);
    expect(memory().bytes).toBeLessThanOrEqual(before.bytes);
    expect(memory().buffers).toBeLessThanOrEqual(before.buffers);
    zeroGrad([w]);
    w.sum().backward();
    expect(await w.grad!.array()).toEqual([1, 1]);
  },
);

test('a value cannot be read while a step is captured', async () => {
  const reads: Promise<unknown>[] = [];
  const step = compile((x: Tensor) => {
    reads.push(x.mul(2).data());
    return x;
  });
  step(ones([2]));
  await expect(reads[0]).rejects.toThrow(/a step has no values while it is being captured/);
});

test('arguments of other kinds, and those that want a gradient, are refused', () => {
  const step = compile((x: unknown) => x);
  expect(() => step(new Map())).toThrow(/an argument is of type object/);
  expect(() => step(() => 1)).toThrow(/an argument is of type function/);
  expect(() => step(ones([1], { requiresGrad: true }))).toThrow(/an argument requires a gradient/);
  const gone = ones([1]);
  gone.dispose();
  expect(() => step(gone)).toThrow(/was disposed/);
});

test.each(DEVICES)(
  'indices in arguments are checked at each call on %s, before anything runs',
  async (device) => {
    const table = ones([3, 2], { device });
    const step = compile((index: Tensor) => {
      table.assign(table.mul(2));
      return table.indexSelect(0, index.reshape([-1]));
    });
    const indices = (values: number[]): Tensor => tensor([values], { device, dtype: 'int32' });
    expect(() => step(indices([0, 3]))).toThrow(/index 3 is outside an axis of length 3/);
    expect(await step(indices([0, 2])).array()).toEqual([[2, 2], [2, 2]]); // prettier-ignore
    expect(() => step(indices([-1, 0]))).toThrow(/index -1 is outside an axis of length 3/);
    expect(await step(indices([1, 1])).array()).toEqual([[4, 4], [4, 4]]); // prettier-ignore
  },
);

test('a tensor that the step uses must not be disposed, whatever else holds it', () => {
  const w = ones([2]);
  const [a, b] = [compile((x: Tensor) => x.add(w)), compile(() => w.mul(2))];
  a(ones([2])).dispose();
  a(ones([1])).dispose();
  b().dispose();
  w.dispose();
  for (const call of [() => a(ones([2])), () => a(ones([1])), b]) {
    expect(call).toThrow(/a tensor that the captured step uses was disposed/);
  }
});

test('a gradient that was replaced is not mistaken for the one captured', () => {
  const w = ones([2], { requiresGrad: true });
  const state = createAdamState([w]);
  const update = compile(() => adamStep([w], state, { lr: 0.1 }));
  w.sum().backward();
  update();
  update();
  zeroGrad([w]);
  w.sum().backward();
  expect(update).toThrow(/call backward within the step/);
  expect(state.steps).toEqual([2]);
});

test('a step that could not be captured, or not run, does not count for its optimizer', async () => {
  const [w, v] = [tensor([2], { requiresGrad: true }), tensor([2], { requiresGrad: true })];
  const [sgd, twin] = [createSgdState([w]), createSgdState([v])];
  const options = { lr: 0.5, momentum: 0.5, dampening: 0.5 };
  const update = (x: Tensor, state: SgdState): void => {
    zeroGrad([x]);
    x.square().sum().backward();
    sgdStep([x], state, options);
  };
  expect(
    compile(() => {
      update(w, sgd);
      throw new Error('from within');
    }),
  ).toThrow('from within');
  expect(() => {
    w.square().sum().backward();
    sgdStep([w], sgd, { ...options, lr: () => -1 });
  }).toThrow(/lr must be/);
  const step = compile(() => update(w, sgd));
  for (let i = 0; i < 3; i++) {
    step();
    update(v, twin);
    expect(await w.array()).toEqual(await v.array());
  }
});

test('a step that has no memory for its results does not count for its optimizer', () => {
  let isFull = false;
  const cpu = openCpuBackend('small');
  const { allocate } = cpu;
  const open = (): Backend =>
    Object.assign(cpu, {
      allocate(byteLength: number) {
        if (isFull) throw new TensorError('OUT_OF_MEMORY', 'the device is full');
        return allocate.call(cpu, byteLength);
      },
    });
  registerBackend({ name: 'small', open });
  const w = ones([2], { requiresGrad: true, device: 'small' });
  const state = createAdamState([w]);
  const step = compile(() => {
    zeroGrad([w]);
    const loss = w.square().sum();
    loss.backward();
    adamStep([w], state, { lr: 0.1 });
    return loss;
  });
  step();
  isFull = true;
  expect(step).toThrow(/the device is full/);
  expect(state.steps).toEqual([1]);
});

test('an argument cannot be changed in place', async () => {
  const x = ones([2]);
  expect(() => compile((y: Tensor) => y.assign(y.mul(2)))(x)).toThrow(/changes an argument in place/);
  expect(await x.array()).toEqual([1, 1]);
});

test('a disposed function says so', () => {
  const step = compile((x: Tensor) => x.mul(2));
  step(tensor([1]));
  step.dispose();
  step.dispose();
  expect(() => step(tensor([1]))).toThrow(/this compiled function was disposed/);
});
