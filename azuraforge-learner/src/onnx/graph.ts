import { base64Encode } from '@bufbuild/protobuf/wire';
import { TensorError, fromTypedArray, tidy, zeros } from 'azuraforge-core';
import type { DType, Tensor } from 'azuraforge-core';
import { ArgumentError, ModelFileError } from '../error.ts';
import { Module } from '../nn/module.ts';
import type { LayerDescription } from '../nn/module.ts';
import { sizeOf } from '../nn/shape.ts';
import { isHost, isWhole, upload } from './host-array.ts';
import type { Held } from './host-array.ts';
import { OnnxNode } from './node.ts';
import { Operands } from './operator.ts';
import type { Operator } from './operator.ts';
import { operators } from './operators.ts';
import { hostOperators } from './operators/host.ts';
import { encodeModel } from './schema.ts';
import type { GraphProto, ModelProto, TensorProto } from './schema.ts';
import {
  READABLE_TYPES,
  isFloatType,
  isWeight,
  isWholeType,
  readTensorProto,
  shapeOf,
} from './tensor-proto.ts';

interface GraphInput {
  name: string;
  dtype: DType;
  /** The length of each axis, where it is fixed; null where the file names no shape. */
  lengths: (number | null)[] | null;
}

const OLDEST_OPSET = 13;
const NEWEST_OPSET = 24;

/**
 * A model of an ONNX file that another program wrote: its graph, node by node, with core's ops. The weights are its
 * parameters (the statistics of a BatchNormalization its buffers), under the names that the file has for them, so that it
 * can be trained further; Dropout stays out of it.
 */
export class OnnxGraph extends Module {
  /** In the order in which `forward` and `run` take them. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The file as it was read, with the weights that it had then. */
  readonly model: ModelProto;
  /** The version of the operators. */
  readonly opset: number;
  readonly #inputs: readonly GraphInput[];
  readonly #nodes: readonly OnnxNode[];
  /** What is the same in each call. */
  readonly #constants = new Map<string, Held>();
  /** Claims the weights, which are not in the model but will be loaded; null where they are in it. */
  readonly #claim: ((weights: number) => void) | null;

