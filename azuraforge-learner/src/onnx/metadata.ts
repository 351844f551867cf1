import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { ModelFileError } from '../error.ts';
import { buildModel } from '../model-file/architecture.ts';
import type { BuildOptions } from '../model-file/architecture.ts';
import { options } from '../model-file/layer-type.ts';
import type { LayerTypes } from '../model-file/layer-type.ts';
import type { LayerDescription, Module } from '../nn/module.ts';
import type { TensorData } from '../nn/state.ts';
import type { ModelProto } from './schema.ts';
import { readTensorProto } from './tensor-proto.ts';

/** The model as `Module.describe()` gives it. */
const ARCHITECTURE_KEY = 'azuraforge.architecture';
/** What belongs to the model's state and no node uses, such as the count of batches of a BatchNorm. */
const UNUSED_STATE_KEY = 'azuraforge.unused_state';

/** A tensor as JSON, or as it was read from the file. */
interface StoredTensor {
  dtype: 'float32' | 'int32';
  shape: readonly number[];
  data: ArrayLike<number>;
}

const unusedStateSchema = Type.Record(
  Type.String(),
  options({
    dtype: Type.Union([Type.Literal('float32'), Type.Literal('int32')]),
    shape: Type.Array(Type.Integer({ minimum: 0 })),
    data: Type.Array(Type.Number()),
  }),
);

/** What a file tells beside its graph, so that its layers can be built anew. */
export function writeMetadata(
  model: Module,
  unusedState: readonly (readonly [string, TensorData])[],
): ModelProto['metadataProps'] {
  const unused = unusedState.map(([name, { dtype, shape, data }]) => [
    name,
    { dtype, shape, data: [...data] },
  ]);
  return [
    { key: ARCHITECTURE_KEY, value: JSON.stringify(model.describe()) },
    { key: UNUSED_STATE_KEY, value: JSON.stringify(Object.fromEntries(unused)) },
  ];
}

/** Whether this package wrote the file. */
export function describesLayers(model: ModelProto): boolean {
  return model.metadataProps.some(({ key }) => key === ARCHITECTURE_KEY);
}

/** The layers that a file of this package describes, with the weights that it holds. Throws ModelFileError. */
export function rebuildLayers(model: ModelProto, layers: LayerTypes | undefined): Module {
  const state = { ...readWeights(model), ...readUnusedState(model) };
  const maxWeights = Object.values(state).reduce((sum, { data }) => sum + data.length, 0);
  const architecture = readJson(model, ARCHITECTURE_KEY) as LayerDescription;
  const rebuilt = rebuild(architecture, { layers, maxWeights });
  try {
    const names = Object.keys(rebuilt.stateDict()).filter((name) => Object.hasOwn(state, name));
    rebuilt.loadStateDict(Object.fromEntries(names.map((name) => [name, toTensorData(state[name]!)])));
    return rebuilt;
  } catch (error) {
    rebuilt.dispose();
    throw error;
  }
}

function rebuild(architecture: LayerDescription, buildOptions: BuildOptions): Module {
  try {
    return buildModel(architecture, buildOptions);
  } catch (cause) {
    if (!(cause instanceof ModelFileError)) throw cause;
    throw new ModelFileError(
      `The layers that the ONNX file describes, as model.json does, cannot be built. ${cause.message}`,
      { cause },
    );
  }
}

function readWeights({ graph }: ModelProto): Record<string, StoredTensor> {
  return Object.fromEntries(
    (graph?.initializer ?? []).map((proto): [string, StoredTensor] => {
      const { isFloat, shape, values } = readTensorProto(`tensor ${proto.name}`, proto);
      return [proto.name, { dtype: isFloat ? 'float32' : 'int32', shape, data: values }];
    }),
  );
}

function readUnusedState(model: ModelProto): Record<string, StoredTensor> {
  const state = readJson(model, UNUSED_STATE_KEY) ?? {};
  if (Value.Check(unusedStateSchema, state)) return state;
  throw damaged(UNUSED_STATE_KEY);
}

function toTensorData({ dtype, shape, data }: StoredTensor): TensorData {
  return dtype === 'float32'
    ? { dtype, shape, data: Float32Array.from(data) }
    : { dtype, shape, data: Int32Array.from(data) };
}

function readJson({ metadataProps }: ModelProto, key: string): unknown {
  const entry = metadataProps.find((each) => each.key === key);
  if (!entry) return null;
  try {
    return JSON.parse(entry.value);
  } catch (cause) {
    throw damaged(key, cause);
  }
}

function damaged(key: string, cause?: unknown): ModelFileError {
  return new ModelFileError(
    `The metadata ${key} of the ONNX file is damaged. Import the file as a graph: { as: "graph" }.`,
    cause === undefined ? undefined : { cause },
  );
}
