import type { DType } from 'azuraforge-core';
import { ArgumentError } from './error.ts';
import { readState } from './nn/state.ts';
import type { Module } from './nn/module.ts';
import { GraphWriter } from './onnx/graph-writer.ts';
import type { OnnxLayers, Value } from './onnx/graph-writer.ts';
import { onnxLayers } from './onnx/layers.ts';
import { ARCHITECTURE_KEY, UNUSED_STATE_KEY } from './onnx/metadata.ts';
import { encodeModel } from './onnx/schema.ts';
import type { Draft, ValueInfoProto } from './onnx/schema.ts';
import { ONNX_TYPE } from './onnx/tensor-proto.ts';
import { VERSION } from './version.ts';

/** What a model is called with. */
export interface OnnxInput {
  /** Default `input`. */
  name?: string;
  /** A text names an axis whose length may differ from call to call: `['batch', 3, 32, 32]`. */
  shape: readonly (number | string)[];
  /** Default `float32`. */
  dtype?: DType;
}

export interface OnnxExportOptions {
  /** How each layer type is written. Default: those of this package. */
  layers?: OnnxLayers;
  /** Of the output. Default `output`. */
  outputName?: string;
}

/** Every runtime of the last years has it, and it is the first with LayerNormalization. */
const OPSET = 17n;
const IR_VERSION = 8n;

/**
 * A model as an ONNX file (opset 17) that predicts what the model predicts in eval mode. A model with several inputs is
 * given all of them, in the order of its `forward`. The weights keep torch's names and layouts, and the architecture goes
 * along as metadata, so that `importOnnx` gives the same layers back.
 * Throws ArgumentError for a layer without a form in ONNX, or one that the input's shape does not fit.
 */
export async function exportOnnx(
  model: Module,
  inputs: OnnxInput | readonly OnnxInput[],
  { layers = onnxLayers, outputName = 'output' }: OnnxExportOptions = {},
): Promise<Uint8Array> {
  const state = await readState(model.stateDict());
  const graph = new GraphWriter(layers, state);
  const given = [inputs].flat().map(toValue);
  const names = [...given.map(({ name }) => name), outputName];
  if (given.length === 0 || new Set(names).size < names.length) {
    throw new ArgumentError(
      `exportOnnx takes at least one input, and a name of its own for each input and the output, not ${names.join(', ')}.`,
    );
  }
  const output = graph.layer(null, model, ...given);
  graph.nodes.push({ name: outputName, opType: 'Identity', input: [output.name], output: [outputName] });
  const unused = Object.entries(state)
    .filter(([name]) => !graph.initializers.has(name))
    .map(([name, { dtype, shape, data }]) => [name, { dtype, shape, data: [...data] }]);
  return encodeModel({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    producerName: 'azuraforge-learner',
    producerVersion: VERSION,
    graph: {
      name: model.describe().type,
      node: graph.nodes,
      initializer: [...graph.initializers.values()],
      input: given.map(valueInfo),
      output: [valueInfo({ ...output, name: outputName })],
    },
    metadataProps: [
      { key: ARCHITECTURE_KEY, value: JSON.stringify(model.describe()) },
      { key: UNUSED_STATE_KEY, value: JSON.stringify(Object.fromEntries(unused)) },
    ],
  });
}

function toValue({ name = 'input', shape, dtype = 'float32' }: OnnxInput): Value {
  return { name, dtype, dimensions: shape };
}

function valueInfo({ name, dtype, dimensions }: Value): Draft<ValueInfoProto> {
  const dim = dimensions.map((length) => {
    if (typeof length === 'number') return { dimValue: BigInt(length) };
    return length === null ? {} : { dimParam: length };
  });
  return { name, type: { tensorType: { elemType: ONNX_TYPE[dtype], shape: { dim } } } };
}
