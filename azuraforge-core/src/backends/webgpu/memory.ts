import type { DeviceBuffer, Purpose } from '../../backend.ts';
import { TensorError } from '../../error.ts';

/** WebGPU's flags, which Node does not have as globals. */
export const USAGE = {
  MAP_READ: 0x1,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  UNIFORM: 0x40,
  STORAGE: 0x80,
  QUERY_RESOLVE: 0x200,
} as const;

/** The mode of a mapping, of which Node has no global either. */
export const MAP_READ = 0x1;

/** Memory of the GPU, which serves one tensor after another. */
export interface Block {
  readonly id: number;
  readonly size: number;
  readonly buffer: GPUBuffer;
  /** The last batch of commands that uses it. */
  batch: number;
}

export class GpuBuffer implements DeviceBuffer {
  readonly byteLength: number;
  readonly block: Block;

  constructor(byteLength: number, block: Block) {
    this.byteLength = byteLength;
    this.block = block;
  }
}

const SMALLEST = 256;
/** What may lie idle beside half of the largest amount that was in use at a time. */
const IDLE_BYTES = 64 * 2 ** 20;

/** Sizes are rounded up by at most an eighth, so that blocks fit again. */
function roundUp(byteLength: number): number {
  const size = Math.max(SMALLEST, byteLength);
  const unit = Math.max(SMALLEST, 2 ** (Math.floor(Math.log2(size)) - 3));
  return Math.ceil(size / unit) * unit;
}

/** Blocks that are given back wait here for the next use: the queue's order keeps their users apart. */
export class MemoryPool {
  readonly #device: GPUDevice;
  readonly #usage: number;
  /** What one buffer may have, and one binding of it. */
  readonly #limit: number;
  readonly #idle = new Map<number, Block[]>();
  readonly #forget: (block: Block) => void;
  #nextId = 0;
  #idleBytes = 0;
  #usedBytes = 0;
  #peakBytes = 0;

  /** `forget` is called before a block is destroyed. */
  constructor(device: GPUDevice, usage: number, forget: (block: Block) => void) {
    this.#device = device;
    this.#usage = usage;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    this.#limit = limit - (limit % 4);
    this.#forget = forget;
  }

  /** The purpose names the buffer in what the device says of it, should it have no memory for it. */
  take(byteLength: number, purpose?: Purpose): Block {
    const limit = this.#limit;
    if (byteLength > limit) {
      throw new TensorError('OUT_OF_MEMORY', `the adapter has at most ${limit} bytes for one buffer`, {
        details: { byteLength, limit },
      });
    }
    const size = Math.min(roundUp(byteLength), limit);
    this.#usedBytes += size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#usedBytes);
    const block = this.#idle.get(size)?.pop();
    if (block !== undefined) {
      this.#idleBytes -= size;
      return block;
    }
    const label = purpose && `${purpose.op}: ${purpose.dtype} [${purpose.shape.join(', ')}]`;
    const buffer = this.#device.createBuffer({ size, usage: this.#usage, label });
    return { id: this.#nextId++, size, buffer, batch: -1 };
  }

  giveBack(block: Block): void {
    const { size } = block;
    this.#usedBytes -= size;
    this.#idleBytes += size;
    const waiting = this.#idle.get(size);
    if (waiting === undefined) this.#idle.set(size, [block]);
    else waiting.push(block);
    if (this.#idleBytes > IDLE_BYTES && this.#idleBytes + this.#usedBytes > 1.5 * this.#peakBytes)
      this.#shrink();
  }

  /** Destroys idle blocks, those of the sizes that were first seen first, until half of what is allowed is left. */
  #shrink(): void {
    for (const [size, waiting] of this.#idle) {
      while (waiting.length > 0 && this.#idleBytes > IDLE_BYTES / 2) {
        const block = waiting.pop()!;
        this.#idleBytes -= size;
        this.#forget(block);
        block.buffer.destroy();
      }
    }
  }
}
