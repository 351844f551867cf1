import { Type } from 'typebox';
import { Attention } from '../../nn/attention.ts';
import { GPT } from '../../nn/gpt.ts';
import { MultiHeadAttention } from '../../nn/multi-head-attention.ts';
import { TextClassifier } from '../../nn/text-classifier.ts';
import { TransformerDecoder, TransformerDecoderLayer } from '../../nn/transformer-decoder.ts';
import { TransformerEncoder, TransformerEncoderLayer } from '../../nn/transformer-encoder.ts';
import { eps, flag, layerType, options, probability, size } from '../layer-type.ts';
import type { LayerTypes } from '../layer-type.ts';

const layer = {
  dModel: size,
  nhead: size,
  dimFeedforward: Type.Optional(size),
  dropout: probability,
  activation: Type.Optional(Type.Union([Type.Literal('relu'), Type.Literal('gelu')])),
  layerNormEps: eps,
  normFirst: flag,
};
const stack = { ...layer, numLayers: Type.Optional(size), finalNorm: flag };

function attentionWeights(width: number, bias = true): number {
  return 4 * width * (width + (bias ? 1 : 0));
}

interface LayerSizes {
  dModel: number;
  dimFeedforward?: number;
}

/** The weights of a layer with so many kinds of attention. */
function layerWeights(attentions: 1 | 2, { dModel, dimFeedforward = 2048 }: LayerSizes): number {
  const feedForward = 2 * dModel * dimFeedforward + dimFeedforward + dModel;
  const norms = (attentions + 1) * 2 * dModel;
  return attentions * attentionWeights(dModel) + feedForward + norms;
}

function stackWeights(
  attentions: 1 | 2,
  { numLayers = 6, finalNorm = false, ...sizes }: LayerSizes & { numLayers?: number; finalNorm?: boolean },
): number {
  return numLayers * layerWeights(attentions, sizes) + (finalNorm ? 2 * sizes.dModel : 0);
}

const text = {
  vocabularySize: size,
  maxLength: size,
  dModel: size,
  nhead: size,
  numLayers: size,
  dimFeedforward: Type.Optional(size),
  dropout: probability,
};

/** Of models that read tokens, without their heads. */
function textWeights(
  sizes: LayerSizes & { vocabularySize: number; maxLength: number; numLayers: number },
): number {
  const { vocabularySize, maxLength, dModel, dimFeedforward = 4 * dModel, numLayers } = sizes;
  const layers = stackWeights(1, { dModel, dimFeedforward, numLayers, finalNorm: true });
  return (vocabularySize + maxLength) * dModel + layers;
}

export const attentions: LayerTypes = {
  Attention: layerType(options({ isCausal: flag }), (given) => new Attention(given)),
  MultiHeadAttention: layerType(
    options({ embedDim: size, numHeads: size, dropout: probability, bias: flag }),
    ({ embedDim, numHeads, ...rest }, { claim, generator }) => {
      claim(attentionWeights(embedDim, rest.bias));
      return new MultiHeadAttention(embedDim, numHeads, { ...rest, generator });
    },
  ),
  TransformerEncoderLayer: layerType(options(layer), ({ dModel, nhead, ...rest }, { claim, generator }) => {
    claim(layerWeights(1, { dModel, ...rest }));
    return new TransformerEncoderLayer(dModel, nhead, { ...rest, generator });
  }),
  TransformerEncoder: layerType(options(stack), ({ dModel, nhead, ...rest }, { claim, generator }) => {
    claim(stackWeights(1, { dModel, ...rest }));
    return new TransformerEncoder(dModel, nhead, { ...rest, generator });
  }),
  TransformerDecoderLayer: layerType(options(layer), ({ dModel, nhead, ...rest }, { claim, generator }) => {
    claim(layerWeights(2, { dModel, ...rest }));
    return new TransformerDecoderLayer(dModel, nhead, { ...rest, generator });
  }),
  TransformerDecoder: layerType(options(stack), ({ dModel, nhead, ...rest }, { claim, generator }) => {
    claim(stackWeights(2, { dModel, ...rest }));
    return new TransformerDecoder(dModel, nhead, { ...rest, generator });
  }),
  GPT: layerType(
    options({ ...text, tied: flag }),
    ({ vocabularySize, tied = true, ...sizes }, { claim, generator }) => {
      claim(textWeights({ vocabularySize, ...sizes }) + (tied ? 0 : vocabularySize * sizes.dModel));
      return new GPT(vocabularySize, { ...sizes, tied, generator });
    },
  ),
  TextClassifier: layerType(
    options({ ...text, classes: size, padding: Type.Integer({ minimum: 0 }) }),
    ({ vocabularySize, classes, ...sizes }, { claim, generator }) => {
      claim(textWeights({ vocabularySize, ...sizes }) + classes * (sizes.dModel + 1));
      return new TextClassifier(vocabularySize, classes, { ...sizes, generator });
    },
  ),
};
