import type { DType } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import type { Module } from '../nn/module.ts';
import { sizeOf } from '../nn/shape.ts';
import type { TensorData } from '../nn/state.ts';
import { ATTRIBUTE_TYPE } from './schema.ts';
import type { AttributeProto, Draft, NodeProto, TensorProto } from './schema.ts';
import { ONNX_TYPE, toTensorProto } from './tensor-proto.ts';
import type { OnnxData } from './tensor-proto.ts';

/** The version of ONNX's operators: runtimes have had it since 2022, and it is the first with LayerNormalization. */
export const OPSET = 17;

/** The length of an axis: a number, the name of one that differs from call to call, or null where it is not known. */
export type Dimension = number | string | null;

/** What flows from node to node. */
export interface Value {
  name: string;
  dtype: DType;
  dimensions: readonly Dimension[];
}

type Attribute = number | string | readonly number[] | readonly string[] | { float: number };

interface NodeOptions {
  attributes?: Readonly<Record<string, Attribute>>;
  /** Of the output. Default: those of the first input. */
  dimensions?: readonly Dimension[];
  /** Of the output. Default: that of the first input. */
  dtype?: DType;
}

/** Writes the nodes of one layer type and returns what the layer gives. */
export type OnnxLayer = (layer: Module, inputs: readonly Value[], graph: GraphWriter) => Value;

export type OnnxLayers = Readonly<Record<string, OnnxLayer>>;

/** An entry of the table of layer types whose `write` knows the layer's class. */
export function onnxLayer<Layer extends Module>(
  write: (layer: Layer, inputs: readonly [Value, ...Value[]], graph: GraphWriter) => Value,
): OnnxLayer {
  return (layer, inputs, graph) => write(layer as Layer, inputs as [Value, ...Value[]], graph);
}

/** Collects the nodes and constants of a model, layer by layer. */
export class GraphWriter {
  readonly nodes: Draft<NodeProto>[] = [];
  readonly initializers = new Map<string, Draft<TensorProto>>();
  readonly #layers: OnnxLayers;
  readonly #state: Readonly<Record<string, TensorData>>;
  #path: readonly string[] = [];

  constructor(layers: OnnxLayers, state: Readonly<Record<string, TensorData>>) {
    this.#layers = layers;
    this.#state = state;
  }

  /** Writes a layer that bears this name in the one that is being written; the model itself has none. */
  layer(name: string | null, layer: Module, ...inputs: readonly Value[]): Value {
    const outer = this.#path;
    if (name !== null) this.#path = [...outer, name];
    const { type } = layer.describe();
    if (!Object.hasOwn(this.#layers, type)) {
      throw new ArgumentError(
        `${this.#path.join('.') || 'The model'} is a layer of the type "${type}", which has no form in ONNX here. Pass it in \`layers\`: { ...onnxLayers, ${type}: onnxLayer(…) }.`,
      );
    }
    const output = this.#layers[type]!(layer, inputs, this);
    this.#path = outer;
    return output;
  }

  /** One node; an optional input that is left out is null. */
  node(op: string, inputs: readonly (Value | null)[], options: NodeOptions = {}): Value {
    return this.split(op, inputs, 1, options)[0]!;
  }

  /** A node with several outputs of the same dimensions. */
  split(
    op: string,
    inputs: readonly (Value | null)[],
    outputs: number,
    { attributes = {}, dimensions, dtype }: NodeOptions = {},
  ): Value[] {
    const [first] = inputs;
    const name = this.#unique(op);
    const results = Array.from({ length: outputs }, (_, at): Value => ({
      name: outputs === 1 ? name : `${name}_${at}`,
      dtype: dtype ?? first?.dtype ?? 'float32',
      dimensions: dimensions ?? first?.dimensions ?? [],
    }));
    this.nodes.push({
      name,
      opType: op,
      input: inputs.map((input) => input?.name ?? ''),
      output: results.map((result) => result.name),
      attribute: Object.entries(attributes).map(([key, value]) => attributeOf(key, value)),
    });
    return results;
  }

  /** A parameter or buffer of the layer that is being written, by its name there. */
  parameter(name: string): Value {
    const path = [...this.#path, name].join('.');
    const data = this.#state[path];
    if (!data) throw new ArgumentError(`${this.#path.join('.') || 'The model'} has no parameter ${name}.`);
    this.initializers.set(path, toTensorProto(path, data));
    return { name: path, dtype: data.dtype, dimensions: data.shape };
  }

  /** One number to compare with tokens or to count with. */
  int(value: number): Value {
    return this.constant({ type: 'int32', shape: [], values: [value] });
  }

  /** A list of whole numbers, as the nodes for shapes take it. */
  ints(...values: readonly number[]): Value {
    return this.constant({ type: 'int64', shape: [values.length], values });
  }

  /** A float32 number, or an array filled with it. */
  float(value: number, shape: readonly number[] = []): Value {
    const size = sizeOf(shape);
    return this.constant({ type: 'float32', shape, values: Array.from({ length: size }, () => value) });
  }

  constant(data: OnnxData): Value {
    const name = this.#unique('constant');
    this.initializers.set(name, toTensorProto(name, data));
    return { name, dtype: data.type.startsWith('int') ? 'int32' : 'float32', dimensions: data.shape };
  }

  /** The lengths of the axes from `start` up to, but without, `end`, known when the model runs. */
  shapeOf(value: Value, start: number, end?: number): Value {
    const attributes = { start, ...(end === undefined ? {} : { end }) };
    return this.node('Shape', [value], { attributes, dimensions: [null] });
  }

  /** The values in another type. */
  cast(value: Value, dtype: DType): Value {
    return this.node('Cast', [value], { attributes: { to: ONNX_TYPE[dtype] }, dtype });
  }

  /** A name within the layer that is being written. */
  within(name: string): string {
    return `${this.#path.join('.')}/${name}`;
  }

  #unique(op: string): string {
    return this.within(`${op}_${this.nodes.length + this.initializers.size}`);
  }
}

/** Throws ArgumentError, naming the layer and what it takes, unless the input `fits`. */
export function checkValue(layer: string, value: Value, takes: string, fits: boolean): void {
  if (fits) return;
  throw new ArgumentError(
    `${layer} takes ${takes} and would be given [${value.dimensions.map((length) => length ?? '?').join(', ')}] of ${value.dtype}. Give the shape with which the model is called.`,
  );
}

/** Whether an axis may have this length. */
export function mayBe(dimension: Dimension | undefined, length: number): boolean {
  return dimension === length || typeof dimension === 'string' || dimension === null;
}

function attributeOf(name: string, value: Attribute): Draft<AttributeProto> {
  if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPE.int, i: BigInt(value) };
  if (typeof value === 'string') {
    return { name, type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(value) };
  }
  if ('float' in value) return { name, type: ATTRIBUTE_TYPE.float, f: value.float };
  if (value.every((each) => typeof each === 'string')) {
    return {
      name,
      type: ATTRIBUTE_TYPE.strings,
      strings: value.map((each) => new TextEncoder().encode(each)),
    };
  }
  return { name, type: ATTRIBUTE_TYPE.ints, ints: value.map((each) => BigInt(each)) };
}
