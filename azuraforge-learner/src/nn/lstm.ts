import { concat, fromTypedArray, lstm, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { LayerDescription } from './module.ts';
import { Recurrent } from './recurrent.ts';
import type { CellWeights, RecurrentOptions, Scan, SequenceOptions } from './recurrent.ts';
import type { SequenceLengths } from './recurrent/lengths.ts';

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

/** A sigmoid of this is 1 to the last bit, and of its opposite 0, whatever a trained network adds to it. */
const SHUT = 1000;

/**
 * Long short-term memory, batch first: [batch, time, inputSize] → [batch, time, hiddenSize · directions], any length from
 * 1 up. Parameters `weight_ih_l0` [4·hidden, input], `weight_hh_l0` [4·hidden, hidden], `bias_ih_l0`, `bias_hh_l0` and so
 * on per layer, then those of the other direction (`weight_ih_l0_reverse`), gates in torch's order (input, forget, cell,
 * output), uniform within 1/√hiddenSize at the start.
 */
export class LSTM extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super({ name: 'LSTM', gates: 4, states: ['hidden', 'cell'] }, inputSize, hiddenSize, options);
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

  protected override scan(
    input: Tensor,
    weights: CellWeights,
    start: readonly Tensor[] | null,
    lengths: SequenceLengths | null,
  ): Scan {
    const initial = start === null ? undefined : { hidden: start[0]!, cell: start[1]! };
    if (lengths === null) {
      const { output, hidden, cell } = lstm(input, weights, initial);
      return { output, states: [hidden, cell] };
    }
    const { output, cell } = lstm(
      concat([input, lengths.beyond().unsqueeze(2)], 2),
      { ...weights, weightIh: concat([weights.weightIh, this.#holdingColumn(input.device)], 1) },
      initial,
    );
    return { output, states: [lengths.last(output), cell] };
  }

  /**
   * Weights of one more feature, which is 1 beyond a sequence's end: it shuts the input gate and opens the forget gate, so
   * that the cell state stays as it was after the sequence's own last step.
   */
  #holdingColumn(device: string): Tensor {
    const { hiddenSize } = this;
    const column = new Float32Array(4 * hiddenSize);
    column.fill(-SHUT, 0, hiddenSize);
    column.fill(SHUT, hiddenSize, 2 * hiddenSize);
    return fromTypedArray(column, [4 * hiddenSize, 1], { device });
  }
}
