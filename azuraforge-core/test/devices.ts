import { setFlagsFromString } from 'node:v8';
import { openWasmBackend, registerBackend } from '../src/index.ts';
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
export const DEVICES = ['cpu', 'deferred', ...Object.keys(WASM_VARIANTS)];

export function registerDevices(): void {
  registerBackend({ name: 'deferred', open: () => openDeferredBackend('deferred') });
  for (const [name, options] of Object.entries(WASM_VARIANTS)) {
    registerBackend({ name, open: () => openWasmBackend(name, options) });
  }
}
