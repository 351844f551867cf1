import type { Generator, Tensor } from 'azuraforge-core';
import { checkRange } from '../../argument.ts';
import { ArgumentError } from '../../error.ts';
import { Dropout } from '../dropout.ts';
import { Linear } from '../linear.ts';

export interface TransformerLayerOptions {
  /** Width between the two linear layers. Default 2048. */
  dimFeedforward?: number;
  /** Dropout on attention weights, between the linear layers and on what each part adds, while training. Default 0.1. */
  dropout?: number;
  /** Default `relu`. */
  activation?: 'relu' | 'gelu';
  /** Default 1e-5. */
  layerNormEps?: number;
  /** Whether each part normalizes what it takes, not what it gives. Default false. */
  normFirst?: boolean;
  /** Draws the initial weights and the dropout. Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
}

export type CompleteLayerOptions = Required<Omit<TransformerLayerOptions, 'generator'>>;

/** Fills in torch's defaults. Throws ArgumentError for an option out of range. */
export function completeOptions(
  layer: string,
  {
    dimFeedforward = 2048,
    dropout = 0.1,
    activation = 'relu',
    layerNormEps = 1e-5,
    normFirst = false,
  }: TransformerLayerOptions,
): CompleteLayerOptions {
  checkRange(`${layer}: dropout`, dropout, { minimum: 0, below: 1 });
  if (activation !== 'relu' && activation !== 'gelu') {
    throw new ArgumentError(`${layer}: activation is "${String(activation)}"; it must be "relu" or "gelu".`);
  }
  return { dimFeedforward, dropout, activation, layerNormEps, normFirst };
}

/** The two linear layers that each step goes through by itself; the layer that holds it names their weights. */
export class FeedForward {
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly dropout: Dropout;
  readonly #activation: 'relu' | 'gelu';

  constructor(
    dModel: number,
    { dimFeedforward, dropout, activation }: CompleteLayerOptions,
    generator: Generator | undefined,
  ) {
    this.linear1 = new Linear(dModel, dimFeedforward, { generator });
    this.linear2 = new Linear(dimFeedforward, dModel, { generator });
    this.dropout = new Dropout(dropout, { generator });
    this.#activation = activation;
  }

  forward(input: Tensor): Tensor {
    const hidden = this.linear1.forward(input);
    const bent = this.#activation === 'relu' ? hidden.relu() : hidden.gelu();
    return this.linear2.forward(this.dropout.forward(bent));
  }
}
