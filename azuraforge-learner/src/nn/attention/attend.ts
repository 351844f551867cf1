import { arange, scaledDotProductAttention } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';

export interface AttendOptions {
  /** As core takes it: float32 is added to the scores, of int32 a 0 hides the key. */
  mask: Tensor | null;
  isCausal: boolean;
  /** Applied to the weights, when there is dropout. */
  drop: ((weights: Tensor) => Tensor) | null;
}

/** Attention over the last two axes, without holding its weights where nobody asks for them. */
export function attend(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask, isCausal, drop }: AttendOptions,
): Tensor {
  if (drop === null) return scaledDotProductAttention(query, key, value, { mask, isCausal });
  return drop(attentionWeights(query, key, mask, isCausal)).matmul(value);
}

/** softmax(query · keyᵀ / √width + mask): [..., queries, keys]. A query that sees no key gets zeros. */
export function attentionWeights(query: Tensor, key: Tensor, mask: Tensor | null, isCausal: boolean): Tensor {
  const scale = 1 / Math.sqrt(query.shape.at(-1)!);
  let scores = query.mul(scale).matmul(key.transpose(-2, -1));
  if (isCausal) scores = scores.where(causalMask(query, key), -Infinity);
  if (mask?.dtype === 'int32') scores = scores.where(mask, -Infinity);
  if (mask?.dtype === 'float32') scores = scores.add(mask);
  if (mask === null && !isCausal) return scores.softmax(-1);
  // A row of nothing but −∞ has no softmax; it is put aside before and becomes zeros after.
  const seen = scores.detach().max(-1, true).gt(-Infinity);
  return scores.where(seen, 0).softmax(-1).where(seen, 0);
}

/** 1 where query i sees key j, which is when j ≤ i: int32 [queries, keys]. */
function causalMask(query: Tensor, key: Tensor): Tensor {
  const options = { dtype: 'int32', device: query.device } as const;
  const queries = arange(0, query.shape.at(-2), 1, options).unsqueeze(1);
  return queries.ge(arange(0, key.shape.at(-2), 1, options));
}
