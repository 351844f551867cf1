import { tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { KeyValueCache } from './attention/key-value-cache.ts';
import { Dropout } from './dropout.ts';
import { checkInput } from './input.ts';
import { Module } from './module.ts';
import type { LayerDescription, Named } from './module.ts';
import { MultiHeadAttention } from './multi-head-attention.ts';
import { LayerNorm } from './normalization.ts';
import { FeedForward, completeOptions } from './transformer/feed-forward.ts';
import type { CompleteLayerOptions, TransformerLayerOptions } from './transformer/feed-forward.ts';
import { addParts, namedParts } from './transformer/parts.ts';
import { TransformerStack } from './transformer/stack.ts';
import type { TransformerStackOptions } from './transformer/stack.ts';

/** Masks as torch takes them: of int32, what is not 0 hides the step; float32 is added to the scores. */
export interface EncoderCall {
  /** [time, time], or [batch · heads, time, time]. */
  mask?: Tensor;
  /** Steps that are padding: [batch, time]. */
  srcKeyPaddingMask?: Tensor;
  /** Step i sees steps 0 to i alone. Default false. */
  isCausal?: boolean;
  /** Earlier steps, see `MultiHeadAttentionCall`. */
  cache?: KeyValueCache;
}

/**
 * Self-attention, then two linear layers, each with dropout, a residual connection and layer norm, batch first:
 * [batch, time, dModel] → the same. Parameters `self_attn.in_proj_weight`, …, `linear1.weight`, `linear2.weight`,
 * `norm1.weight`, `norm2.weight`, …, as in torch.
 */
export class TransformerEncoderLayer extends Module {
  readonly dModel: number;
  readonly nhead: number;
  readonly options: CompleteLayerOptions;
  readonly selfAttn: MultiHeadAttention;
  readonly norms: readonly [LayerNorm, LayerNorm];
  readonly drops: readonly [Dropout, Dropout];
  readonly #feedForward: FeedForward;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    const { generator } = options;
    this.options = completeOptions('TransformerEncoderLayer', options);
    const { dropout, layerNormEps: eps } = this.options;
    this.dModel = dModel;
    this.nhead = nhead;
    this.selfAttn = new MultiHeadAttention(dModel, nhead, { dropout, generator });
    this.#feedForward = new FeedForward(dModel, this.options, generator);
    this.norms = [new LayerNorm(dModel, { eps }), new LayerNorm(dModel, { eps })];
    this.drops = [new Dropout(dropout, { generator }), new Dropout(dropout, { generator })];
  }

  override forward(src: Tensor, { mask, srcKeyPaddingMask, isCausal, cache }: EncoderCall = {}): Tensor {
    checkInput('TransformerEncoderLayer', src, {
      takes: `[batch, time, ${this.dModel}]`,
      fits: src.ndim === 3 && src.shape[2] === this.dModel,
    });
    const masks = { attnMask: mask, keyPaddingMask: srcKeyPaddingMask, isCausal, cache };
    const parts = [
      (values: Tensor): Tensor => this.selfAttn.forward(values, values, values, masks),
      (values: Tensor): Tensor => this.#feedForward.forward(values),
    ];
    return tidy(() => addParts(src, parts, this));
  }

  override children(): Named<Module>[] {
    return namedParts([['self_attn', this.selfAttn]], this.#feedForward, this);
  }

  override describe(): LayerDescription {
    return { type: 'TransformerEncoderLayer', dModel: this.dModel, nhead: this.nhead, ...this.options };
  }
}

/**
 * Encoder layers on top of each other: [batch, time, dModel] → the same. Parameters `layers.0.self_attn.in_proj_weight`
 * and so on, as in torch. Unlike torch's, whose layers are copies, each layer starts from weights of its own.
 */
export class TransformerEncoder extends TransformerStack<TransformerEncoderLayer> {
  constructor(dModel: number, nhead: number, options: TransformerStackOptions = {}) {
    super(
      'TransformerEncoder',
      dModel,
      options,
      (layerOptions) => new TransformerEncoderLayer(dModel, nhead, layerOptions),
    );
  }

  override forward(src: Tensor, options: EncoderCall = {}): Tensor {
    return tidy(() => this.stack(src, (layer, values) => layer.forward(values, options)));
  }
}
