import { tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import type { LayerDescription } from './module.ts';
import { Recurrent } from './recurrent.ts';
import type { RecurrentOptions, SequenceOptions } from './recurrent.ts';
import { scanRelu, scanTanh } from './recurrent/scan.ts';

export interface RNNOptions extends RecurrentOptions {
  /** Default `tanh`. */
  nonlinearity?: 'tanh' | 'relu';
}

export interface RNNCall extends SequenceOptions {
  /** The state at the start: [numLayers · directions, batch, hiddenSize]. Default: zeros. */
  hidden?: Tensor;
}

export interface RNNResult {
  /** [batch, time, hiddenSize · directions] */
  output: Tensor;
  /** The state after each sequence's last step: [numLayers · directions, batch, hiddenSize]. */
  hidden: Tensor;
}

/**
 * Recurrent network of Elman's kind, batch first: [batch, time, inputSize] → [batch, time, hiddenSize · directions], any
 * length from 1 up. Parameters `weight_ih_l0` [hidden, input], `weight_hh_l0` [hidden, hidden], `bias_ih_l0`,
 * `bias_hh_l0` and so on per layer, then those of the other direction (`weight_ih_l0_reverse`), uniform within
 * 1/√hiddenSize at the start. It is a loop of small ops; LSTM and GRU are faster for their size.
 */
export class RNN extends Recurrent {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    const { nonlinearity = 'tanh' } = options;
    if (nonlinearity !== 'tanh' && nonlinearity !== 'relu') {
      throw new ArgumentError(`RNN: nonlinearity is "${String(nonlinearity)}"; it must be "tanh" or "relu".`);
    }
    const scan = nonlinearity === 'tanh' ? scanTanh : scanRelu;
    super({ name: 'RNN', gates: 1, states: ['hidden'], scan }, inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }

  /** The outputs of all steps. */
  override forward(input: Tensor, options: RNNCall = {}): Tensor {
    return tidy(() => this.forwardWithState(input, options).output);
  }

  /** The outputs of all steps and the state at the end. */
  forwardWithState(input: Tensor, options: RNNCall = {}): RNNResult {
    return tidy(() => {
      const { output, states } = this.scanLayers(input, [options.hidden], options);
      return { output, hidden: states[0]! };
    });
  }

  override describe(): LayerDescription {
    return { type: 'RNN', ...this.describeOptions(), nonlinearity: this.nonlinearity };
  }
}
