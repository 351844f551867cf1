import type { DeviceBuffer } from './backend.ts';
import type { Device } from './device.ts';
import type { Kernel } from './kernel.ts';
import type { Storage } from './memory.ts';
import type { Tensor } from './tensor.ts';
import type { TensorHandle } from './tensor/handle.ts';

/** Numbers of a kernel, or how to find them each time that it runs: at once, or at every replay of a captured step. */
export type Scalars = readonly number[] | (() => readonly number[]);

/** Takes down what devices are asked to do, in place of doing it. */
export interface Recorder {
  allocate(device: Device, byteLength: number): DeviceBuffer;
  write(buffer: DeviceBuffer, values: Float32Array | Int32Array): void;
  run(device: Device, kernel: Kernel, buffers: readonly DeviceBuffer[], scalars: Scalars): void;
  /** A storage was made, or somebody asked for its buffer. */
  touch(storage: Storage): void;
  /** The elements of a storage are used as indices; the check throws for one that is out of range. */
  checkIndices(storage: Storage, check: (index: number) => void): void;
  /** Somebody looked at the gradient of a tensor, which is the one given. */
  readGradient(tensor: TensorHandle, gradient: Tensor | null): void;
  /** A tensor is about to get another gradient, or none. */
  writeGradient(tensor: TensorHandle): void;
  /** Somebody asked whether a tensor requires a gradient, and was told `value`. */
  readRequiresGrad(tensor: TensorHandle, value: boolean): void;
  /** A tensor is about to be switched. */
  writeRequiresGrad(tensor: TensorHandle): void;
}

let active: Recorder | null = null;

/** Who takes down the work at the moment; null while it is done at once. */
export function activeRecorder(): Recorder | null {
  return active;
}

/** Runs `fn` (not async) under a recorder; under `null` the work is done at once even while a step is traced. */
export function recordWith<T>(recorder: Recorder | null, fn: () => T): T {
  const before = active;
  active = recorder;
  try {
    return fn();
  } finally {
    active = before;
  }
}
