import { expect, test } from '@jest/globals';
import { MemoryPool } from '../src/backends/webgpu/memory.ts';

/** The limits of a common GPU: what may be bound is no power of two. */
const limits = { maxBufferSize: 2 ** 32, maxStorageBufferBindingSize: 2 ** 31 - 4 };

test('a block is rounded up, but never beyond what can be bound', () => {
  const device = {
    limits,
    createBuffer: ({ size }: GPUBufferDescriptor) => ({ size }),
  } as unknown as GPUDevice;
  const pool = new MemoryPool(device, 0, () => undefined);
  expect(pool.take(2 ** 31 - 8).buffer.size).toBe(2 ** 31 - 4);
  expect(pool.take(1000).buffer.size).toBe(1024);
  expect(() => pool.take(2 ** 31)).toThrow(/the adapter has at most 2147483644 bytes for one buffer/);
});
