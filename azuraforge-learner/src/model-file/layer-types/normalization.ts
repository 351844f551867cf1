import { Type } from 'typebox';
import { BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm } from '../../nn/normalization.ts';
import { sizeOf } from '../../nn/shape.ts';
import { eps, flag, layerType, options, size } from '../layer-type.ts';
import type { LayerTypes } from '../layer-type.ts';

const batchNorm = options({
  numFeatures: size,
  eps,
  momentum: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  affine: flag,
  trackRunningStats: flag,
});

interface BatchNormSizes {
  numFeatures: number;
  affine?: boolean;
  trackRunningStats?: boolean;
}

function batchNormWeights({ numFeatures, affine = true, trackRunningStats = true }: BatchNormSizes): number {
  return (affine ? 2 * numFeatures : 0) + (trackRunningStats ? 2 * numFeatures + 1 : 0);
}

export const normalizations: LayerTypes = {
  LayerNorm: layerType(
    options({ normalizedShape: Type.Array(size, { minItems: 1 }), eps, elementwiseAffine: flag }),
    ({ normalizedShape, ...rest }, { claim }) => {
      if (rest.elementwiseAffine ?? true) claim(2 * sizeOf(normalizedShape));
      return new LayerNorm(normalizedShape, rest);
    },
  ),
  GroupNorm: layerType(
    options({ numGroups: size, numChannels: size, eps, affine: flag }),
    ({ numGroups, numChannels, ...rest }, { claim }) => {
      if (rest.affine ?? true) claim(2 * numChannels);
      return new GroupNorm(numGroups, numChannels, rest);
    },
  ),
  BatchNorm1d: layerType(batchNorm, ({ numFeatures, ...rest }, { claim }) => {
    claim(batchNormWeights({ numFeatures, ...rest }));
    return new BatchNorm1d(numFeatures, rest);
  }),
  BatchNorm2d: layerType(batchNorm, ({ numFeatures, ...rest }, { claim }) => {
    claim(batchNormWeights({ numFeatures, ...rest }));
    return new BatchNorm2d(numFeatures, rest);
  }),
};
