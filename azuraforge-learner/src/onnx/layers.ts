import type { Linear } from '../nn/linear.ts';
import type { Residual } from '../nn/residual.ts';
import type { Sequential } from '../nn/sequential.ts';
import { checkValue, mayBe, onnxLayer } from './graph-writer.ts';
import type { OnnxLayers, Value } from './graph-writer.ts';
import { activations, nothing } from './layers/activation.ts';
import { attentions, project } from './layers/attention.ts';
import { convolutions } from './layers/convolution.ts';
import { normalizations } from './layers/normalization.ts';
import { onnxGraph } from './layers/onnx-graph.ts';
import { sequences } from './layers/sequence.ts';
import { texts } from './layers/text.ts';

/** Layer type → the nodes that compute what it predicts. Extend it with your own: `{ ...onnxLayers, Mine: onnxLayer(…) }`. */
export const onnxLayers: OnnxLayers = {
  Linear: onnxLayer<Linear>(({ inFeatures, outFeatures, bias }, [input], graph) => {
    const { dimensions } = input;
    checkValue('Linear', input, `[..., ${inFeatures}] of float32`, mayBe(dimensions.at(-1), inFeatures));
    const own = graph.parameter('weight');
    const offset = bias ? graph.parameter('bias') : null;
    if (dimensions.length !== 2) return project(graph, input, own, offset, outFeatures);
    return graph.node('Gemm', offset ? [input, own, offset] : [input, own], {
      attributes: { transB: 1 },
      dimensions: [dimensions[0]!, outFeatures],
    });
  }),
  ...convolutions,
  ...sequences,
  ...attentions,
  ...texts,
  ...normalizations,
  ...activations,
  OnnxGraph: onnxGraph,
  Dropout: nothing,
  Residual: onnxLayer<Residual>(({ inner, shortcut }, [input], graph) => {
    const through = graph.layer('inner', inner, input);
    return graph.node('Add', [through, shortcut ? graph.layer('shortcut', shortcut, input) : input]);
  }),
  Sequential: onnxLayer<Sequential>((layer, [input], graph) =>
    layer.children().reduce((values, [name, each]) => graph.layer(name, each, values), input as Value),
  ),
};
