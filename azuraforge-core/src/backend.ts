import type { Kernel } from './kernel.ts';

/** Memory of one device; only the backend that allocated it looks inside. */
export interface DeviceBuffer {
  readonly byteLength: number;
}

/** A kernel made ready for one device. */
export interface Executable {
  readonly kernel: Kernel;
}

/**
 * All that a device implements. Every call but `read` returns at once; a device may queue the work, as long as writes,
 * dispatches and reads take effect in the order in which they were called.
 */
export interface Backend {
  /** The name under which tensors live there, such as `cpu`. */
  readonly name: string;
  /** What does the work, for people: the adapter of a GPU, the kind of SIMD. */
  readonly adapter: string;
  /** The content of a new buffer is undefined. The length is a multiple of 4, and may be 0. */
  allocate(byteLength: number): DeviceBuffer;
  write(buffer: DeviceBuffer, bytes: ArrayBufferView, byteOffset: number): void;
  /** A copy of the bytes as they are after all work queued before this call. */
  read(buffer: DeviceBuffer, byteOffset: number, byteLength: number): Promise<ArrayBuffer>;
  /** Work queued before this call may still use the buffer. */
  free(buffer: DeviceBuffer): void;
  /** Callers keep the result and ask once per kernel key. */
  compile(kernel: Kernel): Executable;
  /** Order and meaning of buffers and scalars are fixed by the kernel's description. */
  dispatch(executable: Executable, buffers: readonly DeviceBuffer[], scalars: readonly number[]): void;
}

/** How a device is found. `open` is called at its first use; one that returns a promise has to be awaited with `setDefaultDevice`. */
export interface BackendFactory {
  readonly name: string;
  open(): Backend | Promise<Backend>;
}
