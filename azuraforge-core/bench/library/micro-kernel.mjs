import { Machine, probeSimd } from '../../dist/backends/wasm/machine.js';

/** The innermost loop of our wasm product alone, over panels that stay in the cache: the ceiling of the product. */
export function open() {
  const { relaxed } = probeSimd();
  return {
    adapter: relaxed ? 'WebAssembly relaxed SIMD' : 'WebAssembly SIMD',
    matmul: () => tiles(new Machine(relaxed), 256),
  };
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
