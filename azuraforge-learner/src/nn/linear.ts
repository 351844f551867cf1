import { linear } from 'azuraforge-core';
import type { Generator, Shape, Tensor } from 'azuraforge-core';
import { checkCount } from '../argument.ts';
import { uniformParameters } from './initial.ts';
import { checkInput } from './input.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { sizeOf } from './shape.ts';

export interface LinearOptions {
  /** Default true. */
  bias?: boolean;
  /** Draws the initial weights. Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
}

/**
 * input · weightᵀ + bias over the last dimension: [..., inFeatures] → [..., outFeatures].
 * Parameters `weight` [out, in] and `bias` [out] start uniform within 1/√inFeatures, as in torch.
 */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Tensor;
  readonly bias: Tensor | null;

  constructor(inFeatures: number, outFeatures: number, { bias = true, generator }: LinearOptions = {}) {
    super();
    checkCount('Linear: inFeatures', inFeatures);
    checkCount('Linear: outFeatures', outFeatures);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    const draw = uniformParameters(1 / Math.sqrt(inFeatures), generator);
    this.weight = this.registerParameter('weight', draw([outFeatures, inFeatures]));
    this.bias = bias ? this.registerParameter('bias', draw([outFeatures])) : null;
  }

  override forward(input: Tensor): Tensor {
    const { inFeatures } = this;
    checkInput('Linear', input, {
      takes: `[..., ${inFeatures}]`,
      fits: input.shape.at(-1) === inFeatures,
    });
    return linear(input, this.weight, this.bias);
  }

  /** The matrix product, and the bias. */
  override flops(input: Shape, output: Shape): number {
    return 2 * sizeOf(input) * this.outFeatures + (this.bias === null ? 0 : sizeOf(output));
  }

  override describe(): LayerDescription {
    const { inFeatures, outFeatures, bias } = this;
    return { type: 'Linear', inFeatures, outFeatures, bias: bias !== null };
  }
}
