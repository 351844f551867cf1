import { fromTypedArray, randn, tidy } from 'azuraforge-core';
import type { Generator, Shape, Tensor } from 'azuraforge-core';
import { checkCount } from '../argument.ts';
import { checkInput } from './input.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { sizeOf } from './shape.ts';

/**
 * Adds to each step of [batch, time, dModel] sines and cosines of its position, as in "Attention is all you need" (Vaswani
 * et al., 2017): feature 2i has sin(position / 10000^(2i / dModel)), feature 2i + 1 the cosine. Any length, no weights.
 */
export class SinusoidalPositionalEncoding extends Module {
  readonly dModel: number;
  /** The table of the longest sequence so far; a shorter one needs its beginning. */
  #table = new Float32Array();

  constructor(dModel: number) {
    super();
    checkCount('SinusoidalPositionalEncoding: dModel', dModel);
    this.dModel = dModel;
  }

  override forward(input: Tensor): Tensor {
    const { dModel } = this;
    checkInput('SinusoidalPositionalEncoding', input, {
      takes: `[batch, time, ${dModel}]`,
      fits: input.ndim === 3 && input.shape[2] === dModel,
    });
    const steps = input.shape[1]!;
    if (this.#table.length < steps * dModel) this.#table = sinusoids(steps, dModel);
    const table = this.#table.subarray(0, steps * dModel);
    return tidy(() => input.add(fromTypedArray(table, [steps, dModel], { device: input.device })));
  }

  override flops(_input: Shape, output: Shape): number {
    return sizeOf(output);
  }

  override describe(): LayerDescription {
    return { type: 'SinusoidalPositionalEncoding', dModel: this.dModel };
  }
}

function sinusoids(steps: number, dModel: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: steps * dModel }, (_, at) => {
    const feature = at % dModel;
    const angle = Math.floor(at / dModel) / 10_000 ** ((feature - (feature % 2)) / dModel);
    return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
}

/** As BERT and GPT start theirs, small beside what they are added to. */
const INITIAL_DEVIATION = 0.02;

/**
 * Adds to each step of [batch, time, dModel] a row of its own, which is learned; at most `maxLength` steps. The parameter
 * `weight` [maxLength, dModel] (that of a torch Embedding of positions) starts normal with a deviation of 0.02.
 */
export class LearnedPositionalEncoding extends Module {
  readonly maxLength: number;
  readonly dModel: number;
  readonly weight: Tensor;

  constructor(maxLength: number, dModel: number, { generator }: { generator?: Generator } = {}) {
    super();
    checkCount('LearnedPositionalEncoding: maxLength', maxLength);
    checkCount('LearnedPositionalEncoding: dModel', dModel);
    this.maxLength = maxLength;
    this.dModel = dModel;
    const weight = tidy(() => randn([maxLength, dModel], { generator }).mul(INITIAL_DEVIATION));
    weight.requiresGrad = true;
    this.weight = this.registerParameter('weight', weight);
  }

  /** `start`: the place of the first step, where earlier ones went through before. Default 0. */
  override forward(input: Tensor, { start = 0 }: { start?: number } = {}): Tensor {
    const { maxLength, dModel } = this;
    checkInput('LearnedPositionalEncoding', input, {
      takes: `[batch, time, ${dModel}] with at most ${maxLength - start} steps`,
      fits: input.ndim === 3 && input.shape[2] === dModel && start + input.shape[1]! <= maxLength,
    });
    return tidy(() => input.add(this.weight.narrow(0, start, input.shape[1]!)));
  }

  override flops(_input: Shape, output: Shape): number {
    return sizeOf(output);
  }

  override describe(): LayerDescription {
    return { type: 'LearnedPositionalEncoding', maxLength: this.maxLength, dModel: this.dModel };
  }
}
