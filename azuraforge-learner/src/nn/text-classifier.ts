import { tidy } from 'azuraforge-core';
import type { Generator, Tensor } from 'azuraforge-core';
import { Dropout } from './dropout.ts';
import { Embedding } from './embedding.ts';
import { checkInput } from './input.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { LearnedPositionalEncoding } from './positional-encoding.ts';
import { TransformerEncoder } from './transformer-encoder.ts';
import { initializeTransformer } from './transformer/initial.ts';

export interface TextClassifierOptions {
  /** The longest text. */
  maxLength: number;
  dModel: number;
  nhead: number;
  numLayers: number;
  /** Default 4 · dModel. */
  dimFeedforward?: number;
  /** On the embedded tokens, in the layers and before the head, while training. Default 0.1. */
  dropout?: number;
  /** The token that fills up short texts; it is neither looked at nor counted. */
  padding: number;
  /** Draws the initial weights and the dropout. Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
}

/**
 * Scores of classes for texts: int32 [batch, time] → [batch, classes] logits. Learned positions, layers of attention in
 * both directions that normalize first, GELU, a last norm, and the mean over the tokens of each text. Parameters
 * `embedding.weight`, `position.weight`, those of a torch TransformerEncoder under `encoder`, `head.weight` and `head.bias`.
 */
export class TextClassifier extends Module {
  readonly embedding: Embedding;
  readonly position: LearnedPositionalEncoding;
  readonly drop: Dropout;
  readonly encoder: TransformerEncoder;
  readonly head: Linear;
  readonly padding: number;

  /** Throws ArgumentError for an option out of range, a padding that is no token among them. */
  constructor(
    vocabularySize: number,
    classes: number,
    {
      maxLength,
      dModel,
      nhead,
      numLayers,
      dimFeedforward = 4 * dModel,
      dropout = 0.1,
      padding,
      generator,
    }: TextClassifierOptions,
  ) {
    super();
    this.padding = padding;
    this.embedding = new Embedding(vocabularySize, dModel, { paddingIdx: padding, generator });
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
    this.head = new Linear(dModel, classes, { generator });
    initializeTransformer(this, numLayers, generator);
  }

  /** A text of nothing but padding gets the scores that the head gives to zeros. */
  override forward(tokens: Tensor): Tensor {
    const { maxLength } = this.position;
    checkInput('TextClassifier', tokens, {
      takes: `[batch, time] with at most ${maxLength} steps`,
      fits: tokens.ndim === 2 && tokens.shape[1]! <= maxLength,
      dtype: 'int32',
    });
    return tidy(() => {
      const isPadding = tokens.eq(this.padding);
      const embedded = this.drop.forward(this.position.forward(this.embedding.forward(tokens)));
      const hidden = this.encoder.forward(embedded, { srcKeyPaddingMask: isPadding });
      return this.head.forward(this.drop.forward(meanOver(hidden, isPadding.eq(0))));
    });
  }

  override describe(): LayerDescription {
    const { embedding, position, encoder, drop, head, padding } = this;
    const { nhead, options } = encoder.layers[0]!;
    return {
      type: 'TextClassifier',
      vocabularySize: embedding.numEmbeddings,
      classes: head.outFeatures,
      maxLength: position.maxLength,
      dModel: position.dModel,
      nhead,
      numLayers: encoder.layers.length,
      dimFeedforward: options.dimFeedforward,
      dropout: drop.probability,
      padding,
    };
  }
}

/** Over the steps that count: [batch, time, width] and int32 [batch, time] → [batch, width]. */
function meanOver(hidden: Tensor, counts: Tensor): Tensor {
  const weights = counts.cast('float32').unsqueeze(2);
  return hidden.mul(weights).sum(1).div(weights.sum(1).maximum(1));
}
