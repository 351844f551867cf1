import type { Branches } from '../nn/branches.ts';
import type { Linear } from '../nn/linear.ts';
import type { Module, Named } from '../nn/module.ts';
import type { Residual } from '../nn/residual.ts';
import type { Sequential } from '../nn/sequential.ts';
import { ArgumentError } from '../error.ts';
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
  Sequential: onnxLayer<Sequential>((layer, inputs, graph) => {
    const [[first, begin], ...rest] = layer.children() as [Named<Module>, ...Named<Module>[]];
    return rest.reduce(
      (values, [name, each]) => graph.layer(name, each, values),
      graph.layer(first, begin, ...inputs),
    );
  }),
  Branches: onnxLayer<Branches>((layer, inputs, graph) => {
    const branches = layer.children();
    if (inputs.length !== branches.length) {
      const names = branches.map(([name]) => name).join(', ');
      throw new ArgumentError(
        `Branches takes an input for each of ${names} and would be given ${inputs.length}.`,
      );
    }
    const outputs = branches.map(([name, branch], at) => {
      const output = graph.layer(name, branch, inputs[at]!);
      checkValue('Branches', output, `[batch, width] from ${name}`, output.dimensions.length === 2);
      return output;
    });
    const widths = outputs.map(({ dimensions }) => dimensions[1]!);
    const width = widths.every((each) => typeof each === 'number')
      ? widths.reduce((sum, each) => sum + each, 0)
      : null;
    return graph.node('Concat', outputs, {
      attributes: { axis: 1 },
      dimensions: [outputs[0]!.dimensions[0]!, width],
    });
  }),
};
