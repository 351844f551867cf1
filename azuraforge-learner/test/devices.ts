import { afterAll, beforeAll } from '@jest/globals';
import { openWebGpuBackend, registerBackend, setDefaultDevice } from 'azuraforge-core';
import type { WebGpuBackend } from 'azuraforge-core';

/** The devices that layers, losses and optimizers are tested on. */
export const DEVICES = ['cpu', 'wasm', 'webgpu'];

let gpu: WebGpuBackend | null = null;

async function openSoftwareGpu(): Promise<WebGpuBackend> {
  gpu = await openWebGpuBackend('webgpu', { software: 'allow' });
  return gpu;
}

/** Makes `device` the one of new tensors within a `describe`. A software adapter will do: vulkan.ts has found a driver. */
export function useDevice(device: string): void {
  beforeAll(async () => {
    if (gpu === null) registerBackend({ name: 'webgpu', open: openSoftwareGpu });
    await setDefaultDevice(device);
  });
  afterAll(() => setDefaultDevice('wasm'));
}

afterAll(() => gpu?.destroy());
