import type { Generator, Tensor } from 'azuraforge-core';
import { concat, maximum, tidy } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { Embedding } from './embedding.ts';
import { GRU } from './gru.ts';
import { checkInput } from './input.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';

export interface SequenceEncoderOptions {
  /** The token that fills up short sequences, after their end. Default: the last one. */
  paddingIdx?: number;
  /** Reads each sequence from its end too. Default true. */
  bidirectional?: boolean;
  /** Draws the initial weights. Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
}

/**
 * What a GRU knows of a padded sequence of tokens after its own last step: int32 [batch, time] →
 * [batch, hiddenSize · directions]. In torch it is an Embedding, a GRU over the packed sequences, and its last states
 * side by side; parameters `embedding.…` and `gru.…`.
 */
export class SequenceEncoder extends Module {
  readonly embedding: Embedding;
  readonly gru: GRU;
  readonly paddingIdx: number;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    hiddenSize: number,
    { paddingIdx = numEmbeddings - 1, bidirectional = true, generator }: SequenceEncoderOptions = {},
  ) {
    super();
    if (paddingIdx < 0)
      throw new ArgumentError(`SequenceEncoder: paddingIdx is ${paddingIdx}; it must be a token.`);
    this.embedding = new Embedding(numEmbeddings, embeddingDim, { paddingIdx, generator });
    this.gru = new GRU(embeddingDim, hiddenSize, { bidirectional, generator });
    this.paddingIdx = paddingIdx;
  }

  override forward(input: Tensor): Tensor {
    checkInput('SequenceEncoder', input, {
      takes: '[batch, time] with at least one step',
      fits: input.ndim === 2 && input.shape[1] !== 0,
      dtype: 'int32',
    });
    return tidy(() => {
      const steps = input.eq(this.paddingIdx).eq(0).cast('float32').sum(1).cast('int32');
      // Of padding alone one step counts, as a GRU has no state before its first.
      const lengths = maximum(steps, 1);
      const { hidden } = this.gru.forwardWithState(this.embedding.forward(input), { lengths });
      return concat(
        Array.from({ length: hidden.shape[0]! }, (_, direction) => hidden.select(0, direction)),
        1,
      );
    });
  }

  override describe(): LayerDescription {
    const { numEmbeddings, embeddingDim } = this.embedding;
    const { hiddenSize, bidirectional } = this.gru;
    const { paddingIdx } = this;
    return { type: 'SequenceEncoder', numEmbeddings, embeddingDim, hiddenSize, paddingIdx, bidirectional };
  }
}
