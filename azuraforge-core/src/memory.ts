import type { DeviceBuffer, Purpose } from './backend.ts';
import type { Device } from './device.ts';
import { TensorError } from './error.ts';
import { ELEMENT_BYTES } from './kernel.ts';
import { activeRecorder } from './recording.ts';
import { sizeOf } from './shape.ts';

export interface MemoryReport {
  /** Bytes in buffers that are in use now. */
  readonly bytes: number;
  /** Buffers in use now; views of a tensor share one. */
  readonly buffers: number;
  /** The most bytes that were in use at any one time. */
  readonly peakBytes: number;
}

let bytes = 0;
let buffers = 0;
let peakBytes = 0;
let watchedPeakBytes = 0;

/** What all devices together hold. */
export function memory(): MemoryReport {
  return { bytes, buffers, peakBytes };
}

export function countAllocated(byteLength: number): void {
  bytes += byteLength;
  buffers += 1;
  peakBytes = Math.max(peakBytes, bytes);
  watchedPeakBytes = Math.max(watchedPeakBytes, bytes);
}

/** Returns how to find the most bytes that were in use since this call; a later call starts anew. */
export function watchPeak(): () => number {
  watchedPeakBytes = bytes;
  return () => watchedPeakBytes;
}

export function countFreed(byteLength: number): void {
  bytes -= byteLength;
  buffers -= 1;
}

/** An error about memory, with the op, what it needed, how much is in use and what to do; any other error as it is. */
export function explainShortage(
  error: unknown,
  op: string,
  need: string,
  details: Readonly<Record<string, unknown>> = {},
): unknown {
  if (!(error instanceof TensorError) || error.code !== 'OUT_OF_MEMORY') return error;
  return new TensorError(
    'OUT_OF_MEMORY',
    `no memory for ${need}: ${error.shortMessage}; ${bytes} bytes in ${buffers} buffers are in use. ` +
      'Dispose of tensors that are done with (tidy, using), or work on less at a time',
    { op, details: { ...error.details, ...details, bytes, buffers }, cause: error },
  );
}

/** One buffer and the number of tensors, views and saved values that still need it. */
export class Storage {
  readonly device: Device;
  readonly byteLength: number;
  #buffer: DeviceBuffer;
  #references = 1;
  #holds = 0;
  #version = 0;
  #range: readonly [number, number] | null;

  /** Room for the elements of the tensor that it is for. */
  constructor(device: Device, purpose: Purpose, range: readonly [number, number] | null = null) {
    this.device = device;
    this.byteLength = sizeOf(purpose.shape) * ELEMENT_BYTES;
    this.#range = range;
    this.#buffer = device.allocate(this.byteLength, purpose);
    activeRecorder()?.touch(this);
  }

  get buffer(): DeviceBuffer {
    activeRecorder()?.touch(this);
    return this.#buffer;
  }

  /** Counts the writes after creation, so that a value saved for backward can tell that it has changed. */
  get version(): number {
    return this.#version;
  }

  /** Smallest and largest value when they are known without reading the device; lets indices be checked early. */
  get range(): readonly [number, number] | null {
    return this.#range;
  }

  /** To be called after every write. */
  markChanged(): void {
    this.#version += 1;
    this.#range = null;
  }

  /** True when more than one tensor reads this memory. */
  get isShared(): boolean {
    return this.#references > 1;
  }

  /** False when all tensors on it have been disposed, though a captured step may still hold it. */
  get isOwned(): boolean {
    return this.#references > 0;
  }

  retain(): this {
    this.#references += 1;
    return this;
  }

  release(): void {
    this.#references -= 1;
    this.#freeIfUnused();
  }

  /** Keeps the memory for a captured step, which does not count as an owner. */
  hold(): void {
    this.#holds += 1;
  }

  letGo(): void {
    this.#holds -= 1;
    this.#freeIfUnused();
  }

  /** Swaps the buffer for another one, which from now on belongs to this storage. */
  settle(buffer: DeviceBuffer): void {
    this.#buffer = buffer;
  }

  #freeIfUnused(): void {
    if (this.#references === 0 && this.#holds === 0) this.device.free(this.#buffer);
  }
}

interface Owned {
  dispose(): void;
}

let scope: Set<Owned> | null = null;

/** Puts a new tensor under the care of the innermost `tidy`. */
export function track(tensor: Owned): void {
  scope?.add(tensor);
}

/** Takes a tensor out of the care of the `tidy` around it; it then lives until it is disposed. */
export function keep<T extends Owned>(tensor: T): T {
  scope?.delete(tensor);
  return tensor;
}

/** Runs `fn` with no `tidy` around it. */
export function outsideScopes<T>(fn: () => T): T {
  const outer = scope;
  scope = null;
  try {
    return fn();
  } finally {
    scope = outer;
  }
}

/**
 * Runs `fn` and disposes every tensor made in it, but for those in its result (a tensor, or arrays and plain objects of
 * them) and those given to `keep`. Gradients that `backward` leaves in leaves stay. `fn` must not be async: it would
 * share its scope with whatever runs while it waits.
 */
export function tidy<T>(fn: () => T): T {
  const outer = scope;
  const inner = new Set<Owned>();
  scope = inner;
  let result: T;
  try {
    result = fn();
  } catch (error) {
    for (const tensor of inner) tensor.dispose();
    throw error;
  } finally {
    scope = outer;
  }
  if (result instanceof Promise) {
    for (const tensor of inner) tensor.dispose();
    throw asyncScopeError('tidy', result);
  }
  rescue(result, inner, outer);
  for (const tensor of inner) tensor.dispose();
  return result;
}

/** The body of an op of several kernels: a `tidy` whose errors bear the op's name, whichever part of it they come from. */
export function within<T>(op: string, fn: () => T): T {
  try {
    return tidy(fn);
  } catch (error) {
    if (!(error instanceof TensorError) || error.op === op) throw error;
    const { code, shortMessage, details } = error;
    throw new TensorError(code, shortMessage, { op, details, cause: error });
  }
}

/** The error for a scope that was given an async function; the promise's own failure is only a consequence of it. */
export function asyncScopeError(op: string, promise: Promise<unknown>): TensorError {
  promise.catch(() => undefined);
  return new TensorError(
    'ASYNC_SCOPE',
    'the function must not be async; wrap the part between two awaits, or hold tensors with `using`',
    { op },
  );
}

function rescue(value: unknown, inner: Set<Owned>, outer: Set<Owned> | null): void {
  if (typeof value !== 'object' || value === null) return;
  if (inner.delete(value as Owned)) {
    outer?.add(value as Owned);
  } else if (Array.isArray(value)) {
    for (const item of value) rescue(item, inner, outer);
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) rescue(item, inner, outer);
  }
}
