import type { Generator } from 'azuraforge-core';
import { Dropout } from '../dropout.ts';
import { Embedding } from '../embedding.ts';
import { LearnedPositionalEncoding } from '../positional-encoding.ts';
import { TransformerEncoder } from '../transformer-encoder.ts';

/** The size of a model over tokens. */
export interface TokenStackOptions {
  /** The longest sequence. */
  maxLength: number;
  dModel: number;
  nhead: number;
  numLayers: number;
  /** Default 4 · dModel. */
  dimFeedforward?: number;
  /** While training, wherever the model has it. Default 0.1. */
  dropout?: number;
  /** Draws the initial weights and the dropout. Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
}

/** What every model over tokens reads with. */
export interface TokenStack {
  embedding: Embedding;
  position: LearnedPositionalEncoding;
  drop: Dropout;
  encoder: TransformerEncoder;
}

/** Embedded tokens, learned positions, and layers that normalize first, with GELU and a last norm. */
export function createTokenStack(
  vocabularySize: number,
  {
    maxLength,
    dModel,
    nhead,
    numLayers,
    dimFeedforward = 4 * dModel,
    dropout = 0.1,
    generator,
  }: TokenStackOptions,
  paddingIdx?: number,
): TokenStack {
  return {
    embedding: new Embedding(vocabularySize, dModel, { paddingIdx, generator }),
    position: new LearnedPositionalEncoding(maxLength, dModel, { generator }),
    drop: new Dropout(dropout, { generator }),
    encoder: new TransformerEncoder(dModel, nhead, {
      numLayers,
      dimFeedforward,
      dropout,
      activation: 'gelu',
      normFirst: true,
      finalNorm: true,
      generator,
    }),
  };
}

/** The options that `createTokenStack` was given. */
export function describeTokenStack({
  position,
  drop,
  encoder,
}: TokenStack): Omit<Required<TokenStackOptions>, 'generator'> {
  const { nhead, options } = encoder.layers[0]!;
  return {
    maxLength: position.maxLength,
    dModel: position.dModel,
    nhead,
    numLayers: encoder.layers.length,
    dimFeedforward: options.dimFeedforward,
    dropout: drop.probability,
  };
}
