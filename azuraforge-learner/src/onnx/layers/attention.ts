import type { Attention } from '../../nn/attention.ts';
import type { Linear } from '../../nn/linear.ts';
import type { Module } from '../../nn/module.ts';
import type { MultiHeadAttention } from '../../nn/multi-head-attention.ts';
import type { TransformerDecoder, TransformerDecoderLayer } from '../../nn/transformer-decoder.ts';
import type { TransformerEncoder, TransformerEncoderLayer } from '../../nn/transformer-encoder.ts';
import { checkValue, mayBe, onnxLayer } from '../graph-writer.ts';
import type { GraphWriter, OnnxLayers, Value } from '../graph-writer.ts';
import { ONNX_TYPE } from '../tensor-proto.ts';
import { writeGelu } from './activation.ts';

/** A last input of layers of self-attention is a mask, which is added to the scores and stretches over their shape. */
export const attentions: OnnxLayers = {
  Attention: onnxLayer<Attention>(({ isCausal }, [query, key = query, value = key], graph) => {
    const lengths = (): Value[] => [query, key].map((input) => graph.shapeOf(input, -2, -1));
    return attend(graph, query, key, value, isCausal ? writeCausalMask(graph, lengths()) : null);
  }),
  MultiHeadAttention: onnxLayer<MultiHeadAttention>(
    (layer, [query, key = query, value = key, mask], graph) => {
      const { embedDim, numHeads, inProjBias, outProj } = layer;
      const weights = graph.split('Split', [graph.parameter('in_proj_weight')], 3, {
        attributes: { axis: 0 },
      });
      const biases = inProjBias
        ? graph.split('Split', [graph.parameter('in_proj_bias')], 3, { attributes: { axis: 0 } })
        : null;
      const heads = [query, key, value].map((input, part) => {
        checkWidth('MultiHeadAttention', input, embedDim);
        const projected = project(graph, input, weights[part]!, biases?.[part] ?? null, embedDim);
        const shape = graph.ints(0, 0, numHeads, embedDim / numHeads);
        const split = graph.node('Reshape', [projected, shape], { dimensions: [null, null, null, null] });
        return graph.node('Transpose', [split], { attributes: { perm: [0, 2, 1, 3] } });
      }) as [Value, Value, Value];
      const output = attend(graph, ...heads, mask ?? null);
      const turned = graph.node('Transpose', [output], { attributes: { perm: [0, 2, 1, 3] } });
      const joined = graph.node('Reshape', [turned, graph.ints(0, 0, embedDim)], {
        dimensions: query.dimensions,
      });
      return graph.layer('out_proj', outProj, joined);
    },
  ),
  TransformerEncoderLayer: onnxLayer<TransformerEncoderLayer>((layer, [src, ...mask], graph) => {
    checkWidth('TransformerEncoderLayer', src, layer.dModel);
    return addParts(graph, layer, src, [
      (values) => graph.layer('self_attn', layer.selfAttn, values, values, values, ...mask),
      (values) => feedForward(graph, layer, values),
    ]);
  }),
  TransformerEncoder: onnxLayer<TransformerEncoder>((stack, [src, ...mask], graph) =>
    writeStack(graph, stack, src, ...mask),
  ),
  TransformerDecoderLayer: onnxLayer<TransformerDecoderLayer>((layer, [tgt, memory], graph) => {
    checkWidth('TransformerDecoderLayer: tgt', tgt, layer.dModel);
    const given = memory ?? { ...tgt, dimensions: [] };
    checkWidth('TransformerDecoderLayer: the second input, memory,', given, layer.dModel);
    return addParts(graph, layer, tgt, [
      (values) => graph.layer('self_attn', layer.selfAttn, values),
      (values) => graph.layer('multihead_attn', layer.multiheadAttn, values, given),
      (values) => feedForward(graph, layer, values),
    ]);
  }),
  TransformerDecoder: onnxLayer<TransformerDecoder>((stack, [tgt, ...memory], graph) =>
    writeStack(graph, stack, tgt, ...memory),
  ),
};

