import { Type } from 'typebox';
import { Embedding } from '../../nn/embedding.ts';
import { GRU } from '../../nn/gru.ts';
import { LastStep } from '../../nn/last-step.ts';
import { LSTM } from '../../nn/lstm.ts';
import { LearnedPositionalEncoding, SinusoidalPositionalEncoding } from '../../nn/positional-encoding.ts';
import { RNN } from '../../nn/rnn.ts';
import { SequenceEncoder } from '../../nn/sequence-encoder.ts';
import { TableEmbedding } from '../../nn/table-embedding.ts';
import { flag, layerType, options, plainLayer, probability, size } from '../layer-type.ts';
import type { LayerTypes } from '../layer-type.ts';

const recurrent = {
  inputSize: size,
  hiddenSize: size,
  numLayers: Type.Optional(size),
  bias: flag,
  dropout: probability,
  bidirectional: flag,
};

interface RecurrentSizes {
  inputSize: number;
  hiddenSize: number;
  numLayers?: number;
  bias?: boolean;
  bidirectional?: boolean;
}

function recurrentWeights(
  gates: number,
  { inputSize, hiddenSize, numLayers = 1, bias = true, bidirectional = false }: RecurrentSizes,
): number {
  const directions = bidirectional ? 2 : 1;
  const inputs = inputSize + (numLayers - 1) * directions * hiddenSize;
  const perGate = inputs + numLayers * (hiddenSize + (bias ? 2 : 0));
  return directions * gates * hiddenSize * perGate;
}

export const sequences: LayerTypes = {
  Embedding: layerType(
    options({
      numEmbeddings: size,
      embeddingDim: size,
      paddingIdx: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
    }),
    ({ numEmbeddings, embeddingDim, paddingIdx }, { claim, generator }) => {
      claim(numEmbeddings * embeddingDim);
      return new Embedding(numEmbeddings, embeddingDim, { paddingIdx, generator });
    },
  ),
  TableEmbedding: layerType(
    options({
      numeric: Type.Integer({ minimum: 0 }),
      columns: Type.Array(options({ numEmbeddings: size, embeddingDim: size }), { minItems: 1 }),
    }),
    ({ numeric, columns }, { claim, generator }) => {
      for (const { numEmbeddings, embeddingDim } of columns) claim(numEmbeddings * embeddingDim);
      return new TableEmbedding(numeric, columns, { generator });
    },
  ),
  RNN: layerType(
    options({
      ...recurrent,
      nonlinearity: Type.Optional(Type.Union([Type.Literal('tanh'), Type.Literal('relu')])),
    }),
    ({ inputSize, hiddenSize, ...rest }, { claim, generator }) => {
      claim(recurrentWeights(1, { inputSize, hiddenSize, ...rest }));
      return new RNN(inputSize, hiddenSize, { ...rest, generator });
    },
  ),
  LSTM: layerType(options(recurrent), ({ inputSize, hiddenSize, ...rest }, { claim, generator }) => {
    claim(recurrentWeights(4, { inputSize, hiddenSize, ...rest }));
    return new LSTM(inputSize, hiddenSize, { ...rest, generator });
  }),
  GRU: layerType(options(recurrent), ({ inputSize, hiddenSize, ...rest }, { claim, generator }) => {
    claim(recurrentWeights(3, { inputSize, hiddenSize, ...rest }));
    return new GRU(inputSize, hiddenSize, { ...rest, generator });
  }),
  SequenceEncoder: layerType(
    options({
      numEmbeddings: size,
      embeddingDim: size,
      hiddenSize: size,
      paddingIdx: Type.Optional(Type.Integer({ minimum: 0 })),
      bidirectional: flag,
    }),
    ({ numEmbeddings, embeddingDim, hiddenSize, paddingIdx, bidirectional = true }, { claim, generator }) => {
      claim(numEmbeddings * embeddingDim);
      claim(recurrentWeights(3, { inputSize: embeddingDim, hiddenSize, bidirectional }));
      return new SequenceEncoder(numEmbeddings, embeddingDim, hiddenSize, {
        paddingIdx,
        bidirectional,
        generator,
      });
    },
  ),
  LastStep: plainLayer(() => new LastStep()),
  SinusoidalPositionalEncoding: layerType(
    options({ dModel: size }),
    ({ dModel }) => new SinusoidalPositionalEncoding(dModel),
  ),
  LearnedPositionalEncoding: layerType(
    options({ maxLength: size, dModel: size }),
    ({ maxLength, dModel }, { claim, generator }) => {
      claim(maxLength * dModel);
      return new LearnedPositionalEncoding(maxLength, dModel, { generator });
    },
  ),
};
