import { dropout as drop, linear, tidy, zeros } from 'azuraforge-core';
import type { Generator, Shape, Tensor } from 'azuraforge-core';
import { checkCount, checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { attentionFlops } from './attention.ts';
import { attend, attentionWeights } from './attention/attend.ts';
import type { KeyValueCache } from './attention/key-value-cache.ts';
import { joinMasks } from './attention/mask.ts';
import type { AttentionMasks } from './attention/mask.ts';
import { uniformParameters } from './initial.ts';
import { checkInput } from './input.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import type { LayerDescription, Named } from './module.ts';

export interface MultiHeadAttentionOptions {
  /** Default true. */
  bias?: boolean;
  /** Dropout on the weights of attention, while training; costs the matrix of all weights. Default 0. */
  dropout?: number;
  /** Draws the initial weights and the dropout. Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
}

export interface MultiHeadAttentionCall extends AttentionMasks {
  /** Query i sees keys 0 to i alone. Default false. */
  isCausal?: boolean;
  /**
   * Keys and values of earlier steps, which the queries see too and to which those of this call are added. Without masks;
   * after the first call one step at a time, and that step sees all.
   */
  cache?: KeyValueCache;
}

/**
 * Attention in several heads, batch first: query [batch, queries, embedDim], key and value [batch, keys, embedDim] →
 * [batch, queries, embedDim]; of one input alone it is self-attention. Parameters `in_proj_weight` [3·embedDim, embedDim]
 * and `in_proj_bias` for query, key and value, `out_proj.weight` and `out_proj.bias`, as in torch. A query that sees no
 * key gets zeros from it (torch: NaN).
 */
export class MultiHeadAttention extends Module {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly inProjWeight: Tensor;
  readonly inProjBias: Tensor | null;
  readonly outProj: Linear;
  #generator: Generator | undefined;

  constructor(
    embedDim: number,
    numHeads: number,
    { bias = true, dropout = 0, generator }: MultiHeadAttentionOptions = {},
  ) {
    super();
    const name = 'MultiHeadAttention';
    checkCount(`${name}: embedDim`, embedDim);
    checkCount(`${name}: numHeads`, numHeads);
    checkRange(`${name}: dropout`, dropout, { minimum: 0, below: 1 });
    if (embedDim % numHeads !== 0) {
      throw new ArgumentError(`${name}: ${numHeads} heads must divide embedDim, ${embedDim}.`);
    }
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.dropout = dropout;
    this.#generator = generator;
    // Xavier's bound for the three projections as one matrix, as torch has it.
    const draw = uniformParameters(Math.sqrt(6 / (4 * embedDim)), generator);
    this.inProjWeight = this.registerParameter('in_proj_weight', draw([3 * embedDim, embedDim]));
    this.inProjBias = bias
      ? this.registerParameter('in_proj_bias', zeros([3 * embedDim], { requiresGrad: true }))
      : null;
    this.outProj = new Linear(embedDim, embedDim, { bias, generator });
    tidy(() => void this.outProj.bias?.assign(zeros([embedDim])));
  }

  override forward(query: Tensor, key = query, value = key, options: MultiHeadAttentionCall = {}): Tensor {
    return tidy(() => {
      const { cache, isCausal = false } = options;
      const { heads, mask } = this.#project(query, key, value, options);
      const goesOn = cache !== undefined && this.#checkCache(cache, query, mask);
      const [keys, values] = cache?.extend(this, heads[1]!, heads[2]!) ?? [heads[1]!, heads[2]!];
      const drops = this.training && this.dropout > 0;
      const output = attend(heads[0]!, keys, values, {
        mask,
        isCausal: isCausal && !goesOn,
        drop: drops ? (weights) => drop(weights, this.dropout, { generator: this.#generator }) : null,
      });
      return this.outProj.forward(this.#joinHeads(output));
    });
  }

  /** How much each query looks at each key, for attention maps, without dropout: [batch, heads, queries, keys]. */
  weights(query: Tensor, key = query, options: MultiHeadAttentionCall = {}): Tensor {
    return tidy(() => {
      const { heads, mask } = this.#project(query, key, key, options);
      return attentionWeights(heads[0]!, heads[1]!, mask, options.isCausal ?? false);
    });
  }

  override children(): Named<Module>[] {
    return [['out_proj', this.outProj]];
  }

  override useGenerator(generator: Generator): void {
    this.#generator = generator;
  }

  /** Of self-attention, without the last projection. */
  override flops([batch = 0, steps = 0]: Shape): number {
    const { embedDim, numHeads, inProjWeight, inProjBias } = this;
    const projections = batch * steps * (2 * inProjWeight.size + (inProjBias?.size ?? 0));
    return projections + attentionFlops(batch, steps, embedDim, numHeads);
  }

  override describe(): LayerDescription {
    const { embedDim, numHeads, dropout, inProjBias } = this;
    return { type: 'MultiHeadAttention', embedDim, numHeads, dropout, bias: inProjBias !== null };
  }

  /** Query, key and value as [batch, heads, steps, width of a head], and the mask for them. */
  #project(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: MultiHeadAttentionCall,
  ): { heads: Tensor[]; mask: Tensor | null } {
    const { embedDim, numHeads } = this;
    this.#check(query, key, value);
    const [batch, queries] = query.shape as [number, number];
    const isSelf = key === query && value === query;
    const projected = isSelf
      ? this.#projectOnce(query)
      : [query, key, value].map((input, part) => this.#projectPart(input, part));
    const heads = projected.map((input) =>
      input.reshape([batch, -1, numHeads, embedDim / numHeads]).transpose(1, 2),
    );
    return {
      heads,
      mask: joinMasks('MultiHeadAttention', options, [batch, numHeads, queries, key.shape[1]!]),
    };
  }

  /** Self-attention needs one matrix product for all three. */
  #projectOnce(input: Tensor): Tensor[] {
    const all = linear(input, this.inProjWeight, this.inProjBias);
    return [0, 1, 2].map((part) => all.narrow(2, part * this.embedDim, this.embedDim));
  }

  #projectPart(input: Tensor, part: number): Tensor {
    const [start, length] = [part * this.embedDim, this.embedDim];
    const bias = this.inProjBias?.narrow(0, start, length) ?? null;
    return linear(input, this.inProjWeight.narrow(0, start, length), bias);
  }

  /** [batch, heads, steps, width] → [batch, steps, heads · width] */
  #joinHeads(output: Tensor): Tensor {
    const [batch, , steps] = output.shape as [number, number, number];
    return output.transpose(1, 2).reshape([batch, steps, this.embedDim]);
  }

  /** Whether there are earlier steps. */
  #checkCache(cache: KeyValueCache, { shape }: Tensor, mask: Tensor | null): boolean {
    const goesOn = cache.knows(this);
    if (mask === null && (!goesOn || shape[1] === 1)) return goesOn;
    throw new ArgumentError(
      'MultiHeadAttention takes a cache without masks, and after the first call one step at a time.',
    );
  }

  #check(query: Tensor, key: Tensor, value: Tensor): void {
    const [batch, steps] = [query.shape[0], key.shape[1]];
    for (const [name, input] of Object.entries({ query, key, value })) {
      const sameSteps = name === 'query' || input.shape[1] === steps;
      checkInput(`MultiHeadAttention: ${name}`, input, {
        takes: `[batch, time, ${this.embedDim}] with the batch of the query and as many keys as values`,
        fits: input.ndim === 3 && input.shape[2] === this.embedDim && input.shape[0] === batch && sameSteps,
      });
    }
  }
}
