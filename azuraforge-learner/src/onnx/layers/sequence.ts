import type { DType } from 'azuraforge-core';
import type { Embedding } from '../../nn/embedding.ts';
import type { GRU } from '../../nn/gru.ts';
import type { LSTM } from '../../nn/lstm.ts';
import type {
  LearnedPositionalEncoding,
  SinusoidalPositionalEncoding,
} from '../../nn/positional-encoding.ts';
import type { RNN } from '../../nn/rnn.ts';
import type { SequenceEncoder } from '../../nn/sequence-encoder.ts';
import type { TableEmbedding } from '../../nn/table-embedding.ts';
import { checkValue, mayBe, onnxLayer } from '../graph-writer.ts';
import type { Dimension, GraphWriter, OnnxLayers, Value } from '../graph-writer.ts';
import { ONNX_TYPE } from '../tensor-proto.ts';

export const sequences: OnnxLayers = {
  Embedding: onnxLayer<Embedding>(({ embeddingDim }, [input], graph) => {
    checkValue('Embedding', input, 'indices of int32', input.dtype === 'int32');
    return graph.node('Gather', [graph.parameter('weight'), input], {
      attributes: { axis: 0 },
      dimensions: [...input.dimensions, embeddingDim],
    });
  }),
  TableEmbedding: onnxLayer<TableEmbedding>(({ numeric, embeddings }, [input], graph) => {
    const { dimensions } = input;
    const width = numeric + embeddings.length;
    const takes = `[batch, ${width}] of float32`;
    const fits = dimensions.length === 2 && mayBe(dimensions[1], width) && input.dtype === 'float32';
    checkValue('TableEmbedding', input, takes, fits);
    const [axis, rows] = [{ axis: 1 }, dimensions[0]!];
    const embedded = embeddings.map((embedding, at) => {
      const column = graph.constant({ type: 'int64', shape: [], values: [numeric + at] });
      const values = graph.node('Gather', [input, column], { attributes: axis, dimensions: [rows] });
      return graph.layer(`embeddings.${at}`, embedding, graph.cast(values, 'int32'));
    });
    const passed =
      numeric > 0 ? [graph.node('Slice', [input, graph.ints(0), graph.ints(numeric), graph.ints(1)])] : [];
    const widths = embeddings.map(({ embeddingDim }) => embeddingDim);
    const total = widths.reduce((sum, each) => sum + each, numeric);
    return graph.node('Concat', [...passed, ...embedded], { attributes: axis, dimensions: [rows, total] });
  }),
  RNN: onnxLayer<RNN>((layer, [input], graph) => {
    const activation = layer.nonlinearity === 'tanh' ? 'Tanh' : 'Relu';
    const attributes = { activations: layer.bidirectional ? [activation, activation] : [activation] };
    return writeRecurrent(graph, layer, input, { op: 'RNN', gates: [0], attributes });
  }),
  // ONNX has the gates input, output, forget, cell; torch input, forget, cell, output.
  LSTM: onnxLayer<LSTM>((layer, [input], graph) =>
    writeRecurrent(graph, layer, input, { op: 'LSTM', gates: [0, 3, 1, 2], attributes: {} }),
  ),
  GRU: onnxLayer<GRU>((layer, [input], graph) => writeRecurrent(graph, layer, input, GRU_KIND)),
  SequenceEncoder: onnxLayer<SequenceEncoder>(({ embedding, gru, paddingIdx }, [tokens], graph) => {
    checkTokens('SequenceEncoder', tokens);
    const [batch] = tokens.dimensions as [Dimension];
    const counts = writeTokenMask(graph, tokens, paddingIdx, 'int32');
    const steps = graph.node('ReduceSum', [counts, graph.ints(1)], { attributes: { keepdims: 0 } });
    // Of padding alone one step counts, as in the layer.
    const lengths = graph.node('Max', [steps, graph.int(1)]);
    const embedded = graph.layer('embedding', embedding, tokens);
    const { hidden } = writeScan(graph, gru, timeFirst(graph, embedded), GRU_KIND, {
      prefix: 'gru.',
      lengths,
    });
    // [directions, batch, hidden] → [batch, directions · hidden]
    const width = (gru.bidirectional ? 2 : 1) * gru.hiddenSize;
    return graph.node('Reshape', [timeFirst(graph, hidden), graph.ints(0, width)], {
      dimensions: [batch, width],
    });
  }),
  LastStep: onnxLayer((_, [input], graph) => {
    const { dimensions } = input;
    checkValue('LastStep', input, '[batch, time, features]', dimensions.length === 3);
    const last = graph.constant({ type: 'int64', shape: [], values: [-1] });
    const attributes = { axis: 1 };
    return graph.node('Gather', [input, last], { attributes, dimensions: [dimensions[0]!, dimensions[2]!] });
  }),
  SinusoidalPositionalEncoding: onnxLayer<SinusoidalPositionalEncoding>(({ dModel }, [input], graph) => {
    checkSteps('SinusoidalPositionalEncoding', input, dModel);
    return graph.node('Add', [input, writeSinusoids(graph, input, dModel)]);
  }),
  LearnedPositionalEncoding: onnxLayer<LearnedPositionalEncoding>(({ dModel }, [input], graph) => {
    checkSteps('LearnedPositionalEncoding', input, dModel);
    const range = [graph.ints(0), graph.shapeOf(input, 1, 2), graph.ints(0)];
    return graph.node('Add', [input, graph.node('Slice', [graph.parameter('weight'), ...range])]);
  }),
};

interface Kind {
  op: string;
  /** Which of torch's gates stands at each place in ONNX. */
  gates: readonly number[];
  attributes: Readonly<Record<string, number | readonly string[]>>;
}

