import type { Generator } from 'azuraforge-core';

/** The sample numbers of each batch of one epoch, shuffled when a generator is given; the last batch may be smaller. */
export function batchesOf(length: number, batchSize: number, generator?: Generator): Uint32Array[] {
  const order = generator
    ? Uint32Array.from(generator.permutation(length))
    : Uint32Array.from({ length }, (_, index) => index);
  return Array.from({ length: Math.ceil(length / batchSize) }, (_, batch) =>
    order.subarray(batch * batchSize, (batch + 1) * batchSize),
  );
}
