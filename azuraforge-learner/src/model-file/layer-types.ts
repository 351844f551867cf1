import { Type } from 'typebox';
import type { Static, TObject } from 'typebox';
import type { Generator } from 'azuraforge-core';
import { ModelFileError } from '../error.ts';
import { GELU, LeakyReLU, ReLU, Sigmoid, Tanh } from '../nn/activation.ts';
import { Dropout } from '../nn/dropout.ts';
import { LastStep } from '../nn/last-step.ts';
import { Linear } from '../nn/linear.ts';
import { LSTM } from '../nn/lstm.ts';
import type { LayerDescription, Module } from '../nn/module.ts';
import { Sequential } from '../nn/sequential.ts';

/** What a layer type may use while it rebuilds a layer. */
export interface BuildContext {
  /** Seeds the initial weights. */
  generator: Generator | undefined;
  /** Rebuilds a layer inside this one; `name` appears in error messages. */
  build(description: LayerDescription, name: string): Module;
  /**
   * To be called with the number of weights before they are allocated. Throws ModelFileError when the weights file holds
   * fewer: a model.json cannot make the reader allocate more than was sent.
   */
  claim(weights: number): void;
}

/** How a layer named in model.json is checked and rebuilt. */
export interface LayerType {
  /** JSON Schema of the layer's options. */
  schema: TObject;
  build(options: LayerDescription, context: BuildContext): Module;
}

export type LayerTypes = Readonly<Record<string, LayerType>>;

/** A layer type whose `build` gets options of the schema's type; they are checked before. */
export function layerType<Schema extends TObject>(
  schema: Schema,
  build: (options: Static<Schema>, context: BuildContext) => Module,
): LayerType {
  return { schema, build: (options, context) => build(options as Static<Schema>, context) };
}

const size = Type.Integer({ minimum: 1 });
const flag = Type.Optional(Type.Boolean());
const probability = Type.Optional(Type.Number({ minimum: 0, exclusiveMaximum: 1 }));
const strict = { additionalProperties: false };
const noOptions = Type.Object({}, strict);

/** The layers of this package. Extend it with your own: `{ ...builtinLayers, Mine: layerType(…) }`. */
export const builtinLayers: LayerTypes = {
  Linear: layerType(
    Type.Object({ inFeatures: size, outFeatures: size, bias: flag }, strict),
    ({ inFeatures, outFeatures, bias = true }, { claim, generator }) => {
      claim(outFeatures * (inFeatures + (bias ? 1 : 0)));
      return new Linear(inFeatures, outFeatures, { bias, generator });
    },
  ),
  LSTM: layerType(
    Type.Object(
      {
        inputSize: size,
        hiddenSize: size,
        numLayers: Type.Optional(size),
        bias: flag,
        dropout: probability,
      },
      strict,
    ),
    ({ inputSize, hiddenSize, numLayers = 1, bias = true, dropout = 0 }, { claim, generator }) => {
      const perGate = inputSize + (2 * numLayers - 1) * hiddenSize + (bias ? 2 * numLayers : 0);
      claim(4 * hiddenSize * perGate);
      return new LSTM(inputSize, hiddenSize, { numLayers, bias, dropout, generator });
    },
  ),
  Dropout: layerType(Type.Object({ probability }, strict), (options) => new Dropout(options.probability)),
  LastStep: layerType(noOptions, () => new LastStep()),
  ReLU: layerType(noOptions, () => new ReLU()),
  Tanh: layerType(noOptions, () => new Tanh()),
  Sigmoid: layerType(noOptions, () => new Sigmoid()),
  GELU: layerType(noOptions, () => new GELU()),
  LeakyReLU: layerType(
    Type.Object({ negativeSlope: Type.Optional(Type.Number()) }, strict),
    ({ negativeSlope }) => new LeakyReLU({ negativeSlope }),
  ),
  Sequential: layerType(
    Type.Object(
      {
        layers: Type.Array(
          Type.Object({ name: Type.String({ pattern: '^[A-Za-z0-9_]+$' }), layer: Type.Unknown() }, strict),
          { minItems: 1 },
        ),
      },
      strict,
    ),
    ({ layers }, { build }) => {
      const named = Object.fromEntries(
        layers.map(({ name, layer }) => [name, build(layer as LayerDescription, name)]),
      );
      // JavaScript keeps one of two equal keys and sorts numbers first, either of which would make another model.
      if (Object.keys(named).join() !== layers.map(({ name }) => name).join()) {
        throw new ModelFileError(
          'model.json: the names in a Sequential must be unique, with numbers first and rising.',
        );
      }
      return new Sequential(named);
    },
  ),
};
