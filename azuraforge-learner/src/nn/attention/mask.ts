import type { Tensor } from 'azuraforge-core';
import { ArgumentError } from '../../error.ts';

/** Masks as torch's layers take them: of int32, what is not 0 hides the key; float32 is added to the scores. */
export interface AttentionMasks {
  /** Keys that are padding: [batch, keys]. */
  keyPaddingMask?: Tensor;
  /** [queries, keys], or [batch · heads, queries, keys]. */
  attnMask?: Tensor;
}

/** Both masks as one that stretches to [batch, heads, queries, keys], in the form that core takes (int32 0 hides). */
export function joinMasks(
  layer: string,
  { keyPaddingMask, attnMask }: AttentionMasks,
  scores: readonly [batch: number, heads: number, queries: number, keys: number],
): Tensor | null {
  const [batch, heads, queries, keys] = scores;
  const masks: Tensor[] = [];
  if (keyPaddingMask) {
    checkMask(layer, 'keyPaddingMask', keyPaddingMask, [[batch, keys]]);
    masks.push(keyPaddingMask.reshape([batch, 1, 1, keys]));
  }
  if (attnMask) {
    checkMask(layer, 'attnMask', attnMask, [
      [queries, keys],
      [batch * heads, queries, keys],
    ]);
    masks.push(attnMask.ndim === 2 ? attnMask : attnMask.reshape([...scores]));
  }
  if (masks.length === 0) return null;
  if (masks.every(({ dtype }) => dtype === 'int32')) {
    return masks.map((mask) => mask.eq(0)).reduce((one, other) => one.mul(other));
  }
  return masks.map(asAdded).reduce((one, other) => one.add(other));
}

function asAdded(mask: Tensor): Tensor {
  if (mask.dtype === 'float32') return mask;
  const zeros = mask.cast('float32').mul(0);
  return zeros.where(mask.eq(0), -Infinity);
}

function checkMask(layer: string, name: string, mask: Tensor, shapes: readonly number[][]): void {
  if (shapes.some((shape) => shape.join() === mask.shape.join()) && !mask.requiresGrad) return;
  const expected = shapes.map((shape) => `[${shape.join(', ')}]`).join(' or ');
  throw new ArgumentError(
    `${layer} takes for ${name} ${expected} without a gradient and was given the shape [${mask.shape.join(', ')}].`,
  );
}
