import { Worker } from 'node:worker_threads';
import { Machine, probeSimd } from '../../dist/backends/wasm/machine.js';

/**
 * The innermost loop of our wasm product alone, over panels that stay in the cache: the ceiling of the product. On several
 * threads it shows what the processors have to give: those of a virtual machine may share one core for a while.
 */
export function open({ threads = 1 }) {
  const { relaxed } = probeSimd();
  return {
    adapter: `${relaxed ? 'WebAssembly relaxed SIMD' : 'WebAssembly SIMD'}, ${threads === 1 ? '1 thread' : `${threads} threads`}`,
    matmul: () => onThreads(makeTiles(), threads),
  };
}

function answerOf(worker) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(null);
  return new Promise((resolve) => worker.once('message', resolve));
}

function onThreads(own, threads) {
  const workers = Array.from(
    { length: threads - 1 },
    () => new Worker(new URL('micro-kernel-worker.mjs', import.meta.url)),
  );
  return {
    step: async () => {
      const answers = workers.map(answerOf);
      own.step();
      await Promise.all(answers);
    },
    operations: own.operations * threads,
    check: () => own.check(),
  };
}

export function makeTiles() {
  return tiles(new Machine(probeSimd().relaxed), 256);
}

function tiles({ heap, gemm }, depth) {
  const length = 16 * depth;
  const [left, right, result] = [1, 2, 3].map(() => heap.allocate(4 * length));
  const floats = (pointer) => new Float32Array(heap.memory.buffer, pointer, length);
  floats(left).fill(1);
  floats(right).fill(1);
  const multiply = (times) => {
    let operations = 0;
    for (let i = 0; i < times; i++) operations += gemm.multiplyTile(left, right, result, depth);
    return operations;
  };
  const repeats = 100_000;
  return {
    step: () => multiply(repeats),
    operations: repeats * multiply(1),
    check: () => {
      // A tile is no part of the product that the others are compared by, but it has to be computed.
      if (floats(result)[0] !== depth)
        throw new Error(`a tile of ones is ${floats(result)[0]}, not ${depth}`);
      return null;
    },
  };
}
