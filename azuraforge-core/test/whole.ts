import type { Tensor } from '../src/index.ts';
import { fromTypedArray } from '../src/index.ts';
import { sizeOf } from '../src/shape.ts';

/**
 * Random whole numbers from −limit to limit: their products and sums are exact, in whatever order. They come from the host
 * (Marsaglia's xorshift), as the reference device takes its time over each of the package's own.
 */
export function whole(seed: number, shape: readonly number[], limit: number, device: string): Tensor {
  let state = seed + 1;
  const numbers = Float32Array.from({ length: sizeOf(shape) }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 8) % (2 * limit + 1)) - limit;
  });
  return fromTypedArray(numbers, shape, { device });
}
