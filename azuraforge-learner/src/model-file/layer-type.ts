import { Type } from 'typebox';
import type { Static, TObject, TSchema } from 'typebox';
import type { Generator } from 'azuraforge-core';
import type { LayerDescription, Module } from '../nn/module.ts';

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
  return { schema, build: (given, context) => build(given as Static<Schema>, context) };
}

/** A layer without options or weights. */
export function plainLayer(build: () => Module): LayerType {
  return layerType(options({}), build);
}

/** A schema of options that allows no others. */
export function options<Properties extends Record<string, TSchema>>(
  properties: Properties,
): TObject<Properties> {
  return Type.Object(properties, { additionalProperties: false });
}

export const size = Type.Integer({ minimum: 1 });
export const flag = Type.Optional(Type.Boolean());
export const number = Type.Optional(Type.Number());
export const eps = Type.Optional(Type.Number({ minimum: 0 }));
export const probability = Type.Optional(Type.Number({ minimum: 0, exclusiveMaximum: 1 }));
