import type { DType, Kernel } from './kernel.ts';
import type { Shape } from './shape.ts';

/** Memory of one device; only the backend that allocated it looks inside. */
export interface DeviceBuffer {
  readonly byteLength: number;
}

/** What memory is for: the op that asks, and the tensor that it makes. */
export interface Purpose {
  readonly op: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A kernel made ready for one device. */
export interface Executable {
  readonly kernel: Kernel;
}

/**
 * One run of a kernel. Order and meaning of buffers and scalars are fixed by the kernel's description. Captured steps hand
 * over the same objects each time, of which only `scalars` may have changed, so a device may keep what it made for one.
 */
export interface Command {
  readonly executable: Executable;
  readonly buffers: readonly DeviceBuffer[];
  scalars: readonly number[];
}

/** How long one command took. */
export interface KernelTiming {
  readonly kernel: Kernel;
  readonly milliseconds: number;
}

/**
 * All that a device implements. Every call but `read` and `endProfile` returns at once; a device may queue the work, as
 * long as writes, commands and reads take effect in the order in which they were called.
 */
export interface Backend {
  /** The name under which tensors live there, such as `cpu`. */
  readonly name: string;
  /** What does the work, for people: the adapter of a GPU, the kind of SIMD. */
  readonly adapter: string;
  /**
   * The content of a new buffer is undefined. The length is a multiple of 4, and may be 0. Throws OUT_OF_MEMORY, to which the
   * caller adds the purpose; a device that only finds out later may name it itself.
   */
  allocate(byteLength: number, purpose?: Purpose): DeviceBuffer;
  write(buffer: DeviceBuffer, bytes: ArrayBufferView, byteOffset: number): void;
  /** A copy of the bytes as they are after all work queued before this call. */
  read(buffer: DeviceBuffer, byteOffset: number, byteLength: number): Promise<ArrayBuffer>;
  /** Work queued before this call may still use the buffer. */
  free(buffer: DeviceBuffer): void;
  /** Callers keep the result and ask once per kernel. */
  compile(kernel: Kernel): Executable;
  /** Runs the commands one after the other; a GPU makes one submission of them. The array is not kept. */
  dispatch(commands: readonly Command[]): void;
  /** From here on every command is timed. */
  beginProfile(): void;
  /** Ends that; one entry per command dispatched in between, in their order, once they have all run. */
  endProfile(): Promise<readonly KernelTiming[]>;
  /** Gives back what the device holds of the machine, such as threads. It is not used afterwards. */
  destroy?(): void;
}

/** How a device is found. `open` is called at its first use; one that returns a promise has to be awaited with `setDefaultDevice`. */
export interface BackendFactory {
  readonly name: string;
  open(): Backend | Promise<Backend>;
}
