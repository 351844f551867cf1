import { tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
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
export interface DecoderCall {
  /** [time, time], or [batch · heads, time, time]. */
  tgtMask?: Tensor;
  /** Of the memory: [time, memory time], or [batch · heads, time, memory time]. */
  memoryMask?: Tensor;
  /** Steps that are padding: [batch, time]. */
  tgtKeyPaddingMask?: Tensor;
  /** Steps of the memory that are padding: [batch, memory time]. */
  memoryKeyPaddingMask?: Tensor;
  /** Step i sees steps 0 to i alone. Default false. */
  tgtIsCausal?: boolean;
}

/**
 * Self-attention, attention to the encoder's output (`memory`), then two linear layers, each with dropout, a residual
 * connection and layer norm, batch first: tgt [batch, time, dModel], memory [batch, memory time, dModel] → the shape of
 * tgt. Parameters `self_attn.in_proj_weight`, `multihead_attn.in_proj_weight`, …, `linear1.weight`, `linear2.weight`,
 * `norm1.weight` to `norm3.weight`, …, as in torch.
 */
export class TransformerDecoderLayer extends Module {
  readonly dModel: number;
  readonly nhead: number;
  readonly options: CompleteLayerOptions;
  readonly selfAttn: MultiHeadAttention;
  readonly multiheadAttn: MultiHeadAttention;
  readonly norms: readonly LayerNorm[];
  readonly drops: readonly Dropout[];
  readonly #feedForward: FeedForward;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    const { generator } = options;
    this.options = completeOptions('TransformerDecoderLayer', options);
    const { dropout, layerNormEps: eps } = this.options;
    this.dModel = dModel;
    this.nhead = nhead;
    this.selfAttn = new MultiHeadAttention(dModel, nhead, { dropout, generator });
    this.multiheadAttn = new MultiHeadAttention(dModel, nhead, { dropout, generator });
    this.#feedForward = new FeedForward(dModel, this.options, generator);
    this.norms = [1, 2, 3].map(() => new LayerNorm(dModel, { eps }));
    this.drops = [1, 2, 3].map(() => new Dropout(dropout, { generator }));
  }

  /** Throws ArgumentError without `memory`. */
  override forward(tgt: Tensor, memory?: Tensor, options: DecoderCall = {}): Tensor {
    checkDecoderInput('TransformerDecoderLayer', this.dModel, tgt, memory);
    const own = {
      attnMask: options.tgtMask,
      keyPaddingMask: options.tgtKeyPaddingMask,
      isCausal: options.tgtIsCausal,
    };
    const across = { attnMask: options.memoryMask, keyPaddingMask: options.memoryKeyPaddingMask };
    const parts = [
      (values: Tensor): Tensor => this.selfAttn.forward(values, values, values, own),
      (values: Tensor): Tensor => this.multiheadAttn.forward(values, memory, memory, across),
      (values: Tensor): Tensor => this.#feedForward.forward(values),
    ];
    return tidy(() => addParts(tgt, parts, this));
  }

  override children(): Named<Module>[] {
    return namedParts(
      [
        ['self_attn', this.selfAttn],
        ['multihead_attn', this.multiheadAttn],
      ],
      this.#feedForward,
      this,
    );
  }

  override describe(): LayerDescription {
    return { type: 'TransformerDecoderLayer', dModel: this.dModel, nhead: this.nhead, ...this.options };
  }
}

/**
 * Decoder layers on top of each other: tgt [batch, time, dModel], memory [batch, memory time, dModel] → the shape of tgt.
 * Parameters `layers.0.self_attn.in_proj_weight` and so on, as in torch. Unlike torch's, whose layers are copies, each
 * layer starts from weights of its own.
 */
export class TransformerDecoder extends TransformerStack<TransformerDecoderLayer> {
  constructor(dModel: number, nhead: number, options: TransformerStackOptions = {}) {
    super(
      'TransformerDecoder',
      dModel,
      options,
      (layerOptions) => new TransformerDecoderLayer(dModel, nhead, layerOptions),
    );
  }

  /** Throws ArgumentError without `memory`. */
  override forward(tgt: Tensor, memory?: Tensor, options: DecoderCall = {}): Tensor {
    return tidy(() => this.stack(tgt, (layer, values) => layer.forward(values, memory, options)));
  }
}

function checkDecoderInput(
  layer: string,
  dModel: number,
  tgt: Tensor,
  memory: Tensor | undefined,
): asserts memory is Tensor {
  if (!memory) {
    throw new ArgumentError(`${layer} takes the encoder's output as its second input; pass \`memory\`.`);
  }
  for (const [name, input] of Object.entries({ tgt, memory })) {
    checkInput(`${layer}: ${name}`, input, {
      takes: `[batch, time, ${dModel}] with one batch for both inputs`,
      fits: input.ndim === 3 && input.shape[2] === dModel && input.shape[0] === tgt.shape[0],
    });
  }
}
