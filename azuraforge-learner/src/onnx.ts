import { base64Decode } from '@bufbuild/protobuf/wire';
import { Type } from 'typebox';
import type { DType } from 'azuraforge-core';
import { ArgumentError, ModelFileError } from './error.ts';
import { layerType, options } from './model-file/layer-type.ts';
import type { LayerTypes } from './model-file/layer-type.ts';
import { Branches } from './nn/branches.ts';
import type { Module } from './nn/module.ts';
import { Sequential } from './nn/sequential.ts';
import { readState } from './nn/state.ts';
import { OnnxGraph } from './onnx/graph.ts';
import { GraphWriter, OPSET, onnxLayer } from './onnx/graph-writer.ts';
import type { OnnxLayers, Value } from './onnx/graph-writer.ts';
import { onnxLayers } from './onnx/layers.ts';
import { describesLayers, rebuildLayers, writeMetadata } from './onnx/metadata.ts';
import { decodeModel, encodeModel } from './onnx/schema.ts';
import type { Draft, ValueInfoProto } from './onnx/schema.ts';
import { ONNX_TYPE } from './onnx/tensor-proto.ts';
import { VERSION } from './version.ts';

export { OnnxGraph } from './onnx/graph.ts';
export { onnxLayer, onnxLayers };
export type { OnnxLayer, OnnxLayers } from './onnx/graph-writer.ts';
export type { GraphWriter, Value as OnnxValue } from './onnx/graph-writer.ts';

/** What a model is called with. */
export interface OnnxInput {
  /** Default `input`; of a model that begins with Branches, the name of the branch. */
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

/** The version of the format that brought opset 17. */
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
  const named = nameInputs(model, [inputs].flat());
  const given = named.map(toValue);
  const names = [...given.map(({ name }) => name), outputName];
  if (given.length === 0 || new Set(names).size < names.length) {
    throw new ArgumentError(
      `exportOnnx takes at least one input, and a name of its own for each input and the output, not ${names.join(', ')}.`,
    );
  }
  for (const { name, shape } of named) checkShape(name, shape);
  const output = graph.layer(null, model, ...given);
  graph.nodes.push({ name: outputName, opType: 'Identity', input: [output.name], output: [outputName] });
  const unused = Object.entries(state).filter(([name]) => !graph.initializers.has(name));
  return encodeModel({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: BigInt(OPSET) }],
    producerName: 'azuraforge-learner',
    producerVersion: VERSION,
    graph: {
      name: model.describe().type,
      node: graph.nodes,
      initializer: [...graph.initializers.values()],
      input: given.map(valueInfo),
      output: [valueInfo({ ...output, name: outputName })],
    },
    metadataProps: writeMetadata(model, unused),
  });
}

/**
 * The layer type of imported graphs, for `loadModel(files, { layers: { ...builtinLayers, ...onnxGraphLayers } })`. It is not
 * among the built-in ones, so that programs without ONNX need not carry it.
 */
export const onnxGraphLayers: LayerTypes = {
  OnnxGraph: layerType(options({ model: Type.String() }), ({ model }, { claim }) => {
    return new OnnxGraph(decodeModel(decodeText(model)), { claim });
  }),
};

export interface OnnxImportOptions {
  /**
   * What the model becomes. `layers`, the default for a file that this package wrote: the layers that it was exported from.
   * `graph`, for all others: an `OnnxGraph`.
   */
  as?: 'layers' | 'graph';
  /** Layer types that a file of this package may name. Default: those of this package. */
  layers?: LayerTypes;
}

/**
 * A model in eval mode that predicts what the ONNX file does. A file that `exportOnnx` wrote names its layers, which are
 * built anew: they can be trained, described and saved like any others. Another file becomes an `OnnxGraph`, which computes
 * node by node: layers can be guessed from nodes only where the exporter left them whole, and a wrong guess is silent.
 * Throws ModelFileError for a file that is damaged or cannot be imported, naming the node or the tensor and what to do.
 */
export function importOnnx(bytes: Uint8Array, { as, layers }: OnnxImportOptions = {}): Module {
  const model = decodeModel(bytes);
  const isOwn = describesLayers(model);
  if (as === 'layers' && !isOwn) {
    throw new ModelFileError(
      'The ONNX file does not name the layers that it was exported from. Import it as a graph: { as: "graph" }.',
    );
  }
  const imported = isOwn && as !== 'graph' ? rebuildLayers(model, layers) : new OnnxGraph(model);
  return imported.eval();
}

function decodeText(text: string): Uint8Array {
  try {
    return base64Decode(text);
  } catch (cause) {
    throw new ModelFileError('model.json: the ONNX graph in it is damaged. Save or download it again.', {
      cause,
    });
  }
}

type NamedInput = OnnxInput & { name: string };

function nameInputs(model: Module, inputs: readonly OnnxInput[]): NamedInput[] {
  const branches = branchNames(model);
  return inputs.map((input, at) => ({ name: branches[at] ?? 'input', ...input }));
}

/** Of the branches that the inputs go to, if they go to any. */
function branchNames(model: Module): string[] {
  if (model instanceof Branches) return model.children().map(([name]) => name);
  return model instanceof Sequential ? branchNames(model.children()[0]![1]) : [];
}

function checkShape(name: string, shape: OnnxInput['shape']): void {
  const wrong = shape.find((length) => (typeof length === 'string' ? length === '' : !isLength(length)));
  if (wrong === undefined) return;
  throw new ArgumentError(
    `exportOnnx: the shape of ${name} has the length ${JSON.stringify(wrong)}. Give each axis a whole number from 1 up, or a name such as 'batch' where it differs from call to call.`,
  );
}

function isLength(length: number): boolean {
  return Number.isSafeInteger(length) && length >= 1;
}

function toValue({ name, shape, dtype = 'float32' }: NamedInput): Value {
  return { name, dtype, dimensions: shape };
}

function valueInfo({ name, dtype, dimensions }: Value): Draft<ValueInfoProto> {
  const dim = dimensions.map((length) => {
    if (typeof length === 'number') return { dimValue: BigInt(length) };
    return length === null ? {} : { dimParam: length };
  });
  return { name, type: { tensorType: { elemType: ONNX_TYPE[dtype], shape: { dim } } } };
}
