import type { Static } from 'typebox';
import { Type } from 'typebox';
import { ModelFileError } from '../error.ts';
import { Branches } from '../nn/branches.ts';
import { Dropout } from '../nn/dropout.ts';
import { Linear } from '../nn/linear.ts';
import type { LayerDescription, Module } from '../nn/module.ts';
import { Residual } from '../nn/residual.ts';
import { Sequential } from '../nn/sequential.ts';
import { flag, layerType, options, probability, size } from './layer-type.ts';
import type { BuildContext, LayerTypes } from './layer-type.ts';
import { activations } from './layer-types/activation.ts';
import { attentions } from './layer-types/attention.ts';
import { convolutions } from './layer-types/convolution.ts';
import { normalizations } from './layer-types/normalization.ts';
import { sequences } from './layer-types/sequence.ts';

const NamedLayers = Type.Array(
  options({ name: Type.String({ pattern: '^[A-Za-z0-9_]+$' }), layer: Type.Unknown() }),
  { minItems: 1 },
);

/** The layers of this package. Extend it with your own: `{ ...builtinLayers, Mine: layerType(…) }`. */
export const builtinLayers: LayerTypes = {
  Linear: layerType(
    options({ inFeatures: size, outFeatures: size, bias: flag }),
    ({ inFeatures, outFeatures, bias = true }, { claim, generator }) => {
      claim(outFeatures * (inFeatures + (bias ? 1 : 0)));
      return new Linear(inFeatures, outFeatures, { bias, generator });
    },
  ),
  ...convolutions,
  ...sequences,
  ...attentions,
  ...normalizations,
  ...activations,
  Dropout: layerType(options({ probability }), (given) => new Dropout(given.probability)),
  Residual: layerType(
    options({ inner: Type.Unknown(), shortcut: Type.Optional(Type.Unknown()) }),
    ({ inner, shortcut }, { build }) =>
      new Residual(build(inner as LayerDescription, 'inner'), {
        shortcut: shortcut ? build(shortcut as LayerDescription, 'shortcut') : null,
      }),
  ),
  Sequential: layerType(
    options({ layers: NamedLayers }),
    ({ layers }, { build }) => new Sequential(buildNamed('Sequential', layers, build)),
  ),
  Branches: layerType(
    options({ branches: NamedLayers }),
    ({ branches }, { build }) => new Branches(buildNamed('Branches', branches, build)),
  ),
};

function buildNamed(
  owner: string,
  layers: Static<typeof NamedLayers>,
  build: BuildContext['build'],
): Record<string, Module> {
  const named = Object.fromEntries(
    layers.map(({ name, layer }) => [name, build(layer as LayerDescription, name)]),
  );
  // JavaScript keeps one of two equal keys and sorts numbers first, either of which would make another model.
  if (Object.keys(named).join() !== layers.map(({ name }) => name).join()) {
    throw new ModelFileError(
      `model.json: the names in a ${owner} must be unique, with numbers first and rising.`,
    );
  }
  return named;
}
