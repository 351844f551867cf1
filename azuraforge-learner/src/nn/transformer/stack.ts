import type { Tensor } from 'azuraforge-core';
import { checkCount } from '../../argument.ts';
import { Module } from '../module.ts';
import type { LayerDescription } from '../module.ts';
import { LayerNorm } from '../normalization.ts';
import type { CompleteLayerOptions, TransformerLayerOptions } from './feed-forward.ts';

export interface TransformerStackOptions extends TransformerLayerOptions {
  /** Default 6. */
  numLayers?: number;
  /** Whether a last layer norm, `norm`, follows; models with `normFirst` want it. Default false. */
  finalNorm?: boolean;
}

interface StackedLayer extends Module {
  readonly dModel: number;
  readonly nhead: number;
  readonly options: CompleteLayerOptions;
}

/** Layers of one kind on top of each other, and perhaps a last norm. */
export abstract class TransformerStack<Layer extends StackedLayer> extends Module {
  readonly layers: readonly Layer[];
  readonly norm: LayerNorm | null;
  readonly #type: string;

  constructor(
    type: string,
    dModel: number,
    { numLayers = 6, finalNorm = false, ...options }: TransformerStackOptions,
    makeLayer: (options: TransformerLayerOptions) => Layer,
  ) {
    super();
    checkCount(`${type}: numLayers`, numLayers);
    this.layers = Array.from({ length: numLayers }, () => makeLayer(options));
    this.norm = finalNorm ? new LayerNorm(dModel, { eps: options.layerNormEps }) : null;
    this.#type = type;
  }

  override describe(): LayerDescription {
    const { layers, norm } = this;
    const { dModel, nhead, options } = layers[0]!;
    const [numLayers, finalNorm] = [layers.length, norm !== null];
    return { type: this.#type, dModel, nhead, numLayers, finalNorm, ...options };
  }

  /** Puts values through all layers, then through the norm. */
  protected stack(input: Tensor, through: (layer: Layer, values: Tensor) => Tensor): Tensor {
    const output = this.layers.reduce((values, layer) => through(layer, values), input);
    return this.norm?.forward(output) ?? output;
  }
}
