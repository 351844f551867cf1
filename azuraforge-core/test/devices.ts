import { setFlagsFromString } from 'node:v8';
import { afterAll } from '@jest/globals';
import { openDevice } from '../src/device.ts';
import type { WebGpuBackend, WebGpuOptions } from '../src/index.ts';
import { openWasmBackend, openWebGpuBackend, registerBackend } from '../src/index.ts';
import { openDeferredBackend } from './deferred.ts';

function opensRelaxed(): boolean {
  try {
    openWasmBackend('probe', { relaxed: true });
    return true;
  } catch {
    return false;
  }
}

/** Whether this runtime runs relaxed SIMD; Node 20 does behind a flag, which can be set until the first use. */
function hasRelaxedSimd(): boolean {
  if (opensRelaxed()) return true;
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return opensRelaxed();
}

/** One variant is on one thread, the other shares all that it can, however small. */
const PLAIN = { relaxed: false, threads: 1 };
const RELAXED = { relaxed: true, threads: 2, parallelFrom: 0 };
const WASM_VARIANTS = hasRelaxedSimd()
  ? { 'wasm plain': PLAIN, 'wasm relaxed': RELAXED }
  : { 'wasm plain': PLAIN };

/** The devices that every suite runs on. */
export const DEVICES = ['cpu', 'deferred', ...Object.keys(WASM_VARIANTS), 'webgpu'];

/** Computes in software, with the shaders that a GPU is given. */
export const TUNED_FOR_GPU = 'webgpu tuned for a gpu';

/** The devices that are there for speed, each beside its other variant. */
export const FAST_DEVICES = [...Object.keys(WASM_VARIANTS), 'webgpu', TUNED_FOR_GPU];

const opened: WebGpuBackend[] = [];

function registerWebGpu(name: string, options: WebGpuOptions): void {
  const open = async (): Promise<WebGpuBackend> => {
    const backend = await openWebGpuBackend(name, { software: 'allow', ...options });
    opened.push(backend);
    return backend;
  };
  registerBackend({ name, open });
}

/** For `beforeAll`. A software adapter will do: vulkan.ts has found a driver before the tests began. */
export async function registerDevices(): Promise<void> {
  registerBackend({ name: 'deferred', open: () => openDeferredBackend('deferred') });
  for (const [name, options] of Object.entries(WASM_VARIANTS)) {
    registerBackend({ name, open: () => openWasmBackend(name, options) });
  }
  registerWebGpu('webgpu', {});
  await openDevice('webgpu');
}

/** For `beforeAll` of suites of kernels whose shaders are others on a GPU. */
export async function registerTunedDevice(): Promise<void> {
  registerWebGpu(TUNED_FOR_GPU, { tuning: 'gpu' });
  await openDevice(TUNED_FOR_GPU);
}

afterAll(() => {
  for (const backend of opened) backend.destroy();
});
