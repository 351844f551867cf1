import { tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { Dropout } from './dropout.ts';
import type { Embedding } from './embedding.ts';
import { checkInput } from './input.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import type { LearnedPositionalEncoding } from './positional-encoding.ts';
import type { TransformerEncoder } from './transformer-encoder.ts';
import { initializeTransformer } from './transformer/initial.ts';
import type { TokenStackOptions } from './transformer/token-stack.ts';
import { createTokenStack, describeTokenStack } from './transformer/token-stack.ts';

export interface TextClassifierOptions extends TokenStackOptions {
  /** The token that fills up short texts; it is neither looked at nor counted. */
  padding: number;
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
  constructor(vocabularySize: number, classes: number, options: TextClassifierOptions) {
    super();
    this.padding = options.padding;
    const { dModel, numLayers, generator } = options;
    const { embedding, position, drop, encoder } = createTokenStack(vocabularySize, options, options.padding);
    this.embedding = embedding;
    this.position = position;
    this.drop = drop;
    this.encoder = encoder;
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
    const { embedding, head, padding } = this;
    return {
      type: 'TextClassifier',
      vocabularySize: embedding.numEmbeddings,
      classes: head.outFeatures,
      ...describeTokenStack(this),
      padding,
    };
  }
}

/** Over the steps that count: [batch, time, width] and int32 [batch, time] → [batch, width]. */
function meanOver(hidden: Tensor, counts: Tensor): Tensor {
  const weights = counts.cast('float32').unsqueeze(2);
  return hidden.mul(weights).sum(1).div(weights.sum(1).maximum(1));
}
