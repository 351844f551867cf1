import { openDevice } from '../../src/device.ts';
import type { WebGpuOptions } from '../../src/index.ts';
import { openWasmBackend, openWebGpuBackend, registerBackend } from '../../src/index.ts';

/** Wasm as the package opens it by itself, wasm that shares all that it can between threads, and the browser's own WebGPU. */
export const DEVICES = ['wasm', 'wasm threads', 'webgpu'];

/** Computes in software, with the shaders that a GPU is given. */
export const TUNED_FOR_GPU = 'webgpu tuned for a gpu';

async function openWebGpu(name: string, options: WebGpuOptions): Promise<void> {
  registerBackend({ name, open: () => openWebGpuBackend(name, { software: 'allow', ...options }) });
  await openDevice(name);
}

async function register(): Promise<void> {
  registerBackend({
    name: 'wasm threads',
    open: () => openWasmBackend('wasm threads', { threads: 2, parallelFrom: 0 }),
  });
  await openWebGpu('webgpu', {});
}

// All suites share one page, and so its devices.
let registered: Promise<void> | null = null;
let tuned: Promise<void> | null = null;

export function registerDevices(): Promise<void> {
  return (registered ??= register());
}

export function registerTunedDevice(): Promise<void> {
  return (tuned ??= openWebGpu(TUNED_FOR_GPU, { tuning: 'gpu' }));
}
