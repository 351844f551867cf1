import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Heap } from '../src/backends/wasm/heap.ts';
import {
  adamStep,
  createAdamState,
  linear,
  lstm,
  mseLoss,
  openWasmBackend,
  randn,
  registerBackend,
  tidy,
  zeroGrad,
} from '../src/index.ts';

const PAGE = 65_536;

describe('the heap', () => {
  test('hands out aligned blocks that do not overlap, whatever is freed in between', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5000), fc.boolean(), fc.nat()), { maxLength: 80 }), (calls) => {
        const heap = new Heap();
        const held: { pointer: number; length: number; mark: number }[] = [];
        for (const [i, [length, frees, pick]] of calls.entries()) {
          if (frees && held.length > 0) {
            const [block] = held.splice(pick % held.length, 1);
            heap.free(block!.pointer);
          } else {
            const pointer = heap.allocate(length);
            const mark = (i % 255) + 1;
            heap.bytes.fill(mark, pointer, pointer + length);
            held.push({ pointer, length, mark });
          }
        }
        for (const { pointer, length, mark } of held) {
          expect(pointer % 64).toBe(0);
          expect(pointer).toBeGreaterThan(0);
          expect(heap.bytes.subarray(pointer, pointer + length).every((byte) => byte === mark)).toBe(true);
        }
      }),
    );
  });

  test('freed neighbours become one block again, in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), (order) => {
        const heap = new Heap(1);
        const pointers = order.map(() => heap.allocate(8000));
        for (const i of order) heap.free(pointers[i]!);
        expect(heap.allocate(PAGE - 64)).toBe(64);
      }),
    );
  });

  test('freed memory is used again before the memory grows', () => {
    const heap = new Heap();
    const first = heap.allocate(3 * PAGE);
    const size = heap.bytes.length;
    heap.allocate(64);
    heap.free(first);
    expect(heap.allocate(3 * PAGE)).toBe(first);
    expect(heap.bytes.length).toBe(size);
  });

  test.each([
    ['of the same power of two', 640, 320],
    ['of a higher power of two', 960, 640],
  ])('the smallest gap that fits is taken, %s', (_, ...lengths) => {
    const heap = new Heap();
    const [large, , small] = [lengths[0], 64, lengths[1], 64].map((length) => heap.allocate(length));
    heap.free(large!);
    heap.free(small!);
    expect(heap.allocate(300)).toBe(small);
  });

  test('content survives growth', () => {
    const heap = new Heap();
    const pointer = heap.allocate(64);
    heap.bytes.fill(7, pointer, pointer + 64);
    heap.allocate(10 * PAGE);
    expect(heap.bytes.length).toBeGreaterThan(10 * PAGE);
    expect(heap.bytes.subarray(pointer, pointer + 64)).toEqual(new Uint8Array(64).fill(7));
  });

  test.each([3 * PAGE, 2 ** 32, 2 ** 40])('running out says how much was asked for: %d', (length) => {
    const heap = new Heap(2);
    expect(() => heap.allocate(length)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', message: expect.stringContaining(`${length} bytes`) }),
    );
    expect(heap.allocate(PAGE)).toBeGreaterThan(0);
  });
});

test('2,000 training steps do not grow the memory', async () => {
  const grown: number[] = [];
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function count(this: WebAssembly.Memory, pages: number) {
    grown.push(pages);
    return grow.call(this, pages);
  };
  try {
    registerBackend({ name: 'steady', open: () => openWasmBackend('steady') });
    const device = 'steady';
    const weights = {
      weightIh: randn([12, 2], { device, requiresGrad: true }),
      weightHh: randn([12, 3], { device, requiresGrad: true }),
      biasIh: randn([12], { device, requiresGrad: true }),
    };
    const head = randn([1, 3], { device, requiresGrad: true });
    const parameters = [...Object.values(weights), head];
    const state = createAdamState(parameters);
    const [x, y] = [randn([4, 5, 2], { device }), randn([4, 1], { device })];
    const big = tidy(() => randn([1 << 16], { device }));
    big.dispose();
    expect(grown.length).toBeGreaterThan(0);
    const before = grown.length;
    for (let i = 0; i < 2000; i++) {
      tidy(() => {
        zeroGrad(parameters);
        mseLoss(linear(lstm(x, weights).hidden, head), y).backward();
        adamStep(parameters, state, { lr: 0.001 });
      });
    }
    expect((await head.data()).every(Number.isFinite)).toBe(true);
    expect(grown.length).toBe(before);
  } finally {
    WebAssembly.Memory.prototype.grow = grow;
  }
});
