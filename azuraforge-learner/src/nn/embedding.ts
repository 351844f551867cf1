import { embedding, ones, randn, tidy } from 'azuraforge-core';
import type { Generator, Tensor } from 'azuraforge-core';
import { checkCount } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { checkInput } from './input.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';

export interface EmbeddingOptions {
  /** The row that stands for padding: it starts as zeros and is not trained. May count from the end. Default: none. */
  paddingIdx?: number | null;
  /** Draws the initial weights. Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
}

/**
 * A row of numbers for each index: int32 of any shape [...] → [..., embeddingDim]. The parameter `weight`
 * [numEmbeddings, embeddingDim] starts normally distributed, as in torch.
 */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly weight: Tensor;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    { paddingIdx = null, generator }: EmbeddingOptions = {},
  ) {
    super();
    checkCount('Embedding: numEmbeddings', numEmbeddings);
    checkCount('Embedding: embeddingDim', embeddingDim);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingIdx === null ? null : rowOf(paddingIdx, numEmbeddings);
    this.weight = this.registerParameter('weight', this.#draw(generator));
  }

  override forward(input: Tensor): Tensor {
    checkInput('Embedding', input, { takes: 'indices', fits: true, dtype: 'int32' });
    return embedding(input, this.weight, { paddingIdx: this.paddingIdx ?? undefined });
  }

  override describe(): LayerDescription {
    const { numEmbeddings, embeddingDim, paddingIdx } = this;
    return { type: 'Embedding', numEmbeddings, embeddingDim, paddingIdx };
  }

  #draw(generator: Generator | undefined): Tensor {
    const { numEmbeddings, embeddingDim, paddingIdx } = this;
    const weight = tidy(() => {
      const drawn = randn([numEmbeddings, embeddingDim], { generator });
      if (paddingIdx === null) return drawn;
      const kept = ones([1, 1]).pad([
        [paddingIdx, numEmbeddings - 1 - paddingIdx],
        [0, 0],
      ]);
      return drawn.where(kept.eq(0), 0);
    });
    weight.requiresGrad = true;
    return weight;
  }
}

function rowOf(paddingIdx: number, count: number): number {
  const row = paddingIdx < 0 ? paddingIdx + count : paddingIdx;
  if (!Number.isSafeInteger(row) || row < 0 || row >= count) {
    throw new ArgumentError(`Embedding: paddingIdx is ${paddingIdx}; there are ${count} rows.`);
  }
  return row;
}
