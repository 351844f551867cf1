import type { Generator } from 'azuraforge-core';
import { ReLU } from '../nn/activation.ts';
import { Branches } from '../nn/branches.ts';
import { Dropout } from '../nn/dropout.ts';
import { Flatten } from '../nn/flatten.ts';
import { Linear } from '../nn/linear.ts';
import type { Module } from '../nn/module.ts';
import { SequenceEncoder } from '../nn/sequence-encoder.ts';
import { Sequential } from '../nn/sequential.ts';
import type { ImageShape } from './image-model.ts';
import { imageBlocks } from './image-model.ts';
import type { MultiModalConfig } from './multi-modal-config.ts';

/**
 * Tokens `[batch, length]` and images `[batch, channels, height, width]` → `[batch, classes]` logits: a GRU reads the text,
 * blocks of convolution the image, and two dense layers what both have found.
 */
export function createMultiModalModel(
  shape: ImageShape,
  { tokens, classes }: { tokens: number; classes: number },
  config: MultiModalConfig,
  generator: Generator,
): Module {
  const { embedding_size: embedding, text_size: memory, hidden_size: width, dropout } = config;
  const { layers, patterns } = imageBlocks(shape, config, generator);
  return new Sequential({
    branches: new Branches({
      text: new SequenceEncoder(tokens, embedding, memory, { generator }),
      image: new Sequential({
        ...layers,
        flatten: new Flatten(),
        dropout: new Dropout(dropout),
        hidden: new Linear(patterns, width, { generator }),
        relu: new ReLU(),
      }),
    }),
    dropout1: new Dropout(dropout),
    hidden: new Linear(2 * memory + width, width, { generator }),
    relu: new ReLU(),
    dropout2: new Dropout(dropout),
    head: new Linear(width, classes, { generator }),
  });
}