  /**
   * Throws ModelFileError for a file that cannot be imported, naming the node and what to do. With `claim` the weights
   * start as zeros: they lie in another file.
   */
  constructor(model: ModelProto, { claim = null }: { claim?: ((weights: number) => void) | null } = {}) {
    super();
    this.#claim = claim;
    const graph = checkModel(model);
    this.model = model;
    this.opset = opsetOf(model);
    const nodes = graph.node.map((proto, at) => new OnnxNode(proto, at));
    const constants = [
      ...graph.initializer.map((proto): [string, TensorProto] => [proto.name, proto]),
      ...nodes.filter(isConstant).map((node): [string, TensorProto] => [node.outputs[0]!, constantOf(node)]),
    ];
    const names = new Set(constants.map(([name]) => name));
    if (names.size < constants.length) {
      throw new ModelFileError('The ONNX graph gives two constants the same name: the file is damaged.');
    }
    this.#nodes = nodes.filter((node) => !isConstant(node));
    this.#inputs = graph.input.filter(({ name }) => !names.has(name)).map(readInput);
    this.inputNames = this.#inputs.map(({ name }) => name);
    this.outputNames = graph.output.map(({ name }) => name);
    checkOrder(this.#nodes, [...names, ...this.inputNames], this.outputNames);
    const trained = new Set(graph.initializer.map(({ name }) => name));
    for (const node of nodes.filter(({ op }) => op === 'BatchNormalization')) {
      for (const statistic of node.inputs.slice(3, 5)) trained.delete(statistic);
    }
    try {
      for (const [name, proto] of constants) this.#addConstant(name, proto, trained.has(name));
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** The graph's first output, from all its inputs in their order. */
  override forward(input: Tensor, ...more: readonly Tensor[]): Tensor {
    return tidy(() => this.run(input, ...more)[this.outputNames[0]!]!);
  }

  /** Every output by its name, from all inputs in their order. */
  run(...inputs: readonly Tensor[]): Record<string, Tensor> {
    this.#checkInputs(inputs);
    return tidy(() => {
      const device = inputs[0]?.device;
      const held = new Map<string, Held>(this.#constants);
      for (const [at, name] of this.inputNames.entries()) held.set(name, inputs[at]!);
      for (const node of this.#nodes) {
        const given = node.inputs.map((name) => (name === '' ? null : held.get(name)!));
        const results = runNode(node, new Operands(node, given, device));
        for (const [at, name] of node.outputs.entries()) {
          const result = results[at];
          if (result) held.set(name, result);
          else if (name !== '') throw node.error(`has an output ${at + 1}, which is not computed here.`);
        }
      }
      return Object.fromEntries(
        this.outputNames.map((name) => {
          const output = held.get(name)!;
          return [name, isHost(output) ? upload(output, device) : output];
        }),
      );
    });
  }

  override describe(): LayerDescription {
    return { type: 'OnnxGraph', model: base64Encode(encodeModel(withoutWeights(this.model))) };
  }

  #addConstant(name: string, proto: TensorProto, isTrained: boolean): void {
    if (!isWeight(proto)) {
      const { isFloat, shape, values } = readTensorProto(`tensor ${name}`, proto);
      this.#constants.set(name, { kind: isFloat ? 'float' : 'int', shape, values: Array.from(values) });
      return;
    }
    const tensor = this.#makeWeight(name, proto);
    if (isTrained) this.registerParameter(name, tensor).requiresGrad = true;
    else this.registerBuffer(name, tensor);
    this.#constants.set(name, tensor);
  }

  #makeWeight(name: string, proto: TensorProto): Tensor {
    if (this.#claim === null) {
      const { shape, values } = readTensorProto(`tensor ${name}`, proto);
      return fromTypedArray(Float32Array.from(values), shape);
    }
    const shape = shapeOf(`tensor ${name}`, proto);
    this.#claim(sizeOf(shape));
    return zeros(shape);
  }

  #checkInputs(inputs: readonly Tensor[]): void {
    for (const [at, { name, dtype, lengths }] of this.#inputs.entries()) {
      const given = inputs[at];
      const expected = `[${lengths?.map((length) => length ?? '?').join(', ') ?? '...'}] of ${dtype}`;
      if (!given) throw new ArgumentError(`The ONNX graph takes ${name} ${expected} as its input ${at + 1}.`);
      const fits =
        given.dtype === dtype &&
        (lengths === null ||
          (lengths.length === given.ndim &&
            lengths.every((length, axis) => length === null || length === given.shape[axis])));
      if (fits) continue;
      throw new ArgumentError(
        `The ONNX graph takes for ${name} ${expected} and was given [${given.shape.join(', ')}] of ${given.dtype}.`,
      );
    }
  }
}

function runNode(node: OnnxNode, operands: Operands): readonly Held[] {
  const isKnown = operands.held.every((each) => each === null || isHost(each));
  const table = isKnown && Object.hasOwn(hostOperators, node.op) ? hostOperators : operators;
  const operator = Object.hasOwn(table, node.op) ? table[node.op] : undefined;
  if (!operator) throw node.error('can be imported only where it works on shapes and constants.');
  const results = runOperator(operator, operands, node);
  if (results.every((result) => !isHost(result) || isWhole(result))) return results;
  throw node.error('takes values that its constants do not hold: the file is damaged. Save it again.');
}

function runOperator(operator: Operator, operands: Operands, node: OnnxNode): readonly Held[] {
  try {
    return [operator.run(operands, node)].flat();
  } catch (cause) {
    if (!(cause instanceof TensorError || cause instanceof ArgumentError)) throw cause;
    throw node.error(`cannot be computed: ${cause.message}. Check the shapes of the inputs.`, cause);
  }
}

/** Throws ModelFileError unless every version, operator and attribute is known. */
function checkModel(model: ModelProto): GraphProto {
  const { graph } = model;
  const opset = opsetOf(model);
  if (!graph || graph.node.length === 0) {
    throw new ModelFileError('The ONNX file holds no graph: it is damaged or no ONNX file. Save it again.');
  }
  if (opset < OLDEST_OPSET || opset > NEWEST_OPSET) {
    throw new ModelFileError(
      `The ONNX file is of opset ${opset}; opsets ${OLDEST_OPSET} to ${NEWEST_OPSET} can be imported. Export it again with opset_version=17.`,
    );
  }
  if (graph.output.length === 0)
    throw new ModelFileError('The ONNX graph has no output: the file is damaged.');
  for (const [at, proto] of graph.node.entries()) {
    const node = new OnnxNode(proto, at);
    const found = [operators, hostOperators].filter((table) => Object.hasOwn(table, node.op));
    if (node.op === 'Constant' && isStandard(proto.domain)) continue;
    if (found.length === 0 || !isStandard(proto.domain)) {
      const domain = isStandard(proto.domain) ? '' : ` of the domain ${proto.domain}`;
      throw node.error(
        `is an operator${domain} that cannot be imported. Export the model with standard operators; known are ${Object.keys(operators).join(', ')}.`,
      );
    }
    const strange = node.attributeNames.find((name) => {
      return !found.some((table) => table[node.op]!.attributes.includes(name));
    });
    if (strange !== undefined) {
      throw node.error(
        `has the attribute ${strange}, which cannot be imported. Export the model without it.`,
      );
    }
  }
  return graph;
}

function opsetOf({ opsetImport }: ModelProto): number {
  return Number(opsetImport.find(({ domain }) => isStandard(domain))?.version ?? 0);
}

/** Throws ModelFileError unless each input of a node comes from before it. */
function checkOrder(nodes: readonly OnnxNode[], given: readonly string[], outputs: readonly string[]): void {
  const known = new Set(given);
  for (const node of nodes) {
    const missing = node.inputs.find((name) => name !== '' && !known.has(name));
    if (missing !== undefined) {
      throw node.error(
        `takes ${missing}, which nothing before it gives: the file is damaged. Save it again.`,
      );
    }
    for (const name of node.outputs) known.add(name);
  }
  const missing = outputs.find((name) => !known.has(name));
  if (missing !== undefined) {
    throw new ModelFileError(`The ONNX graph's output ${missing} comes from no node: the file is damaged.`);
  }
}

function isConstant({ op }: OnnxNode): boolean {
  return op === 'Constant';
}

function constantOf(node: OnnxNode): TensorProto {
  const proto = node.tensor('value');
  if (proto) return proto;
  throw node.error('is no tensor (attribute value), which alone can be imported. Export it as a tensor.');
}

function readInput({ name, type }: GraphProto['input'][number]): GraphInput {
  const tensor = type?.tensorType;
  if (!tensor)
    throw new ModelFileError(`ONNX: the input ${name} is no tensor. Export the model with tensors alone.`);
  if (!isFloatType(tensor.elemType) && !isWholeType(tensor.elemType)) {
    throw new ModelFileError(
      `ONNX: the input ${name} has the element type ${tensor.elemType} (of TensorProto.DataType), which cannot be imported; known are ${READABLE_TYPES}. Export the model with float32 or int64 there.`,
    );
  }
  const lengths = tensor.shape?.dim.map(({ dimValue }) => (dimValue > 0n ? Number(dimValue) : null)) ?? null;
  return { name, dtype: isWholeType(tensor.elemType) ? 'int32' : 'float32', lengths };
}

function isStandard(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

/** The graph alone; the weights are saved beside it. */
function withoutWeights(model: ModelProto): ModelProto {
  const { graph } = model;
  const node = graph!.node.map((each) => {
    if (each.opType !== 'Constant') return each;
    return { ...each, attribute: each.attribute.map((own) => (own.t ? { ...own, t: emptied(own.t) } : own)) };
  });
  return { ...model, graph: { ...graph!, node, initializer: graph!.initializer.map(emptied) } };
}

function emptied(proto: TensorProto): TensorProto {
  if (!isWeight(proto)) return proto;
  return { ...proto, rawData: new Uint8Array(), floatData: [], int32Data: [], doubleData: [] };
}
