import { between, makeInputs } from '../inputs.mjs';

const size = 1024;
/** Places of the product that are compared, spread over all its rows and columns. */
const positions = Array.from({ length: 256 }, (_, i) => 4 * i * size + ((i * 397) % size));

export const matmul = {
  name: 'matmul',
  title: `Matrix product, ${size}³`,
  operations: 2 * size ** 3,
  settings: { positions },
  makeInputs: () => makeInputs(3, { a: between(1, [size, size]), b: between(1, [size, size]) }),
  /** Those elements of the product, in 64 bits. */
  expected: ({ a, b }) =>
    positions.map((position) => {
      const [row, column] = [Math.floor(position / size), position % size];
      let sum = 0;
      for (let k = 0; k < size; k++) sum += a.data[row * size + k] * b.data[k * size + column];
      return sum;
    }),
  tolerance: 2e-5,
  figures: [
    { of: 'wasm', against: 'tfjs-wasm', reach: 'at least 1.2 times as fast', atLeast: 1.2 },
    { of: 'wasm', against: 'micro-kernel', reach: 'at least 0.8 of its rate', atLeast: 0.8 },
    { of: 'wasm-2', against: 'wasm', reach: 'at least 1.6 times as fast', atLeast: 1.6 },
    { of: 'webgpu', against: 'tfjs-webgpu', reach: 'at least twice as fast', atLeast: 2 },
    { of: 'webgpu', against: 'jax-webgpu', reach: 'faster', atLeast: 1 },
  ],
};
