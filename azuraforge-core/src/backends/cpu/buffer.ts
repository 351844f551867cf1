import type { DeviceBuffer } from '../../backend.ts';
import type { DType } from '../../kernel.ts';
import { makeOnHost } from '../host-memory.ts';

const EMPTY = new ArrayBuffer(0);

/** A block of memory with the views that kernels use. */
export class CpuBuffer implements DeviceBuffer {
  readonly byteLength: number;
  memory: ArrayBuffer;
  bytes: Uint8Array;
  float32: Float32Array;
  int32: Int32Array;

  constructor(byteLength: number) {
    this.byteLength = byteLength;
    this.memory = makeOnHost(byteLength, () => new ArrayBuffer(byteLength));
    this.bytes = new Uint8Array(this.memory);
    this.float32 = new Float32Array(this.memory);
    this.int32 = new Int32Array(this.memory);
  }

  /** Lets go of the memory even while somebody still holds this object. */
  release(): void {
    this.memory = EMPTY;
    this.bytes = new Uint8Array(EMPTY);
    this.float32 = new Float32Array(EMPTY);
    this.int32 = new Int32Array(EMPTY);
  }

  view(dtype: DType): Float32Array | Int32Array {
    return dtype === 'int32' ? this.int32 : this.float32;
  }
}

/** A compiled kernel; buffers and scalars in the order that the kernel's description fixes. */
export type Program = (buffers: readonly CpuBuffer[], scalars: readonly number[]) => void;
