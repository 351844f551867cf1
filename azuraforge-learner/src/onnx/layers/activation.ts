import type { ELU, GELU, Hardtanh, LeakyReLU, PReLU, Softplus } from '../../nn/activation.ts';
import type { LogSoftmax, Softmax } from '../../nn/softmax.ts';
import { checkValue, mayBe, onnxLayer } from '../graph-writer.ts';
import type { GraphWriter, OnnxLayer, OnnxLayers, Value } from '../graph-writer.ts';

/** A layer that one node without attributes stands for. */
const same = (op: string): OnnxLayer => onnxLayer((_, [input], graph) => graph.node(op, [input]));

/** A layer that does nothing when a model predicts. */
export const nothing: OnnxLayer = onnxLayer((_, [input]) => input);

export const activations: OnnxLayers = {
  ReLU: same('Relu'),
  Tanh: same('Tanh'),
  Sigmoid: same('Sigmoid'),
  GELU: onnxLayer<GELU>(({ approximate }, [input], graph) => writeGelu(graph, input, approximate)),
  LeakyReLU: onnxLayer<LeakyReLU>(({ negativeSlope }, [input], graph) =>
    graph.node('LeakyRelu', [input], { attributes: { alpha: { float: negativeSlope } } }),
  ),
  PReLU: onnxLayer<PReLU>(({ numParameters }, [input], graph) => {
    const slope = graph.parameter('weight');
    if (numParameters === 1) return graph.node('PRelu', [input, slope]);
    const takes = `[batch, ${numParameters}, ...]`;
    checkValue('PReLU', input, takes, mayBe(input.dimensions[1], numParameters));
    return graph.node('PRelu', [input, perChannel(graph, slope, input)]);
  }),
  ELU: onnxLayer<ELU>(({ alpha }, [input], graph) =>
    graph.node('Elu', [input], { attributes: { alpha: { float: alpha } } }),
  ),
  SELU: same('Selu'),
  SiLU: onnxLayer((_, [input], graph) => graph.node('Mul', [input, graph.node('Sigmoid', [input])])),
  Mish: onnxLayer((_, [input], graph) =>
    graph.node('Mul', [input, graph.node('Tanh', [graph.node('Softplus', [input])])]),
  ),
  Softplus: onnxLayer<Softplus>(({ beta, threshold }, [input], graph) => {
    const scaled = graph.node('Mul', [input, graph.float(beta)]);
    const curve = graph.node('Div', [graph.node('Softplus', [scaled]), graph.float(beta)]);
    const linear = graph.node('Greater', [scaled, graph.float(threshold)]);
    return { ...graph.node('Where', [linear, input, curve]), dimensions: input.dimensions };
  }),
  Softsign: same('Softsign'),
  LogSigmoid: onnxLayer((_, [input], graph) =>
    graph.node('Neg', [graph.node('Softplus', [graph.node('Neg', [input])])]),
  ),
  Hardtanh: onnxLayer<Hardtanh>(({ minVal, maxVal }, [input], graph) =>
    graph.node('Clip', [input, graph.float(minVal), graph.float(maxVal)]),
  ),
  ReLU6: onnxLayer((_, [input], graph) => graph.node('Clip', [input, graph.float(0), graph.float(6)])),
  Hardsigmoid: onnxLayer((_, [input], graph) =>
    graph.node('HardSigmoid', [input], { attributes: { alpha: { float: 1 / 6 }, beta: { float: 0.5 } } }),
  ),
  Hardswish: same('HardSwish'),
  Identity: nothing,
  Softmax: onnxLayer<Softmax>(({ dim }, [input], graph) => alongAxis(graph, 'Softmax', input, dim)),
  LogSoftmax: onnxLayer<LogSoftmax>(({ dim }, [input], graph) => alongAxis(graph, 'LogSoftmax', input, dim)),
};

function alongAxis(graph: GraphWriter, op: string, input: Value, axis: number): Value {
  const rank = input.dimensions.length;
  checkValue(op, input, `an input with an axis ${axis}`, axis >= -rank && axis < rank);
  return graph.node(op, [input], { attributes: { axis } });
}

/** ONNX has a node for it from opset 20 on only. */
export function writeGelu(graph: GraphWriter, input: Value, approximate: 'none' | 'tanh'): Value {
  const half = graph.node('Mul', [input, graph.float(0.5)]);
  return graph.node('Mul', [half, graph.node('Add', [bend(graph, input, approximate), graph.float(1)])]);
}

function bend(graph: GraphWriter, input: Value, approximate: 'none' | 'tanh'): Value {
  if (approximate === 'none')
    return graph.node('Erf', [graph.node('Mul', [input, graph.float(Math.SQRT1_2)])]);
  const cube = graph.node('Mul', [graph.node('Mul', [input, input]), input]);
  const sum = graph.node('Add', [input, graph.node('Mul', [cube, graph.float(0.044715)])]);
  return graph.node('Tanh', [graph.node('Mul', [sum, graph.float(Math.sqrt(2 / Math.PI))])]);
}

/** A number for each channel, in a shape that stretches over the axes behind axis 1. */
export function perChannel(graph: GraphWriter, values: Value, input: Value): Value {
  const behind = input.dimensions.slice(2).map(() => 1);
  return graph.node('Reshape', [values, graph.ints(-1, ...behind)]);
}
