import { tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { LayerDescription } from './module.ts';
import { Recurrent } from './recurrent.ts';
import type { RecurrentOptions, SequenceOptions } from './recurrent.ts';
import { scanLstm } from './recurrent/scan.ts';

export type LSTMOptions = RecurrentOptions;

export interface LSTMCall extends SequenceOptions {
  /** The hidden state at the start: [numLayers · directions, batch, hiddenSize]. Default: zeros. */
  hidden?: Tensor;
  /** The cell state at the start, of the same shape; both or none. */
  cell?: Tensor;
}

export interface LSTMResult {
  /** [batch, time, hiddenSize · directions] */
  output: Tensor;
  /** The hidden state after each sequence's last step: [numLayers · directions, batch, hiddenSize]. */
  hidden: Tensor;
  /** The cell state there, of the same shape. */
  cell: Tensor;
}

/**
 * Long short-term memory, batch first: [batch, time, inputSize] → [batch, time, hiddenSize · directions], any length from
 * 1 up. Parameters `weight_ih_l0` [4·hidden, input], `weight_hh_l0` [4·hidden, hidden], `bias_ih_l0`, `bias_hh_l0` and so
 * on per layer, then those of the other direction (`weight_ih_l0_reverse`), gates in torch's order (input, forget, cell,
 * output), uniform within 1/√hiddenSize at the start.
 */
export class LSTM extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super(
      { name: 'LSTM', gates: 4, states: ['hidden', 'cell'], scan: scanLstm },
      inputSize,
      hiddenSize,
      options,
    );
  }

  /** The outputs of all steps. */
  override forward(input: Tensor, options: LSTMCall = {}): Tensor {
    return tidy(() => this.forwardWithState(input, options).output);
  }

  /** The outputs of all steps and both states at the end. */
  forwardWithState(input: Tensor, options: LSTMCall = {}): LSTMResult {
    return tidy(() => {
      const start = [options.hidden, options.cell];
      const { output, states } = this.scanLayers(input, start, options);
      return { output, hidden: states[0]!, cell: states[1]! };
    });
  }

  override describe(): LayerDescription {
    return { type: 'LSTM', ...this.describeOptions() };
  }
}
