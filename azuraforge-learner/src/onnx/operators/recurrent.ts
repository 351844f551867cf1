import { concat, stack } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { SequenceLengths } from '../../nn/recurrent/lengths.ts';
import { scanGru, scanLstm, scanRelu, scanTanh } from '../../nn/recurrent/scan.ts';
import type { CellWeights, ScanBatch } from '../../nn/recurrent/scan.ts';
import type { OnnxNode } from '../node.ts';
import { operator } from '../operator.ts';
import type { Operands, Operator, Operators } from '../operator.ts';

interface Kind {
  /** Which of ONNX's gates stands at each place in torch. */
  gates: readonly number[];
  /** By the activations that a node may have; the first are those of a node that names none. */
  scans: Readonly<Record<string, ScanBatch>>;
  /** The places of the initial states among the inputs. */
  starts: readonly number[];
  attributes: readonly string[];
  check(node: OnnxNode): void;
}

const SHARED = ['hidden_size', 'direction', 'activations', 'layout'];
const DIRECTIONS = ['forward', 'reverse', 'bidirectional'];

export const recurrentOperators: Operators = {
  RNN: recurrent({
    gates: [0],
    scans: { Tanh: scanTanh, Relu: scanRelu },
    starts: [5],
    attributes: [],
    check: () => undefined,
  }),
  GRU: recurrent({
    gates: [1, 0, 2],
    scans: { 'Sigmoid,Tanh': scanGru },
    starts: [5],
    attributes: ['linear_before_reset'],
    check: (node) => node.requireInt('linear_before_reset', 0, 1),
  }),
  LSTM: recurrent({
    gates: [0, 2, 3, 1],
    scans: { 'Sigmoid,Tanh,Tanh': scanLstm },
    starts: [5, 6],
    attributes: ['input_forget'],
    check: (node) => node.requireInt('input_forget', 0, 0),
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
    if (operands.has(7)) throw node.error('is given peepholes, which cannot be imported. Export it without.');
    const padded = operands.tensor(0).transpose(0, 1);
    const counts = operands.optional(4);
    const lengths = counts && new SequenceLengths(node.op, counts, padded);
    const input = lengths?.zeroBeyond(padded) ?? padded;
    const scans = (direction === 'bidirectional' ? ['forward', 'reverse'] : [direction]).map((way, at) => {
      const turn = (values: Tensor): Tensor => {
        if (way !== 'reverse') return values;
        return lengths?.reverse(values) ?? values.flip([1]);
      };
      const scan = scanOf(node, kind, at);
      const weights = weightsOf(operands, kind, at);
      const { output, states } = scan(turn(input), weights, startOf(operands, kind, at), lengths);
      const turned = turn(output);
      return { output: (lengths?.zeroBeyond(turned) ?? turned).transpose(0, 1), states };
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

function scanOf(node: OnnxNode, { scans }: Kind, direction: number): ScanBatch {
  const known = Object.keys(scans);
  const given = node.texts('activations');
  if (given === null) return scans[known[0]!]!;
  const length = known[0]!.split(',').length;
  const own = given.slice(direction * length, (direction + 1) * length).join();
  if (Object.hasOwn(scans, own)) return scans[own]!;
  throw node.unsupported('activations', given.join(), known.join(' or '));
}

/** The initial states [batch, hidden]; one that is left out beside another is zero. */
function startOf(operands: Operands, { starts }: Kind, direction: number): Tensor[] | null {
  const given = starts.map((at) => operands.optional(at)?.select(0, direction) ?? null);
  const known = given.find((state) => state !== null);
  return known ? given.map((state) => state ?? known.filledLike(0)) : null;
}

function weightsOf(operands: Operands, { gates }: Kind, direction: number): CellWeights {
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
