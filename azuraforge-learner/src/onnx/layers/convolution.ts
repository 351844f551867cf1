import type { Lengths2d } from 'azuraforge-core';
import type { Conv1d, Conv2d, ConvTranspose2d } from '../../nn/convolution.ts';
import type { Flatten } from '../../nn/flatten.ts';
import type { AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d } from '../../nn/pool.ts';
import { perAxis } from '../../nn/window.ts';
import { ArgumentError } from '../../error.ts';
import { checkValue, mayBe, onnxLayer } from '../graph-writer.ts';
import type { Dimension, GraphWriter, OnnxLayer, OnnxLayers, Value } from '../graph-writer.ts';

interface Window {
  kernel: number[];
  strides: number[];
  dilations: number[];
  /** Zeros before each axis, then behind each. */
  pads: number[];
}

export const convolutions: OnnxLayers = {
  Conv1d: onnxLayer<Conv1d>((layer, [input], graph) => writeConvolution(graph, layer, input, 1)),
  Conv2d: onnxLayer<Conv2d>((layer, [input], graph) => writeConvolution(graph, layer, input, 2)),
  ConvTranspose2d: onnxLayer<ConvTranspose2d>((layer, [input], graph) => {
    const { inChannels, outChannels, kernelSize, stride, padding, outputPadding, dilation, groups } = layer;
    checkPlanes('ConvTranspose2d', input, 2, inChannels);
    const padded = perAxis(padding, 2);
    return graph.node('ConvTranspose', [input, ...weightsOf(graph, layer)], {
      attributes: {
        kernel_shape: perAxis(kernelSize, 2),
        strides: perAxis(stride, 2),
        dilations: perAxis(dilation, 2),
        pads: [...padded, ...padded],
        output_padding: perAxis(outputPadding, 2),
        group: groups,
      },
      dimensions: [input.dimensions[0]!, outChannels, null, null],
    });
  }),
  MaxPool1d: pooling('MaxPool', 1),
  MaxPool2d: pooling('MaxPool', 2),
  AvgPool1d: pooling('AveragePool', 1),
  AvgPool2d: pooling('AveragePool', 2),
  Flatten: onnxLayer<Flatten>(({ startDim, endDim }, [input], graph) => {
    const { dimensions } = input;
    const rank = dimensions.length;
    const [start, end] = [startDim, endDim].map((dim) => (dim < 0 ? dim + rank : dim)) as [number, number];
    checkValue('Flatten', input, `axes ${startDim} to ${endDim}`, start >= 0 && start <= end && end < rank);
    const joined = dimensions.slice(start, end + 1);
    const shape = [
      ...(start > 0 ? [graph.shapeOf(input, 0, start)] : []),
      graph.ints(-1),
      ...(end + 1 < rank ? [graph.shapeOf(input, end + 1)] : []),
    ];
    const target = graph.node('Concat', shape, { attributes: { axis: 0 } });
    return graph.node('Reshape', [input, target], {
      dimensions: [...dimensions.slice(0, start), productOf(joined), ...dimensions.slice(end + 1)],
    });
  }),
};

function writeConvolution(graph: GraphWriter, layer: Conv1d | Conv2d, input: Value, axes: 1 | 2): Value {
  const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups } = layer;
  checkPlanes(`Conv${axes}d`, input, axes, inChannels);
  const [kernel, strides, dilations] = [kernelSize, stride, dilation].map((each) => perAxis(each, axes)) as [
    number[],
    number[],
    number[],
  ];
  const pads =
    padding === 'same' ? keepingPads(kernel, dilations) : twice(padding === 'valid' ? 0 : padding, axes);
  return graph.node('Conv', [input, ...weightsOf(graph, layer)], {
    attributes: { kernel_shape: kernel, strides, dilations, pads, group: groups },
    dimensions: slide(input, outChannels, { kernel, strides, dilations, pads }, Math.floor),
  });
}

function pooling(op: 'MaxPool' | 'AveragePool', axes: 1 | 2): OnnxLayer {
  return onnxLayer<MaxPool1d | MaxPool2d | AvgPool1d | AvgPool2d>(
    ({ kernelSize, options }, [input], graph) => {
      checkPlanes(op, input, axes);
      const { stride = kernelSize, padding = 0, ceilMode = false } = options;
      const [kernel, strides] = [perAxis(kernelSize, axes), perAxis(stride, axes)];
      const dilations = perAxis('dilation' in options ? (options.dilation ?? 1) : 1, axes);
      const pads = twice(padding, axes);
      const counts = 'countIncludePad' in options ? (options.countIncludePad ?? true) : true;
      const own: Record<string, number | number[]> =
        op === 'MaxPool' ? { dilations } : { count_include_pad: counts ? 1 : 0 };
      return graph.node(op, [input], {
        attributes: { kernel_shape: kernel, strides, pads, ceil_mode: ceilMode ? 1 : 0, ...own },
        dimensions: slide(
          input,
          input.dimensions[1]!,
          { kernel, strides, dilations, pads },
          ceilMode ? () => null : Math.floor,
        ),
      });
    },
  );
}

function weightsOf(graph: GraphWriter, { bias }: { bias: unknown }): Value[] {
  return bias === null ? [graph.parameter('weight')] : [graph.parameter('weight'), graph.parameter('bias')];
}

function checkPlanes(layer: string, input: Value, axes: 1 | 2, channels?: number): void {
  const sizes = axes === 1 ? 'length' : 'height, width';
  const fits = channels === undefined || mayBe(input.dimensions[1], channels);
  checkValue(
    layer,
    input,
    `[batch, ${channels ?? 'channels'}, ${sizes}]`,
    fits && input.dimensions.length === axes + 2,
  );
}

function twice(padding: Lengths2d, axes: 1 | 2): number[] {
  return [...perAxis(padding, axes), ...perAxis(padding, axes)];
}

/** As many zeros as keep the size of a plane, an odd one behind it. */
function keepingPads(kernel: readonly number[], dilations: readonly number[]): number[] {
  const totals = kernel.map((length, axis) => dilations[axis]! * (length - 1));
  return [...totals.map((total) => total >> 1), ...totals.map((total) => total - (total >> 1))];
}

/** The output of a window that moves over planes. */
function slide(
  input: Value,
  channels: Dimension,
  { kernel, strides, dilations, pads }: Window,
  round: (places: number) => number | null,
): Dimension[] {
  const lengths = input.dimensions.slice(2).map((length, axis) => {
    if (typeof length !== 'number') return null;
    const padded = length + pads[axis]! + pads[axis + kernel.length]!;
    const covered = dilations[axis]! * (kernel[axis]! - 1) + 1;
    if (padded < covered) {
      throw new ArgumentError(`A window of ${covered} is longer than its input with the padding, ${padded}.`);
    }
    return round((padded - covered) / strides[axis]! + 1);
  });
  return [input.dimensions[0]!, channels, ...lengths];
}

function productOf(dimensions: readonly Dimension[]): Dimension {
  if (dimensions.length === 1) return dimensions[0]!;
  return dimensions.reduce((product, length) =>
    typeof product === 'number' && typeof length === 'number' ? product * length : null,
  )!;
}
