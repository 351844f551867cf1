import { tidy } from 'azuraforge-core';
import type { Shape, Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { attend, attentionWeights } from './attention/attend.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { sizeOf } from './shape.ts';

export interface AttentionCall {
  /**
   * As in torch's `scaled_dot_product_attention`, stretches to [..., queries, keys]: float32 is added to the scores, of
   * int32 a 0 hides the key.
   */
  attnMask?: Tensor;
}

/**
 * softmax(query · keyᵀ / √width) · value, without weights of its own: query [..., queries, width], key [..., keys, width],
 * value [..., keys, valueWidth] → [..., queries, valueWidth]; of one input alone it is self-attention. A query that sees
 * no key gets zeros. This is torch's function as a layer, for models that bring their own projections: torch has no
 * single-head layer with projections, and `MultiHeadAttention(width, 1)` is one, with names that torch knows.
 */
export class Attention extends Module {
  readonly isCausal: boolean;

  /** `isCausal`: query i sees keys 0 to i alone. Default false. */
  constructor({ isCausal = false }: { isCausal?: boolean } = {}) {
    super();
    this.isCausal = isCausal;
  }

  override forward(query: Tensor, key = query, value = key, { attnMask }: AttentionCall = {}): Tensor {
    this.#check(query, key, value);
    const { isCausal } = this;
    return tidy(() => attend(query, key, value, { mask: attnMask ?? null, isCausal, drop: null }));
  }

  /** How much each query looks at each key: [..., queries, keys], each row summing to 1. */
  weights(query: Tensor, key = query, { attnMask }: AttentionCall = {}): Tensor {
    this.#check(query, key, key);
    return tidy(() => attentionWeights(query, key, attnMask ?? null, this.isCausal));
  }

  /** Of self-attention: both matrix products and the softmax. */
  override flops(input: Shape): number {
    return attentionFlops(sizeOf(input.slice(0, -2)), input.at(-2) ?? 0, input.at(-1) ?? 0);
  }

  override describe(): LayerDescription {
    return { type: 'Attention', isCausal: this.isCausal };
  }

  #check(query: Tensor, key: Tensor, value: Tensor): void {
    const fits =
      [query, key, value].every(({ ndim, dtype }) => ndim >= 2 && dtype === 'float32') &&
      leadOf(key) === leadOf(query) &&
      leadOf(value) === leadOf(query) &&
      query.shape.at(-1) === key.shape.at(-1) &&
      key.shape.at(-2) === value.shape.at(-2);
    if (fits) return;
    const given = [query, key, value].map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
    throw new ArgumentError(
      `Attention takes query [..., queries, width], key [..., keys, width] and value [..., keys, valueWidth] of float32 and was given the shapes ${given}.`,
    );
  }
}

/** All axes but the last two, as a text to compare. */
function leadOf({ shape }: Tensor): string {
  return shape.slice(0, -2).join();
}

/** Of `batch` squares of self-attention over `steps` steps: two matrix products, and the softmax in between. */
export function attentionFlops(batch: number, steps: number, width: number, heads = 1): number {
  return batch * (4 * steps * steps * width + 5 * heads * steps * steps);
}
