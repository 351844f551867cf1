import { linear, tidy } from 'azuraforge-core';
import type { Generator, Shape, Tensor } from 'azuraforge-core';
import type { KeyValueCache } from './attention/key-value-cache.ts';
import { Dropout } from './dropout.ts';
import { Embedding } from './embedding.ts';
import { checkInput } from './input.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { LearnedPositionalEncoding } from './positional-encoding.ts';
import { sizeOf } from './shape.ts';
import { TransformerEncoder } from './transformer-encoder.ts';
import { initializeTransformer } from './transformer/initial.ts';

export interface GPTOptions {
  /** The longest sequence. */
  maxLength: number;
  dModel: number;
  nhead: number;
  numLayers: number;
  /** Default 4 · dModel. */
  dimFeedforward?: number;
  /** On the embedded tokens and in the layers, while training. Default 0.1. */
  dropout?: number;
  /** Whether the scores of the next token use the embedding's weights. Default true. */
  tied?: boolean;
  /** Draws the initial weights and the dropout. Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
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

  constructor(
    vocabularySize: number,
    {
      maxLength,
      dModel,
      nhead,
      numLayers,
      dimFeedforward = 4 * dModel,
      dropout = 0.1,
      tied = true,
      generator,
    }: GPTOptions,
  ) {
    super();
    this.vocabularySize = vocabularySize;
    this.embedding = new Embedding(vocabularySize, dModel, { generator });
    this.position = new LearnedPositionalEncoding(maxLength, dModel, { generator });
    this.drop = new Dropout(dropout, { generator });
    this.encoder = new TransformerEncoder(dModel, nhead, {
      numLayers,
      dimFeedforward,
      dropout,
      activation: 'gelu',
      normFirst: true,
      finalNorm: true,
      generator,
    });
    this.head = tied ? null : new Linear(dModel, vocabularySize, { bias: false, generator });
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
    const { vocabularySize, position, encoder, drop, head } = this;
    const { nhead, options } = encoder.layers[0]!;
    return {
      type: 'GPT',
      vocabularySize,
      maxLength: position.maxLength,
      dModel: position.dModel,
      nhead,
      numLayers: encoder.layers.length,
      dimFeedforward: options.dimFeedforward,
      dropout: drop.probability,
      tied: head === null,
    };
  }
}
