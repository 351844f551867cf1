import { tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { LayerDescription } from './module.ts';
import { Recurrent } from './recurrent.ts';
import type { RecurrentOptions, SequenceOptions } from './recurrent.ts';
import { scanGru } from './recurrent/scan.ts';

export interface GRUCall extends SequenceOptions {
  /** The state at the start: [numLayers · directions, batch, hiddenSize]. Default: zeros. */
  hidden?: Tensor;
}

export interface GRUResult {
  /** [batch, time, hiddenSize · directions] */
  output: Tensor;
  /** The state after each sequence's last step: [numLayers · directions, batch, hiddenSize]. */
  hidden: Tensor;
}

/**
 * Gated recurrent units, batch first: [batch, time, inputSize] → [batch, time, hiddenSize · directions], any length from
 * 1 up. Parameters `weight_ih_l0` [3·hidden, input], `weight_hh_l0` [3·hidden, hidden], `bias_ih_l0`, `bias_hh_l0` and so
 * on per layer, then those of the other direction (`weight_ih_l0_reverse`), gates in torch's order (reset, update, new),
 * uniform within 1/√hiddenSize at the start.
 */
export class GRU extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super({ name: 'GRU', gates: 3, states: ['hidden'], scan: scanGru }, inputSize, hiddenSize, options);
  }

  /** The outputs of all steps. */
  override forward(input: Tensor, options: GRUCall = {}): Tensor {
    return tidy(() => this.forwardWithState(input, options).output);
  }

  /** The outputs of all steps and the state at the end. */
  forwardWithState(input: Tensor, options: GRUCall = {}): GRUResult {
    return tidy(() => {
      const { output, states } = this.scanLayers(input, [options.hidden], options);
      return { output, hidden: states[0]! };
    });
  }

  override describe(): LayerDescription {
    return { type: 'GRU', ...this.describeOptions() };
  }
}
