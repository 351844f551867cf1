import type {
  Backend,
  BackendFactory,
  Command,
  DeviceBuffer,
  Executable,
  KernelTiming,
  Purpose,
} from './backend.ts';
import { openCpuBackend } from './backends/cpu.ts';
import { openWasmBackend } from './backends/wasm.ts';
import { openWebGpuBackend } from './backends/webgpu.ts';
import { inputError, TensorError } from './error.ts';
import type { Kernel } from './kernel.ts';
import { KernelMap } from './kernel/map.ts';
import { countAllocated, countFreed, explainShortage } from './memory.ts';
import type { Scalars } from './recording.ts';
import { activeRecorder } from './recording.ts';

export interface DeviceInfo {
  readonly name: string;
  /** null until the device has been opened. */
  readonly adapter: string | null;
  readonly isDefault: boolean;
}

/** The device of a program that chooses none: the fastest that every machine has, and that opens without waiting. */
const INITIAL_DEVICE = 'wasm';
/** More kernels than any real model has; the cap only keeps endless new shapes from filling the memory. */
const MAX_EXECUTABLES = 4096;

/** An open device: its backend, what lives in its memory, and the kernels made ready for it. */
export class Device {
  readonly backend: Backend;
  readonly #executables = new KernelMap<Executable>();
  #buffers = 0;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  get name(): string {
    return this.backend.name;
  }

  /** How many of its buffers are in use. */
  get buffers(): number {
    return this.#buffers;
  }

  /** Memory with undefined content. */
  allocate(byteLength: number, purpose: Purpose): DeviceBuffer {
    const recorder = activeRecorder();
    if (recorder !== null) return recorder.allocate(this, byteLength);
    let buffer: DeviceBuffer;
    try {
      buffer = this.backend.allocate(byteLength, purpose);
    } catch (error) {
      const { op, shape, dtype } = purpose;
      const need = `a ${dtype} tensor of shape [${shape.join(', ')}] on '${this.name}' (${byteLength} bytes)`;
      throw explainShortage(error, op, need, { shape, dtype, byteLength });
    }
    countAllocated(byteLength);
    this.#buffers += 1;
    return buffer;
  }

  free(buffer: DeviceBuffer): void {
    countFreed(buffer.byteLength);
    this.#buffers -= 1;
    this.backend.free(buffer);
  }

  /** Fills a buffer. The values are copied. */
  write(buffer: DeviceBuffer, values: Float32Array | Int32Array): void {
    const recorder = activeRecorder();
    if (recorder !== null) recorder.write(buffer, values);
    else this.backend.write(buffer, values, 0);
  }

  async read(buffer: DeviceBuffer, byteOffset: number, byteLength: number): Promise<ArrayBuffer> {
    if (activeRecorder() !== null) {
      throw new TensorError(
        'INVALID_GRAPH',
        'a step has no values while it is being captured; return the tensor, and read it outside',
        { op: 'compile' },
      );
    }
    try {
      return await this.backend.read(buffer, byteOffset, byteLength);
    } catch (error) {
      throw explainShortage(error, 'data', `a copy of ${byteLength} bytes`, { byteLength });
    }
  }

  run(kernel: Kernel, buffers: readonly DeviceBuffer[], scalars: Scalars = []): void {
    const recorder = activeRecorder();
    if (recorder !== null) {
      recorder.run(this, kernel, buffers, scalars);
      return;
    }
    const executable = this.prepare(kernel);
    this.#dispatch(kernel.kind, [
      { executable, buffers, scalars: typeof scalars === 'function' ? scalars() : scalars },
    ]);
  }

  /** Runs commands whose kernels were prepared here, in one go. */
  submit(commands: readonly Command[]): void {
    this.#dispatch('compile', commands);
  }

  #dispatch(op: string, commands: readonly Command[]): void {
    try {
      this.backend.dispatch(commands);
    } catch (error) {
      throw explainShortage(error, op, `what kernels on '${this.name}' work with`);
    }
  }

  prepare(kernel: Kernel): Executable {
    let executable = this.#executables.get(kernel);
    if (executable === undefined) {
      if (this.#executables.size >= MAX_EXECUTABLES) this.#executables.clear();
      executable = this.backend.compile(kernel);
      this.#executables.add(kernel, executable);
    }
    return executable;
  }
}

