import { linear, tidy } from 'azuraforge-core';
import type { Shape, Tensor } from 'azuraforge-core';
import type { KeyValueCache } from './attention/key-value-cache.ts';
import type { Dropout } from './dropout.ts';
import type { Embedding } from './embedding.ts';
import { checkInput } from './input.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import type { LearnedPositionalEncoding } from './positional-encoding.ts';
import { sizeOf } from './shape.ts';
import type { TransformerEncoder } from './transformer-encoder.ts';
import { initializeTransformer } from './transformer/initial.ts';
import type { TokenStackOptions } from './transformer/token-stack.ts';
import { createTokenStack, describeTokenStack } from './transformer/token-stack.ts';

export interface GPTOptions extends TokenStackOptions {
  /** Whether the scores of the next token use the embedding's weights. Default true. */
  tied?: boolean;
}

/**
 * Scores of the next token after each step, from that step and those before it: int32 [batch, time] →
 * [batch, time, vocabulary] logits (Radford et al., 2019). Learned positions, layers that normalize first, GELU, a last
 * norm, GPT-2's initial weights. Parameters `embedding.weight`, `position.weight`, those of a torch TransformerEncoder under `encoder`, and
 * `head.weight` [vocabulary, dModel] unless it is the embedding's.
 */
export class GPT extends Module {
  readonly vocabularySize: number;
  readonly embedding: Embedding;
  readonly position: LearnedPositionalEncoding;
  readonly drop: Dropout;
  readonly encoder: TransformerEncoder;
  readonly head: Linear | null;

  constructor(vocabularySize: number, options: GPTOptions) {
    super();
    this.vocabularySize = vocabularySize;
    const { dModel, numLayers, generator } = options;
    const { embedding, position, drop, encoder } = createTokenStack(vocabularySize, options);
    this.embedding = embedding;
    this.position = position;
    this.drop = drop;
    this.encoder = encoder;
    this.head =
      (options.tied ?? true) ? null : new Linear(dModel, vocabularySize, { bias: false, generator });
    initializeTransformer(this, numLayers, generator);
  }

  /** With a `cache`, `tokens` follow the ones that it remembers: after the first call one at a time. */
  override forward(tokens: Tensor, { cache }: { cache?: KeyValueCache } = {}): Tensor {
    const start = cache?.length ?? 0;
    checkInput('GPT', tokens, {
      takes: `[batch, time] with at most ${this.position.maxLength - start} steps`,
      fits: tokens.ndim === 2 && start + tokens.shape[1]! <= this.position.maxLength,
      dtype: 'int32',
    });
    return tidy(() => {
      const embedded = this.position.forward(this.embedding.forward(tokens), { start });
      const hidden = this.encoder.forward(this.drop.forward(embedded), { isCausal: true, cache });
      return this.head?.forward(hidden) ?? linear(hidden, this.embedding.weight);
    });
  }

  /** The scores, where they use the embedding's weights. */
  override flops(_input: Shape, output: Shape): number {
    return this.head === null ? 2 * sizeOf(output) * this.embedding.embeddingDim : 0;
  }

  override describe(): LayerDescription {
    const { vocabularySize, head } = this;
    return {
      type: 'GPT',
      vocabularySize,
      ...describeTokenStack(this),
      tied: head === null,
    };
  }
}
