import { concat, gru, linear, lstm, stack } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { OnnxNode } from '../node.ts';
import { operator } from '../operator.ts';
import type { Operands, Operator, Operators } from '../operator.ts';

/** Weights of one direction, with the gates in torch's order. */
interface Weights {
  weightIh: Tensor;
  weightHh: Tensor;
  biasIh: Tensor | null;
  biasHh: Tensor | null;
}

/** The outputs [batch, time, hidden] and last states [batch, hidden] of one direction. */
interface Scan {
  output: Tensor;
  states: Tensor[];
}

interface Kind {
  /** Which of ONNX's gates stands at each place in torch. */
  gates: readonly number[];
  activations: readonly string[];
  /** The places of the initial states among the inputs. */
  starts: readonly number[];
  attributes: readonly string[];
  check(node: OnnxNode): void;
  scan(input: Tensor, weights: Weights, start: readonly (Tensor | null)[], activation: string): Scan;
}

const SHARED = ['hidden_size', 'direction', 'activations', 'layout'];
const DIRECTIONS = ['forward', 'reverse', 'bidirectional'];

export const recurrentOperators: Operators = {
  RNN: recurrent({
    gates: [0],
    activations: ['Tanh', 'Relu'],
    starts: [5],
    attributes: [],
    check: () => undefined,
    scan: scanRnn,
  }),
  GRU: recurrent({
    gates: [1, 0, 2],
    activations: ['Sigmoid,Tanh'],
    starts: [5],
    attributes: ['linear_before_reset'],
    check: (node) => node.requireInt('linear_before_reset', 0, 1),
    scan: (input, weights, [start]) => {
      const { output, hidden } = gru(input, weights, start ?? undefined);
      return { output, states: [hidden] };
    },
  }),
  LSTM: recurrent({
    gates: [0, 2, 3, 1],
    activations: ['Sigmoid,Tanh,Tanh'],
    starts: [5, 6],
    attributes: ['input_forget'],
    check: (node) => node.requireInt('input_forget', 0, 0),
    scan: (input, weights, [hidden, cell]) => {
      const zeros = (): Tensor => input.filledLike(0, [input.shape[0]!, weights.weightHh.shape[1]!]);
      const start = hidden || cell ? { hidden: hidden ?? zeros(), cell: cell ?? zeros() } : undefined;
      const scan = lstm(input, weights, start);
      return { output: scan.output, states: [scan.hidden, scan.cell] };
    },
  }),
};

/** X [time, batch, features] → Y [time, directions, batch, hidden] and the last states [directions, batch, hidden]. */
function recurrent(kind: Kind): Operator {
  return operator([...SHARED, ...kind.attributes], (operands, node) => {
    node.requireInt('layout', 0, 0);
    kind.check(node);
    const direction = node.text('direction', 'forward');
    if (!DIRECTIONS.includes(direction))
      throw node.unsupported('direction', direction, DIRECTIONS.join(' or '));
    for (const [at, name] of [
      [4, 'sequence_lens'],
      [7, 'peepholes'],
    ] as const) {
      if (operands.has(at))
        throw node.error(`is given ${name}, which cannot be imported. Export it without.`);
    }
    const input = operands.tensor(0).transpose(0, 1);
    const scans = (direction === 'bidirectional' ? ['forward', 'reverse'] : [direction]).map((way, at) => {
      const turn = (values: Tensor): Tensor => (way === 'reverse' ? values.flip([1]) : values);
      const starts = kind.starts.map((start) => operands.optional(start)?.select(0, at) ?? null);
      const activation = activationOf(node, kind, at);
      const { output, states } = kind.scan(turn(input), weightsOf(operands, kind, at), starts, activation);
      return { output: turn(output).transpose(0, 1), states };
    });
    const outputs = stack(
      scans.map(({ output }) => output),
      1,
    );
    return [
      outputs,
      ...scans[0]!.states.map((_, at) =>
        stack(
          scans.map(({ states }) => states[at]!),
          0,
        ),
      ),
    ];
  });
}

function activationOf(node: OnnxNode, { activations }: Kind, direction: number): string {
  const given = node.texts('activations');
  if (given === null) return activations[0]!;
  const length = activations[0]!.split(',').length;
  const own = given.slice(direction * length, (direction + 1) * length).join();
  if (activations.includes(own)) return own;
  throw node.unsupported('activations', given.join(), activations.join(' or '));
}

function weightsOf(operands: Operands, { gates }: Kind, direction: number): Weights {
  const [weightIh, weightHh] = [1, 2].map((at) => inOrder(operands.tensor(at).select(0, direction), gates));
  const both = operands.optional(3)?.select(0, direction);
  const half = weightIh!.shape[0]!;
  const biasAt = (start: number): Tensor | null =>
    both ? inOrder(both.narrow(0, start, half), gates) : null;
  return { weightIh: weightIh!, weightHh: weightHh!, biasIh: biasAt(0), biasHh: biasAt(half) };
}

function inOrder(values: Tensor, gates: readonly number[]): Tensor {
  if (gates.length === 1) return values;
  const rows = values.shape[0]! / gates.length;
  return concat(
    gates.map((gate) => values.narrow(0, gate * rows, rows)),
    0,
  );
}

function scanRnn(
  input: Tensor,
  { weightIh, weightHh, biasIh, biasHh }: Weights,
  [start]: readonly (Tensor | null)[],
  activation: string,
): Scan {
  const projected = linear(input, weightIh, biasIh);
  let hidden = start ?? input.filledLike(0, [input.shape[0]!, weightHh.shape[1]!]);
  const outputs = Array.from({ length: input.shape[1]! }, (_, at) => {
    const total = projected.select(1, at).add(linear(hidden, weightHh, biasHh));
    hidden = activation === 'Tanh' ? total.tanh() : total.relu();
    return hidden;
  });
  return { output: stack(outputs, 1), states: [hidden] };
}
