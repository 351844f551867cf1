import { batchNorm, groupNorm, layerNorm, ones, tensor, tidy, zeros } from 'azuraforge-core';
import type { Shape, Tensor } from 'azuraforge-core';
import { checkCount, checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { checkInput } from './input.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { sizeOf } from './shape.ts';

export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Whether there are a `weight` and a `bias`. Default true. */
  elementwiseAffine?: boolean;
}

/** Mean, variance (2), distance and scale of each element; weight and bias on top. */
const normalizationFlops = (size: number, affine: boolean): number => (affine ? 7 : 5) * size;

/**
 * Brings each sample's last axes, whose lengths are `normalizedShape`, to mean 0 and variance 1: [..., normalizedShape]
 * → the same. Parameters `weight` and `bias` of that shape start as ones and zeros.
 */
export class LayerNorm extends Module {
  readonly normalizedShape: readonly number[];
  readonly eps: number;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;

  constructor(
    normalizedShape: number | readonly number[],
    { eps = 1e-5, elementwiseAffine = true }: LayerNormOptions = {},
  ) {
    super();
    const shape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
    if (shape.length === 0) throw new ArgumentError('LayerNorm: normalizedShape is empty; name an axis.');
    for (const length of shape) checkCount('LayerNorm: normalizedShape', length);
    checkRange('LayerNorm: eps', eps, { minimum: 0 });
    this.normalizedShape = shape;
    this.eps = eps;
    const options = { requiresGrad: true };
    this.weight = elementwiseAffine ? this.registerParameter('weight', ones(shape, options)) : null;
    this.bias = elementwiseAffine ? this.registerParameter('bias', zeros(shape, options)) : null;
  }

  override forward(input: Tensor): Tensor {
    const { normalizedShape } = this;
    const ending = input.shape.slice(Math.max(0, input.ndim - normalizedShape.length));
    checkInput('LayerNorm', input, {
      takes: `[..., ${normalizedShape.join(', ')}]`,
      fits: ending.join() === normalizedShape.join(),
    });
    return layerNorm(input, normalizedShape, this.weight, this.bias, this.eps);
  }

  override flops(_input: Shape, output: Shape): number {
    return normalizationFlops(sizeOf(output), this.weight !== null);
  }

  override describe(): LayerDescription {
    const { normalizedShape, eps, weight } = this;
    return { type: 'LayerNorm', normalizedShape, eps, elementwiseAffine: weight !== null };
  }
}

export interface GroupNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Whether there are a `weight` and a `bias`. Default true. */
  affine?: boolean;
}

/**
 * Brings each of `numGroups` groups of channels of each sample to mean 0 and variance 1: [batch, numChannels, ...] → the
 * same. Parameters `weight` and `bias` [numChannels] start as ones and zeros.
 */
export class GroupNorm extends Module {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;

  constructor(numGroups: number, numChannels: number, { eps = 1e-5, affine = true }: GroupNormOptions = {}) {
    super();
    checkCount('GroupNorm: numGroups', numGroups);
    checkCount('GroupNorm: numChannels', numChannels);
    checkRange('GroupNorm: eps', eps, { minimum: 0 });
    if (numChannels % numGroups !== 0) {
      throw new ArgumentError(`GroupNorm: ${numGroups} groups must divide the ${numChannels} channels.`);
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    const options = { requiresGrad: true };
    this.weight = affine ? this.registerParameter('weight', ones([numChannels], options)) : null;
    this.bias = affine ? this.registerParameter('bias', zeros([numChannels], options)) : null;
  }

  override forward(input: Tensor): Tensor {
    checkInput('GroupNorm', input, {
      takes: `[batch, ${this.numChannels}, ...]`,
      fits: input.shape[1] === this.numChannels,
    });
    return groupNorm(input, this.numGroups, this.weight, this.bias, this.eps);
  }

  override flops(_input: Shape, output: Shape): number {
    return normalizationFlops(sizeOf(output), this.weight !== null);
  }

  override describe(): LayerDescription {
    const { numGroups, numChannels, eps, weight } = this;
    return { type: 'GroupNorm', numGroups, numChannels, eps, affine: weight !== null };
  }
}

export interface BatchNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** The share of a batch's statistics in the new running ones, 0 to 1. Default 0.1. */
  momentum?: number;
  /** Whether there are a `weight` and a `bias`. Default true. */
  affine?: boolean;
  /** Whether running statistics are kept, for eval mode; without them each batch's own are always used. Default true. */
  trackRunningStats?: boolean;
}

