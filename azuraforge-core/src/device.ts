import type { Backend, BackendFactory, DeviceBuffer, Executable } from './backend.ts';
import { openCpuBackend } from './backends/cpu.ts';
import { openWasmBackend } from './backends/wasm.ts';
import { openWebGpuBackend } from './backends/webgpu.ts';
import { TensorError } from './error.ts';
import type { Kernel } from './kernel.ts';
import { kernelKey } from './kernel.ts';

export interface DeviceInfo {
  readonly name: string;
  /** null until the device has been opened. */
  readonly adapter: string | null;
  readonly isDefault: boolean;
}

/** The device of a program that chooses none. */
const INITIAL_DEVICE = 'cpu';
/** More kernels than any real model has; the cap only keeps endless new shapes from filling the memory. */
const MAX_EXECUTABLES = 4096;

/** An open device: its backend and the kernels made ready for it. */
export class Device {
  readonly backend: Backend;
  readonly #executables = new Map<string, Executable>();

  constructor(backend: Backend) {
    this.backend = backend;
  }

  get name(): string {
    return this.backend.name;
  }

  run(kernel: Kernel, buffers: readonly DeviceBuffer[], scalars: readonly number[] = []): void {
    const key = kernelKey(kernel);
    let executable = this.#executables.get(key);
    if (executable === undefined) {
      if (this.#executables.size >= MAX_EXECUTABLES) this.#executables.clear();
      executable = this.backend.compile(kernel);
      this.#executables.set(key, executable);
    }
    this.backend.dispatch(executable, buffers, scalars);
  }
}

const factories = new Map<string, BackendFactory>([
  ['cpu', { name: 'cpu', open: () => openCpuBackend('cpu') }],
  ['wasm', { name: 'wasm', open: () => openWasmBackend('wasm') }],
  ['webgpu', { name: 'webgpu', open: () => openWebGpuBackend('webgpu') }],
]);
const open = new Map<string, Device>();
let defaultName = INITIAL_DEVICE;

/** Makes a device known. A name that is already open cannot be registered again. */
export function registerBackend(factory: BackendFactory): void {
  if (open.has(factory.name)) {
    throw new TensorError('INVALID_INPUT', `device '${factory.name}' is open already`, {
      op: 'registerBackend',
    });
  }
  factories.set(factory.name, factory);
}

export function devices(): DeviceInfo[] {
  return [...factories.keys()].map((name) => ({
    name,
    adapter: open.get(name)?.backend.adapter ?? null,
    isDefault: name === defaultName,
  }));
}

/** Opens the device if need be and makes new tensors live on it. */
export async function setDefaultDevice(name: string): Promise<DeviceInfo> {
  const device = await openDevice(name);
  defaultName = name;
  return { name, adapter: device.backend.adapter, isDefault: true };
}

/** Opens a device without making it the default. */
export async function openDevice(name: string): Promise<Device> {
  const known = open.get(name);
  if (known !== undefined) return known;
  return install(name, await findFactory(name).open());
}

/** The device that new tensors live on, or the one named; a device that must be waited for has to be open already. */
export function resolveDevice(name: string = defaultName): Device {
  const known = open.get(name);
  if (known !== undefined) return known;
  const backend = findFactory(name).open();
  if (backend instanceof Promise) {
    backend.catch(() => undefined);
    throw new TensorError(
      'DEVICE_UNAVAILABLE',
      `device '${name}' is not open yet; await setDefaultDevice('${name}') first`,
    );
  }
  return install(name, backend);
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
  const known = open.get(name);
  if (known !== undefined) return known;
  const device = new Device(backend);
  open.set(name, device);
  return device;
}
