import { dropout as drop, lstm } from 'azuraforge-core';
import type { Generator, LstmWeights, Tensor } from 'azuraforge-core';
import { checkCount, checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { uniformParameters } from './initial.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';

export interface LSTMOptions {
  /** Layers on top of each other. Default 1. */
  numLayers?: number;
  /** Default true. */
  bias?: boolean;
  /** Dropout on the outputs of every layer but the last, while training. Default 0. */
  dropout?: number;
  /** Draws the initial weights and the dropout. Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
}

/**
 * Long short-term memory, batch first: [batch, time, inputSize] → [batch, time, hiddenSize], any length from 1 up, start
 * state 0. Parameters `weight_ih_l0` [4·hidden, input], `weight_hh_l0` [4·hidden, hidden], `bias_ih_l0`, `bias_hh_l0`
 * and so on per layer, gates in torch's order (input, forget, cell, output), uniform within 1/√hiddenSize at the start.
 */
export class LSTM extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly dropout: number;
  readonly #layers: LstmWeights[];
  #generator: Generator | undefined;

  constructor(
    inputSize: number,
    hiddenSize: number,
    { numLayers = 1, bias = true, dropout = 0, generator }: LSTMOptions = {},
  ) {
    super();
    checkCount('inputSize', inputSize);
    checkCount('hiddenSize', hiddenSize);
    checkCount('numLayers', numLayers);
    checkRange('dropout', dropout, { minimum: 0, below: 1 });
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.bias = bias;
    this.dropout = dropout;
    this.#generator = generator;
    const draw = uniformParameters(1 / Math.sqrt(hiddenSize), generator);
    this.#layers = Array.from({ length: numLayers }, (_, layer) => {
      const parameter = (name: string, shape: number[]): Tensor =>
        this.registerParameter(`${name}_l${layer}`, draw(shape));
      return {
        weightIh: parameter('weight_ih', [4 * hiddenSize, layer === 0 ? inputSize : hiddenSize]),
        weightHh: parameter('weight_hh', [4 * hiddenSize, hiddenSize]),
        biasIh: bias ? parameter('bias_ih', [4 * hiddenSize]) : null,
        biasHh: bias ? parameter('bias_hh', [4 * hiddenSize]) : null,
      };
    });
  }

  override forward(input: Tensor): Tensor {
    if (input.shape.length !== 3 || input.shape[2] !== this.inputSize || input.shape[1] === 0) {
      throw new ArgumentError(
        `LSTM takes [batch, time, ${this.inputSize}] with at least one step and was given the shape [${input.shape.join(', ')}].`,
      );
    }
    let sequence = input;
    for (const [index, layer] of this.#layers.entries()) {
      if (index > 0 && this.training && this.dropout > 0)
        sequence = drop(sequence, this.dropout, { generator: this.#generator });
      sequence = lstm(sequence, layer).output;
    }
    return sequence;
  }

  override useGenerator(generator: Generator): void {
    this.#generator = generator;
  }

  override describe(): LayerDescription {
    const { inputSize, hiddenSize, numLayers, bias, dropout } = this;
    return { type: 'LSTM', inputSize, hiddenSize, numLayers, bias, dropout };
  }
}