/** What both kinds of batch norm share. */
abstract class BatchNorm extends Module {
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly runningMean: Tensor | null;
  readonly runningVar: Tensor | null;
  readonly numBatchesTracked: Tensor | null;
  readonly #name: string;

  constructor(
    name: string,
    numFeatures: number,
    { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true }: BatchNormOptions,
  ) {
    super();
    checkCount(`${name}: numFeatures`, numFeatures);
    checkRange(`${name}: eps`, eps, { minimum: 0 });
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new ArgumentError(`${name}: momentum is ${momentum}; it must lie in 0 to 1.`);
    }
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.#name = name;
    const [shape, options] = [[numFeatures], { requiresGrad: true }];
    this.weight = affine ? this.registerParameter('weight', ones(shape, options)) : null;
    this.bias = affine ? this.registerParameter('bias', zeros(shape, options)) : null;
    const buffer = (key: string, make: () => Tensor): Tensor | null =>
      trackRunningStats ? this.registerBuffer(key, make()) : null;
    this.runningMean = buffer('running_mean', () => zeros(shape));
    this.runningVar = buffer('running_var', () => ones(shape));
    this.numBatchesTracked = buffer('num_batches_tracked', () => tensor(0, { dtype: 'int32' }));
  }

  override forward(input: Tensor): Tensor {
    this.checkShape(input);
    const { training, eps, momentum, weight, bias, runningMean, runningVar, numBatchesTracked } = this;
    if (training && input.size === this.numFeatures) {
      throw new ArgumentError(
        `${this.#name} in training takes more than one value per channel and was given the shape [${input.shape.join(', ')}].`,
      );
    }
    if (training && numBatchesTracked) {
      tidy(() => void numBatchesTracked.assign(numBatchesTracked.add(1)));
    }
    const options = { training: training || runningMean === null, momentum, eps };
    return batchNorm(input, runningMean, runningVar, weight, bias, options);
  }

  override flops(_input: Shape, output: Shape): number {
    return (this.weight === null ? 2 : 4) * sizeOf(output);
  }

  override describe(): LayerDescription {
    const { numFeatures, eps, momentum, weight } = this;
    const trackRunningStats = this.runningMean !== null;
    return { type: this.#name, numFeatures, eps, momentum, affine: weight !== null, trackRunningStats };
  }

  protected abstract checkShape(input: Tensor): void;
}

/**
 * Brings each feature to mean 0 and variance 1 over the batch: [batch, numFeatures] or [batch, numFeatures, length] →
 * the same. In training by the batch's own statistics, which move the buffers `running_mean` and `running_var`
 * [numFeatures] and count in `num_batches_tracked`; in eval mode by those. Parameters `weight` and `bias` [numFeatures].
 */
export class BatchNorm1d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super('BatchNorm1d', numFeatures, options);
  }

  protected override checkShape(input: Tensor): void {
    const { numFeatures } = this;
    checkInput('BatchNorm1d', input, {
      takes: `[batch, ${numFeatures}] or [batch, ${numFeatures}, length]`,
      fits: (input.ndim === 2 || input.ndim === 3) && input.shape[1] === numFeatures,
    });
  }
}

/**
 * Brings each channel to mean 0 and variance 1 over the batch: [batch, numFeatures, height, width] → the same. In
 * training by the batch's own statistics, which move the buffers `running_mean` and `running_var` [numFeatures] and
 * count in `num_batches_tracked`; in eval mode by those. Parameters `weight` and `bias` [numFeatures].
 */
export class BatchNorm2d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super('BatchNorm2d', numFeatures, options);
  }

  protected override checkShape(input: Tensor): void {
    checkInput('BatchNorm2d', input, {
      takes: `[batch, ${this.numFeatures}, height, width]`,
      fits: input.ndim === 4 && input.shape[1] === this.numFeatures,
    });
  }
}
