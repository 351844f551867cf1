import type { Backend } from '../backend.ts';
import { TensorError } from '../error.ts';
import { WasmDevice } from './wasm/device.ts';
import { Machine, probeSimd } from './wasm/machine.ts';
import { availableParallelism, threadObstacle } from './wasm/threads/spawn.ts';

/**
 * Kernels are WebAssembly SIMD code that this package writes itself; arithmetic is in 32 bits, sums are in 64. `destroy` ends
 * the device's threads, which otherwise live as long as the program; the device and its tensors stay usable, on one thread.
 */
export interface WasmBackend extends Backend {
  destroy(): void;
}

/** More do not pay for the sizes that are trained here. */
const MAX_DEFAULT_THREADS = 8;

export interface WasmOptions {
  /** Whether to use relaxed SIMD; by default where the runtime has it. */
  readonly relaxed?: boolean;
  /** Threads that share large kernels; by default one per processor, at most 8. A page must be cross-origin isolated. */
  readonly threads?: number;
  /** @internal */
  readonly parallelFrom?: number;
}

/** Opens the device; a runtime without SIMD is refused, one without threads is not. */
export function openWasmBackend(name: string, options: WasmOptions = {}): WasmBackend {
  const found = probeSimd();
  if (!found.simd || (options.relaxed === true && !found.relaxed)) {
    throw new TensorError(
      'DEVICE_UNAVAILABLE',
      `device '${name}' needs WebAssembly ${found.simd ? 'relaxed SIMD' : 'SIMD'}, which this runtime does not have`,
      { details: found },
    );
  }
  const wanted = options.threads ?? Math.min(availableParallelism(), MAX_DEFAULT_THREADS);
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new TensorError('INVALID_INPUT', `threads must be a whole number from 1 up, not ${wanted}`, {
      op: 'openWasmBackend',
    });
  }
  const obstacle = wanted > 1 ? threadObstacle() : null;
  const machine = new Machine(options.relaxed ?? found.relaxed, {
    threads: obstacle === null ? wanted : 1,
    parallelFrom: options.parallelFrom,
  });
  return new WasmDevice(name, machine, obstacle);
}
