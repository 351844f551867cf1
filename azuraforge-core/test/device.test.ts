import { afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type { Kernel } from '../src/index.ts';
import {
  chooseDevice,
  closeDevice,
  devices,
  ones,
  openCpuBackend,
  openDevice,
  registerBackend,
  setDefaultDevice,
  tensor,
  tidy,
} from '../src/index.ts';
import { openDeferredBackend } from './deferred.ts';
import { registerDevices } from './devices.ts';

beforeAll(registerDevices);
afterEach(() => setDefaultDevice('wasm'));

const find = (name: string) => devices().find((device) => device.name === name);

test('devices are listed and opened at first use', async () => {
  registerBackend({ name: 'late', open: async () => openDeferredBackend('late') });
  ones([1]).dispose();
  expect(find('wasm')).toEqual({
    name: 'wasm',
    adapter: expect.stringContaining('SIMD'),
    isDefault: true,
  });
  expect(find('cpu')).toEqual({ name: 'cpu', adapter: null, isDefault: false });
  expect(find('late')).toEqual({ name: 'late', adapter: null, isDefault: false });
  expect(() => ones([1], { device: 'late' })).toThrow(/await setDefaultDevice\('late'\) first/);
  expect(await setDefaultDevice('late')).toEqual({
    name: 'late',
    adapter: 'deferred JavaScript',
    isDefault: true,
  });
  const made = ones([2]);
  expect(made.device).toBe('late');
  expect(await made.add(1).array()).toEqual([2, 2]);
  expect(find('wasm')!.isDefault).toBe(false);
});

test('a device that fails to open says so and is asked again', async () => {
  let attempts = 0;
  registerBackend({
    name: 'broken',
    open: () => {
      attempts += 1;
      return Promise.reject(new Error('no adapter'));
    },
  });
  await expect(setDefaultDevice('broken')).rejects.toThrow('no adapter');
  await expect(setDefaultDevice('broken')).rejects.toThrow('no adapter');
  expect(attempts).toBe(2);
  expect(devices().find(({ isDefault }) => isDefault)!.name).toBe('wasm');
});

test('unknown devices, and names that are taken, are refused', async () => {
  await expect(setDefaultDevice('tpu')).rejects.toThrow(/no device 'tpu'/);
  ones([1]).dispose();
  expect(() => registerBackend({ name: 'wasm', open: () => openCpuBackend('wasm') })).toThrow(
    /'wasm' is open already/,
  );
});

test('a person chooses a device without knowing what the machine has', async () => {
  expect(await chooseDevice('cpu')).toEqual({ name: 'cpu', adapter: 'JavaScript', isDefault: true });
  expect(ones([1]).device).toBe('cpu');
  expect(await chooseDevice('wasm')).toMatchObject({ name: 'wasm', isDefault: true });
  await expect(chooseDevice('tpu' as 'gpu')).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining("no device is called 'tpu', expected one of auto, gpu, wasm, cpu"),
  });
});

test('tensors of two devices do not mix, and to() carries one over', async () => {
  const here = tensor([1, 2], { device: 'cpu' });
  const there = tensor([3, 4], { device: 'deferred' });
  expect(() => here.add(there)).toThrow(/tensors live on 'cpu' and 'deferred'/);
  const moved = await there.to('cpu');
  expect(moved.device).toBe('cpu');
  expect(await here.add(moved).array()).toEqual([4, 6]);
});

test.each(['cpu', 'deferred'])('fillings that JSON cannot tell apart stay apart on %s', async (device) => {
  const x = ones([1], { device });
  for (const value of [Infinity, -Infinity, Number.NaN, 0, -0]) {
    expect(await x.filledLike(value, [2]).array()).toEqual([value, value]);
    expect(await x.pad([[1, 0]], value).array()).toEqual([value, 1]);
  }
});

test('a view carries over no range of indices that it does not hold', async () => {
  const view = tensor([0, 100], { dtype: 'int32' }).narrow(0, 0, 1);
  const index = await view.to('deferred');
  const source = tensor([7, 8], { device: 'deferred' });
  expect(await source.indexSelect(0, index).array()).toEqual([7]);
});

test('a number in an expression needs no new kernel, a new shape does', () => {
  const seen: Kernel[] = [];
  registerBackend({
    name: 'counting',
    open: () => {
      const cpu = openCpuBackend('counting');
      return {
        name: 'counting',
        adapter: cpu.adapter,
        allocate: (byteLength) => cpu.allocate(byteLength),
        write: (buffer, bytes, byteOffset) => cpu.write(buffer, bytes, byteOffset),
        read: (buffer, byteOffset, byteLength) => cpu.read(buffer, byteOffset, byteLength),
        free: (buffer) => cpu.free(buffer),
        compile: (kernel) => {
          seen.push(kernel);
          return cpu.compile(kernel);
        },
        dispatch: (commands) => cpu.dispatch(commands),
        beginProfile: () => cpu.beginProfile(),
        endProfile: () => cpu.endProfile(),
      };
    },
  });
  tidy(() => {
    const x = ones([4], { device: 'counting' });
    for (let i = 0; i < 10; i++) x.mul(i);
    expect(seen.map(({ kind }) => kind)).toEqual(['elementwise', 'elementwise']);
    ones([5], { device: 'counting' }).mul(1);
    expect(seen).toHaveLength(4);
  });
});

test('a second device is opened beside the default one, and closed when nothing lives there', async () => {
  let opened = 0;
  const destroy = jest.fn();
  registerBackend({
    name: 'second',
    open: async () => {
      opened += 1;
      return Object.assign(openDeferredBackend('second'), { destroy });
    },
  });
  await closeDevice('second');
  expect(await openDevice('second')).toEqual({
    name: 'second',
    adapter: 'deferred JavaScript',
    isDefault: false,
  });
  const x = ones([2], { device: 'second' });
  const y = x.add(1);
  await expect(closeDevice('second')).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    op: 'closeDevice',
    message: expect.stringContaining("'second' still holds 2 buffers"),
  });
  x.dispose();
  y.dispose();
  expect(destroy).not.toHaveBeenCalled();
  await closeDevice('second');
  expect(destroy).toHaveBeenCalledTimes(1);
  expect(find('second')!.adapter).toBeNull();
  expect(() => ones([1], { device: 'second' })).toThrow(/is not open yet/);
  await openDevice('second');
  expect(await ones([1], { device: 'second' }).array()).toEqual([1]);
  expect(opened).toBe(2);
  await expect(closeDevice('tpu')).rejects.toThrow(/no device 'tpu'/);
});

test('a device that several ask for at once is opened once', async () => {
  let opened = 0;
  registerBackend({
    name: 'slow',
    open: async () => {
      opened += 1;
      await Promise.resolve();
      return openDeferredBackend('slow');
    },
  });
  // Asked too early: it is on its way from here on.
  expect(() => ones([1], { device: 'slow' })).toThrow(/not open yet/);
  const x = ones([1], { device: 'cpu' });
  const [copy] = await Promise.all([x.to('slow'), x.to('slow'), setDefaultDevice('slow')]);
  expect(opened).toBe(1);
  expect(await copy.add(ones([1])).array()).toEqual([2]);
});
