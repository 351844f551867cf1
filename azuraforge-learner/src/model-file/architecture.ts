import { Value } from 'typebox/value';
import type { Generator } from 'azuraforge-core';
import { ArgumentError, ModelFileError } from '../error.ts';
import type { LayerDescription, Module } from '../nn/module.ts';
import type { LayerTypes } from './layer-type.ts';
import { builtinLayers } from './layer-types.ts';

export interface BuildOptions {
  /** Layer types that may appear. Default: those of this package. */
  layers?: LayerTypes;
  /** Seeds the initial weights. */
  generator?: Generator;
  /** The most weights that may be allocated. Default: no limit. */
  maxWeights?: number;
}

/** Layers inside layers; deeper than any real model, shallow enough for the call stack. */
const MAX_DEPTH = 64;

/**
 * A model from its architecture as data, as `Module.describe()` gives it. Only the listed layer types are ever built.
 * Throws ModelFileError for an unknown layer type or an option outside its schema, naming the layer.
 */
export function buildModel(description: LayerDescription, options: BuildOptions = {}): Module {
  const { layers = builtinLayers, generator, maxWeights = Number.POSITIVE_INFINITY } = options;
  const built: Module[] = [];
  let claimed = 0;
  const claim = (weights: number): void => {
    claimed += weights;
    if (claimed > maxWeights) {
      throw new ModelFileError(
        `The architecture in model.json needs more than the ${maxWeights} weights that model.safetensors holds. Use the two files of the same model.`,
      );
    }
  };
  const build = (layer: LayerDescription, path: readonly string[]): Module => {
    const name = path.join('.') || 'the model';
    if (path.length > MAX_DEPTH)
      throw new ModelFileError(`model.json nests layers deeper than ${MAX_DEPTH}.`);
    const { type, ...rest } = readDescription(layer, name);
    if (!Object.hasOwn(layers, type)) {
      throw new ModelFileError(
        `model.json: ${name} is a layer of the unknown type "${type}". Known are ${Object.keys(layers).join(', ')}. Install the version that wrote the model, or pass the layer type in \`layers\`.`,
      );
    }
    const layerType = layers[type]!;
    const [problem] = Value.Errors(layerType.schema, rest);
    if (problem) {
      const option = problem.instancePath.slice(1).replaceAll('/', '.');
      throw new ModelFileError(
        `model.json: ${name} (${type}) has a wrong option: ${option ? `${option} ` : ''}${problem.message}.`,
      );
    }
    const context = {
      generator,
      claim,
      build: (child: LayerDescription, childName: string) => build(child, [...path, childName]),
    };
    try {
      const rebuilt = layerType.build({ type, ...rest }, context);
      built.push(rebuilt);
      return rebuilt;
    } catch (cause) {
      if (!(cause instanceof ArgumentError)) throw cause;
      throw new ModelFileError(`model.json: ${name} cannot be built. ${cause.message}`, { cause });
    }
  };
  try {
    return build(description, []);
  } catch (error) {
    for (const part of built) part.dispose();
    throw error;
  }
}

function readDescription(value: unknown, name: string): LayerDescription {
  if (!isDescription(value)) {
    throw new ModelFileError(`model.json: ${name} is not a layer; a layer is an object with a text "type".`);
  }
  return value;
}

function isDescription(value: unknown): value is LayerDescription {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
