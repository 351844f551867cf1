import { openDevice } from '../../src/device.ts';
import { openWasmBackend, openWebGpuBackend, registerBackend } from '../../src/index.ts';

/** Wasm as the package opens it by itself, wasm that shares all that it can between threads, and the browser's own WebGPU. */
export const DEVICES = ['wasm', 'wasm threads', 'webgpu'];

async function register(): Promise<void> {
  registerBackend({
    name: 'wasm threads',
    open: () => openWasmBackend('wasm threads', { threads: 2, parallelFrom: 0 }),
  });
  registerBackend({ name: 'webgpu', open: () => openWebGpuBackend('webgpu', { software: 'allow' }) });
  await openDevice('webgpu');
}

let registered: Promise<void> | null = null;

/** All suites share one page, and so its devices. */
export function registerDevices(): Promise<void> {
  return (registered ??= register());
}