const factories = new Map<string, BackendFactory>([
  ['cpu', { name: 'cpu', open: () => openCpuBackend('cpu') }],
  ['wasm', { name: 'wasm', open: () => openWasmBackend('wasm') }],
  ['webgpu', { name: 'webgpu', open: () => openWebGpuBackend('webgpu') }],
]);
const open = new Map<string, Device>();
/** Devices that somebody waits for, so that those who ask meanwhile get the same one. */
const opening = new Map<string, Promise<Device>>();
let defaultName = INITIAL_DEVICE;
let isProfiling = false;

/** Makes a device known. A name that is already open cannot be registered again. */
export function registerBackend(factory: BackendFactory): void {
  if (open.has(factory.name) || opening.has(factory.name)) {
    throw new TensorError('INVALID_INPUT', `device '${factory.name}' is open already`, {
      op: 'registerBackend',
    });
  }
  factories.set(factory.name, factory);
}

export function devices(): DeviceInfo[] {
  return [...factories.keys()].map(describe);
}

function describe(name: string): DeviceInfo {
  return { name, adapter: open.get(name)?.backend.adapter ?? null, isDefault: name === defaultName };
}

/** Opens the device if need be and makes new tensors live on it. */
export async function setDefaultDevice(name: string): Promise<DeviceInfo> {
  await awaitDevice(name);
  defaultName = name;
  return describe(name);
}

/** Opens the device if need be, without making it the default: tensors can be made on it from then on. */
export async function openDevice(name: string): Promise<DeviceInfo> {
  await awaitDevice(name);
  return describe(name);
}

/**
 * Ends the device's threads or gives its GPU back; its next use opens it anew. Refuses with INVALID_INPUT while tensors or
 * captured steps hold memory there. Nothing happens to a device that is not open.
 */
export async function closeDevice(name: string): Promise<void> {
  findFactory(name);
  const device = await (open.get(name) ?? opening.get(name));
  if (device === undefined) return;
  if (device.buffers > 0) {
    throw inputError(
      'closeDevice',
      `'${name}' still holds ${device.buffers} buffers of tensors and captured steps; dispose of them first`,
      { name, buffers: device.buffers },
    );
  }
  open.delete(name);
  device.backend.destroy?.();
}

/** The device with that name, once it is open. */
export async function awaitDevice(name: string): Promise<Device> {
  return open.get(name) ?? opening.get(name) ?? start(name);
}

/** The device that new tensors live on, or the one named; a device that must be waited for has to be open already. */
export function resolveDevice(name: string = defaultName): Device {
  const device = open.get(name) ?? opening.get(name) ?? start(name);
  if (device instanceof Device) return device;
  device.catch(() => undefined);
  throw new TensorError(
    'DEVICE_UNAVAILABLE',
    `device '${name}' is not open yet; await setDefaultDevice('${name}') first`,
  );
}

function start(name: string): Device | Promise<Device> {
  const backend = findFactory(name).open();
  if (!(backend instanceof Promise)) return install(name, backend);
  const device = backend.then((opened) => install(name, opened)).finally(() => opening.delete(name));
  opening.set(name, device);
  return device;
}

function findFactory(name: string): BackendFactory {
  const factory = factories.get(name);
  if (factory === undefined) {
    const names = [...factories.keys()];
    throw new TensorError('DEVICE_UNAVAILABLE', `no device '${name}', expected one of ${names.join(', ')}`, {
      details: { name, devices: names },
    });
  }
  return factory;
}

function install(name: string, backend: Backend): Device {
  const device = new Device(backend);
  if (isProfiling) backend.beginProfile();
  open.set(name, device);
  return device;
}

/** Lets all devices time their kernels, those that are opened later too; false when they already do. */
export function beginProfiling(): boolean {
  if (isProfiling) return false;
  isProfiling = true;
  for (const { backend } of open.values()) backend.beginProfile();
  return true;
}

/** The times of all kernels since then, device by device. */
export async function endProfiling(): Promise<KernelTiming[]> {
  isProfiling = false;
  const timings = await Promise.all([...open.values()].map(({ backend }) => backend.endProfile()));
  return timings.flat();
}
