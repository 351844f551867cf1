import type { Branches } from '../nn/branches.ts';
import type { Linear } from '../nn/linear.ts';
import type { Module, Named } from '../nn/module.ts';
import type { Residual } from '../nn/residual.ts';
import type { Sequential } from '../nn/sequential.ts';
import { checkValue, mayBe, onnxLayer } from './graph-writer.ts';
import type { OnnxLayers } from './graph-writer.ts';
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
  Branches: onnxLayer<Branches>((layer, inputs, graph) => {
    const outputs = layer.children().map(([name, branch], at) => graph.layer(name, branch, inputs[at]!));
    const total = outputs.reduce<number | null>((sum, { dimensions: [, width] }) => {
      return sum === null || typeof width !== 'number' ? null : sum + width;
    }, 0);
    return graph.node('Concat', outputs, {
      attributes: { axis: 1 },
      dimensions: [outputs[0]!.dimensions[0]!, total],
    });
  }),
  Sequential: onnxLayer<Sequential>((layer, inputs, graph) => {
    const [[name, first], ...rest] = layer.children() as [Named<Module>, ...Named<Module>[]];
    const start = graph.layer(name, first, ...inputs);
    return rest.reduce((values, [own, each]) => graph.layer(own, each, values), start);
  }),
};
