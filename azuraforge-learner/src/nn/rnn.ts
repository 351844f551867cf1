import { linear, stack, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import type { LayerDescription } from './module.ts';
import { Recurrent } from './recurrent.ts';
import type { CellWeights, RecurrentOptions, Scan, SequenceOptions } from './recurrent.ts';
import type { SequenceLengths } from './recurrent/lengths.ts';

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
    super({ name: 'RNN', gates: 1, states: ['hidden'] }, inputSize, hiddenSize, options);
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

  protected override scan(
    input: Tensor,
    { weightIh, weightHh, biasIh, biasHh }: CellWeights,
    start: readonly Tensor[] | null,
    lengths: SequenceLengths | null,
  ): Scan {
    const projected = stepsOf(linear(input, weightIh, biasIh));
    const inside = lengths?.inside();
    let hidden = start?.[0] ?? input.filledLike(0, [input.shape[0]!, this.hiddenSize]);
    const outputs = projected.map((step, at) => {
      const total = step.add(linear(hidden, weightHh, biasHh));
      const next = this.nonlinearity === 'tanh' ? total.tanh() : total.relu();
      hidden = inside ? next.where(inside.narrow(1, at, 1), hidden) : next;
      return hidden;
    });
    return { output: stack(outputs, 1), states: [hidden] };
  }
}

/** Each step of [batch, time, width], by halves: their gradients then cost time · log(time), not its square. */
function stepsOf(sequence: Tensor): Tensor[] {
  const steps = sequence.shape[1]!;
  if (steps === 1) return [sequence.select(1, 0)];
  const half = steps >> 1;
  return [...stepsOf(sequence.narrow(1, 0, half)), ...stepsOf(sequence.narrow(1, half, steps - half))];
}