/** input · weightᵀ + bias */
export function project(
  graph: GraphWriter,
  input: Value,
  weight: Value,
  bias: Value | null,
  width: number,
): Value {
  const dimensions = [...input.dimensions.slice(0, -1), width];
  const turned = graph.node('Transpose', [weight], { attributes: { perm: [1, 0] } });
  const product = graph.node('MatMul', [input, turned], { dimensions });
  return bias ? graph.node('Add', [product, bias]) : product;
}

/** softmax(query · keyᵀ / √width + mask) · value over the last two axes. */
function attend(graph: GraphWriter, query: Value, key: Value, value: Value, mask: Value | null): Value {
  const rank = query.dimensions.length;
  const axes = query.dimensions.map((_, axis) => axis);
  const fits = rank >= 2 && [key, value].every(({ dimensions }) => dimensions.length === rank);
  checkValue('Attention', query, '[..., queries, width], and key and value with as many axes', fits);
  const perm = [...axes.slice(0, -2), rank - 1, rank - 2];
  const turned = graph.node('Transpose', [key], { attributes: { perm } });
  const product = graph.node('MatMul', [graph.node('Mul', [query, scaleOf(graph, query)]), turned]);
  const scores = mask ? graph.node('Add', [product, mask]) : product;
  const weights = graph.node('Softmax', [scores], { attributes: { axis: -1 } });
  const dimensions = [...query.dimensions.slice(0, -1), value.dimensions.at(-1)!];
  return graph.node('MatMul', [weights, value], { dimensions });
}

function scaleOf(graph: GraphWriter, query: Value): Value {
  const width = query.dimensions.at(-1);
  if (typeof width === 'number') return graph.float(1 / Math.sqrt(width));
  const known = graph.node('Cast', [graph.shapeOf(query, -1)], { attributes: { to: ONNX_TYPE.float32 } });
  return graph.node('Pow', [known, graph.float(-0.5)]);
}

/** 0 where query i sees key j, which is when j ≤ i, and −∞ elsewhere: [queries, keys], whose lengths are given. */
export function writeCausalMask(graph: GraphWriter, lengths: readonly Value[]): Value {
  const shape = graph.node('Concat', lengths, { attributes: { axis: 0 } });
  const hidden = graph.node('Expand', [graph.float(-Infinity), shape]);
  return graph.node('Trilu', [hidden, graph.constant({ type: 'int64', shape: [], values: [1] })], {
    attributes: { upper: 1 },
  });
}

type TransformerLayer = TransformerEncoderLayer | TransformerDecoderLayer;

function addParts(
  graph: GraphWriter,
  { norms, options }: TransformerLayer,
  input: Value,
  parts: readonly ((values: Value) => Value)[],
): Value {
  return parts.reduce((values, part, index) => {
    const norm = (given: Value): Value => graph.layer(`norm${index + 1}`, norms[index]!, given);
    if (options.normFirst) return graph.node('Add', [values, part(norm(values))]);
    return norm(graph.node('Add', [values, part(values)]));
  }, input);
}

function feedForward(graph: GraphWriter, layer: TransformerLayer, input: Value): Value {
  const inside: Record<string, Module> = Object.fromEntries(layer.children());
  const hidden = graph.layer('linear1', inside['linear1'] as Linear, input);
  const bent =
    layer.options.activation === 'relu' ? graph.node('Relu', [hidden]) : writeGelu(graph, hidden, 'none');
  return graph.layer('linear2', inside['linear2'] as Linear, bent);
}

function writeStack(
  graph: GraphWriter,
  { layers, norm }: TransformerEncoder | TransformerDecoder,
  input: Value,
  ...more: Value[]
): Value {
  const output = layers.reduce(
    (values: Value, layer: Module, at: number) => graph.layer(`layers.${at}`, layer, values, ...more),
    input,
  );
  return norm ? graph.layer('norm', norm, output) : output;
}

function checkWidth(layer: string, input: Value, width: number): void {
  const { dimensions } = input;
  checkValue(layer, input, `[batch, time, ${width}]`, dimensions.length === 3 && mayBe(dimensions[2], width));
}