/** ONNX has the gates update, reset, new; torch reset, update, new. */
const GRU_KIND: Kind = { op: 'GRU', gates: [1, 0, 2], attributes: { linear_before_reset: 1 } };

/** One node for each layer on top of another. */
function writeRecurrent(graph: GraphWriter, layer: RNN | LSTM | GRU, input: Value, kind: Kind): Value {
  const { inputSize, hiddenSize, numLayers, bidirectional } = layer;
  checkSteps(kind.op, input, inputSize);
  const width = (bidirectional ? 2 : 1) * hiddenSize;
  const [batch, steps] = input.dimensions as [Dimension, Dimension];
  let sequence = timeFirst(graph, input);
  for (let at = 0; at < numLayers; at++) {
    const { output } = writeScan(graph, layer, sequence, kind, { at });
    // [time, directions, batch, hidden] → [time, batch, directions · hidden]
    const turned = graph.node('Transpose', [output], { attributes: { perm: [0, 2, 1, 3] } });
    sequence = graph.node('Reshape', [turned, graph.ints(0, 0, width)]);
  }
  return graph.node('Transpose', [sequence], {
    attributes: { perm: [1, 0, 2] },
    dimensions: [batch, steps, width],
  });
}

/** [batch, time, …] → [time, batch, …], and back. */
function timeFirst(graph: GraphWriter, input: Value): Value {
  return graph.node('Transpose', [input], { attributes: { perm: [1, 0, 2] } });
}

interface ScanOptions {
  /** Which of the layers on top of each other. Default: the first. */
  at?: number;
  /** Before the names of the weights. */
  prefix?: string;
  /** How many steps of each sequence count: int32 [batch]. Default: all. */
  lengths?: Value | null;
}

/**
 * All outputs [time, directions, batch, hidden] and last states [directions, batch, hidden]. The weights stay as torch has
 * them and are brought into the order of ONNX by nodes of constants, which a runtime folds when it loads the model.
 */
function writeScan(
  graph: GraphWriter,
  { hiddenSize, bias, bidirectional }: RNN | LSTM | GRU,
  sequence: Value,
  { op, gates, attributes }: Kind,
  { at = 0, prefix = '', lengths = null }: ScanOptions = {},
): { output: Value; hidden: Value } {
  const suffixes = bidirectional ? ['', '_reverse'] : [''];
  const ordered = (name: string): Value => {
    const each = suffixes.map((suffix) => {
      return inOrder(graph, graph.parameter(`${prefix}${name}_l${at}${suffix}`), gates);
    });
    return joinDirections(graph, each);
  };
  const biases = bias
    ? graph.node('Concat', [ordered('bias_ih'), ordered('bias_hh')], { attributes: { axis: 1 } })
    : null;
  const given = [sequence, ordered('weight_ih'), ordered('weight_hh'), biases, lengths];
  const direction = bidirectional ? 'bidirectional' : 'forward';
  const [output, hidden] = graph.split(op, given, 2, {
    attributes: { hidden_size: hiddenSize, direction, ...attributes },
  });
  return { output: output!, hidden: hidden! };
}

function inOrder(graph: GraphWriter, weights: Value, gates: readonly number[]): Value {
  if (gates.length === 1) return weights;
  const parts = graph.split('Split', [weights], gates.length, { attributes: { axis: 0 } });
  return graph.node(
    'Concat',
    gates.map((gate) => parts[gate]!),
    { attributes: { axis: 0 } },
  );
}

function joinDirections(graph: GraphWriter, directions: readonly Value[]): Value {
  const stacked = directions.map((each) => graph.node('Unsqueeze', [each, graph.ints(0)]));
  return stacked.length === 1 ? stacked[0]! : graph.node('Concat', stacked, { attributes: { axis: 0 } });
}

/** In float64, as the layer has them: in float32 the angles of far positions would be off. */
function writeSinusoids(graph: GraphWriter, input: Value, dModel: number): Value {
  const features = Array.from({ length: dModel }, (_, feature) => feature);
  const double = (values: number[]): Value => graph.constant({ type: 'float64', shape: [dModel], values });
  const scalar = (value: number): Value => graph.constant({ type: 'int64', shape: [], values: [value] });
  const steps = graph.node('Squeeze', [graph.shapeOf(input, 1, 2)]);
  const positions = graph.node('Cast', [graph.node('Range', [scalar(0), steps, scalar(1)])], {
    attributes: { to: ONNX_TYPE.float64 },
  });
  const column = graph.node('Unsqueeze', [positions, graph.ints(1)]);
  const rates = double(features.map((feature) => 1 / 10_000 ** ((feature - (feature % 2)) / dModel)));
  const angles = graph.node('Mul', [column, rates]);
  const half = graph.constant({ type: 'float64', shape: [], values: [0.5] });
  const isSine = graph.node('Less', [double(features.map((feature) => feature % 2)), half]);
  const waves = graph.node('Where', [isSine, graph.node('Sin', [angles]), graph.node('Cos', [angles])]);
  return graph.node('Cast', [waves], { attributes: { to: ONNX_TYPE.float32 } });
}

/** 1 for each token that counts and 0 for padding. */
export function writeTokenMask(graph: GraphWriter, tokens: Value, padding: number, dtype: DType): Value {
  return graph.cast(graph.node('Not', [graph.node('Equal', [tokens, graph.int(padding)])]), dtype);
}

export function checkTokens(layer: string, input: Value): void {
  const fits = input.dimensions.length === 2 && input.dtype === 'int32';
  checkValue(layer, input, '[batch, time] of int32', fits);
}

function checkSteps(layer: string, input: Value, width: number): void {
  const { dimensions } = input;
  checkValue(layer, input, `[batch, time, ${width}]`, dimensions.length === 3 && mayBe(dimensions[2], width));
}
