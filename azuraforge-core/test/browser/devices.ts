import { openWasmBackend, registerBackend } from '../../src/index.ts';

/** The device of a page as the package opens it by itself, and one that shares all that it can between threads. */
export const DEVICES = ['wasm', 'wasm threads'];

export function registerDevices(): void {
  registerBackend({
    name: 'wasm threads',
    open: () => openWasmBackend('wasm threads', { threads: 2, parallelFrom: 0 }),
  });
}
