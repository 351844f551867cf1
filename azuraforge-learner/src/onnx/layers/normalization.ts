import type { BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm } from '../../nn/normalization.ts';
import { checkValue, mayBe, onnxLayer } from '../graph-writer.ts';
import type { GraphWriter, OnnxLayers, Value } from '../graph-writer.ts';
import { perChannel } from './activation.ts';

const batchNorm = onnxLayer<BatchNorm1d | BatchNorm2d>(
  ({ numFeatures, eps, weight, runningMean }, [input], graph) => {
    checkChannels('BatchNorm', input, numFeatures);
    if (runningMean === null) {
      const even = writeStandardized(graph, input, eps);
      return weight ? writeAffine(graph, even) : even;
    }
    const affine = weight
      ? [graph.parameter('weight'), graph.parameter('bias')]
      : [graph.float(1, [numFeatures]), graph.float(0, [numFeatures])];
    const statistics = [graph.parameter('running_mean'), graph.parameter('running_var')];
    return graph.node('BatchNormalization', [input, ...affine, ...statistics], {
      attributes: { epsilon: { float: eps } },
    });
  },
);

export const normalizations: OnnxLayers = {
  LayerNorm: onnxLayer<LayerNorm>(({ normalizedShape, eps, weight }, [input], graph) => {
    const ending = input.dimensions.slice(-normalizedShape.length);
    const takes = `[..., ${normalizedShape.join(', ')}]`;
    const fits = normalizedShape.every((length, axis) => mayBe(ending[axis], length));
    checkValue('LayerNorm', input, takes, fits);
    const affine = weight
      ? [graph.parameter('weight'), graph.parameter('bias')]
      : [graph.float(1, normalizedShape)];
    return graph.node('LayerNormalization', [input, ...affine], {
      attributes: { axis: -normalizedShape.length, epsilon: { float: eps } },
    });
  }),
  GroupNorm: onnxLayer<GroupNorm>(({ numGroups, numChannels, eps, weight }, [input], graph) => {
    checkChannels('GroupNorm', input, numChannels);
    const groups = graph.node('Reshape', [input, graph.ints(0, numGroups, -1)]);
    const even = graph.node(
      'InstanceNormalization',
      [groups, graph.float(1, [numGroups]), graph.float(0, [numGroups])],
      { attributes: { epsilon: { float: eps } } },
    );
    const output = graph.node('Reshape', [even, graph.shapeOf(input, 0)], { dimensions: input.dimensions });
    return weight ? writeAffine(graph, output) : output;
  }),
  BatchNorm1d: batchNorm,
  BatchNorm2d: batchNorm,
};

/** By the batch's own mean and variance, which ONNX has no node for outside training. */
function writeStandardized(graph: GraphWriter, input: Value, eps: number): Value {
  const axes = input.dimensions.map((_, axis) => axis).filter((axis) => axis !== 1);
  const mean = (value: Value): Value =>
    graph.node('ReduceMean', [value], { attributes: { axes, keepdims: 1 } });
  const distance = graph.node('Sub', [input, mean(input)]);
  const variance = mean(graph.node('Mul', [distance, distance]));
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.float(eps)])]);
  return graph.node('Div', [distance, deviation]);
}

function writeAffine(graph: GraphWriter, input: Value): Value {
  const [weight, bias] = ['weight', 'bias'].map((name) => perChannel(graph, graph.parameter(name), input));
  return graph.node('Add', [graph.node('Mul', [input, weight!]), bias!]);
}

function checkChannels(layer: string, input: Value, channels: number): void {
  checkValue(layer, input, `[batch, ${channels}, ...]`, mayBe(input.dimensions[1], channels));
}
