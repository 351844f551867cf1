import { shapeError } from '../error.ts';
import { within } from '../memory.ts';
import { resolveIndex } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { requireDType, sharedDevice } from './compute.ts';
import { gatherWith } from './gather.ts';

export interface EmbeddingOptions {
  /** The row that never gets a gradient; it may count from the end. */
  readonly paddingIdx?: number;
}

/** Rows of `weight` [count, width] for each index (int32, any shape): [...shape of the indices, width]. */
export function embedding(indices: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  sharedDevice('embedding', [indices, weight]);
  requireDType('embedding', 'the indices', indices, 'int32');
  requireDType('embedding', 'the weight', weight, 'float32');
  if (weight.ndim !== 2) throw shapeError('embedding', [weight.shape], 'a weight [count, width]');
  const [count, width] = weight.shape as [number, number];
  const { paddingIdx } = options;
  const withoutGradient = paddingIdx === undefined ? null : resolveIndex('embedding', paddingIdx, count);
  return within('embedding', () => {
    const rows = indices.reshape([indices.size]);
    const shape = [rows.size, width];
    const strides = [rows.layout.strides[0]!, 0];
    const picked = gatherWith('embedding', weight, 0, rows, shape, strides, withoutGradient);
    return picked.reshape([...indices.shape, width]);
  });
}
