import { linear } from 'azuraforge-core';
import type { Generator, Tensor } from 'azuraforge-core';
import { checkCount } from '../argument.ts';
import { uniformParameters } from './initial.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';

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
    checkCount('inFeatures', inFeatures);
    checkCount('outFeatures', outFeatures);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    const draw = uniformParameters(1 / Math.sqrt(inFeatures), generator);
    this.weight = this.registerParameter('weight', draw([outFeatures, inFeatures]));
    this.bias = bias ? this.registerParameter('bias', draw([outFeatures])) : null;
  }

  override forward(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias);
  }

  override describe(): LayerDescription {
    const { inFeatures, outFeatures, bias } = this;
    return { type: 'Linear', inFeatures, outFeatures, bias: bias !== null };
  }
}
