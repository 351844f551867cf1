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

const WASM_VARIANTS = hasRelaxedSimd()
  ? { 'wasm plain': false, 'wasm relaxed': true }
  : { 'wasm plain': false };

/** The devices that every suite runs on. */
export const DEVICES = ['cpu', 'deferred', ...Object.keys(WASM_VARIANTS)];

export function registerDevices(): void {
  registerBackend({ name: 'deferred', open: () => openDeferredBackend('deferred') });
  for (const [name, relaxed] of Object.entries(WASM_VARIANTS)) {
    registerBackend({ name, open: () => openWasmBackend(name, { relaxed }) });
  }
}
