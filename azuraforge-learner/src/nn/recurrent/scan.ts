import { concat, fromTypedArray, gru, linear, lstm, stack } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { SequenceLengths } from './lengths.ts';

/** Weights of one direction of one layer. */
export interface CellWeights {
  weightIh: Tensor;
  weightHh: Tensor;
  biasIh: Tensor | null;
  biasHh: Tensor | null;
}

/** What came of one direction of one layer: outputs [batch, steps, hidden], and last states [batch, hidden]. */
export interface Scan {
  output: Tensor;
  states: Tensor[];
}

/** One direction of one layer over a whole padded batch, from the states `start` [batch, hidden], or from zeros. */
export type ScanBatch = (
  input: Tensor,
  weights: CellWeights,
  start: readonly Tensor[] | null,
  lengths: SequenceLengths | null,
) => Scan;

export const scanTanh: ScanBatch = (...given) => scanRnn((total) => total.tanh(), ...given);

export const scanRelu: ScanBatch = (...given) => scanRnn((total) => total.relu(), ...given);

export const scanGru: ScanBatch = (input, weights, start, lengths) => {
  const { output, hidden } = gru(input, weights, start?.[0]);
  return { output, states: [lengths?.last(output) ?? hidden] };
};

export const scanLstm: ScanBatch = (input, weights, start, lengths) => {
  const initial = start === null ? undefined : { hidden: start[0]!, cell: start[1]! };
  if (lengths === null) {
    const { output, hidden, cell } = lstm(input, weights, initial);
    return { output, states: [hidden, cell] };
  }
  const holding = holdingColumn(weights.weightHh.shape[1]!, input.device);
  const { output, cell } = lstm(
    concat([input, lengths.beyond().unsqueeze(2)], 2),
    { ...weights, weightIh: concat([weights.weightIh, holding], 1) },
    initial,
  );
  return { output, states: [lengths.last(output), cell] };
};

function scanRnn(
  bend: (total: Tensor) => Tensor,
  input: Tensor,
  { weightIh, weightHh, biasIh, biasHh }: CellWeights,
  start: readonly Tensor[] | null,
  lengths: SequenceLengths | null,
): Scan {
  const projected = stepsOf(linear(input, weightIh, biasIh));
  const inside = lengths?.inside();
  let hidden = start?.[0] ?? input.filledLike(0, [input.shape[0]!, weightHh.shape[1]!]);
  const outputs = projected.map((step, at) => {
    const next = bend(step.add(linear(hidden, weightHh, biasHh)));
    hidden = inside ? next.where(inside.narrow(1, at, 1), hidden) : next;
    return hidden;
  });
  return { output: stack(outputs, 1), states: [hidden] };
}

/** Each step of [batch, time, width], by halves: their gradients then cost time · log(time), not its square. */
function stepsOf(sequence: Tensor): Tensor[] {
  const steps = sequence.shape[1]!;
  if (steps === 1) return [sequence.select(1, 0)];
  const half = steps >> 1;
  return [...stepsOf(sequence.narrow(1, 0, half)), ...stepsOf(sequence.narrow(1, half, steps - half))];
}

/** A sigmoid of this is 1 to the last bit, and of its opposite 0, whatever a trained network adds to it. */
const SHUT = 1000;

/**
 * Weights of an LSTM's feature that is 1 beyond a sequence's end: it shuts the input gate and opens the forget gate, so
 * that the cell state stays as it was after the sequence's own last step.
 */
function holdingColumn(hiddenSize: number, device: string): Tensor {
  const column = new Float32Array(4 * hiddenSize);
  column.fill(-SHUT, 0, hiddenSize);
  column.fill(SHUT, hiddenSize, 2 * hiddenSize);
  return fromTypedArray(column, [4 * hiddenSize, 1], { device });
}
