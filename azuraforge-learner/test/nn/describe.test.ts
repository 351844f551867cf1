import { describe, expect, it } from '@jest/globals';
import { Generator } from 'azuraforge-core';
import { ModelFileError } from '../../src/error.ts';
import { buildModel } from '../../src/model-file/architecture.ts';
import { builtinLayers } from '../../src/model-file/layer-types.ts';
import type { LayerDescription } from '../../src/nn/module.ts';

const inner: LayerDescription = { type: 'Linear', inFeatures: 3, outFeatures: 2 };
const planes = { inChannels: 2, outChannels: 4, kernelSize: [3, 2], groups: 2, bias: false };
const recurrent = {
  inputSize: 3,
  hiddenSize: 2,
  numLayers: 2,
  bias: false,
  dropout: 0.1,
  bidirectional: true,
};
const transformer = {
  dModel: 6,
  nhead: 3,
  dimFeedforward: 5,
  dropout: 0.2,
  activation: 'gelu',
  layerNormEps: 0.001,
  normFirst: true,
};
const stack = { ...transformer, numLayers: 2, finalNorm: true };
const reader = { vocabularySize: 7, maxLength: 4, dModel: 6, nhead: 3, numLayers: 2 };
const batchNorm = { numFeatures: 3, eps: 0.01, momentum: 0.3, affine: false, trackRunningStats: true };

/** Each layer type twice: with what it must be told, and with every option set to something else than its default. */
const layers: Record<string, [given: Record<string, unknown>, all: Record<string, unknown>]> = {
  Linear: [
    { inFeatures: 3, outFeatures: 2 },
    { inFeatures: 3, outFeatures: 2, bias: false },
  ],
  Conv1d: [
    { inChannels: 2, outChannels: 3, kernelSize: 3 },
    { ...planes, kernelSize: 3, stride: 1, padding: 'same', dilation: 2 },
  ],
  Conv2d: [
    { inChannels: 2, outChannels: 3, kernelSize: 3 },
    { ...planes, stride: [2, 1], padding: [1, 0], dilation: [1, 2] },
  ],
  ConvTranspose2d: [
    { inChannels: 2, outChannels: 3, kernelSize: 3 },
    { ...planes, stride: [2, 3], padding: 1, outputPadding: [1, 2], dilation: 2 },
  ],
  MaxPool1d: [{ kernelSize: 2 }, { kernelSize: 4, stride: 1, padding: 2, dilation: 2, ceilMode: true }],
  MaxPool2d: [
    { kernelSize: 2 },
    { kernelSize: [4, 2], stride: 1, padding: [2, 1], dilation: 2, ceilMode: true },
  ],
  AvgPool1d: [
    { kernelSize: 2 },
    { kernelSize: 4, stride: 1, padding: 2, ceilMode: true, countIncludePad: false },
  ],
  AvgPool2d: [
    { kernelSize: 2 },
    { kernelSize: [4, 2], stride: [1, 2], padding: 1, ceilMode: true, countIncludePad: false },
  ],
  Flatten: [{}, { startDim: 0, endDim: 2 }],
  Embedding: [
    { numEmbeddings: 4, embeddingDim: 2 },
    { numEmbeddings: 4, embeddingDim: 2, paddingIdx: 1 },
  ],
  GPT: [reader, { ...reader, dimFeedforward: 5, dropout: 0.2, tied: false }],
  TextClassifier: [
    { ...reader, classes: 3, padding: 0 },
    { ...reader, classes: 3, padding: 6, dimFeedforward: 5, dropout: 0.2 },
  ],
  TableEmbedding: [
    { numeric: 0, columns: [{ numEmbeddings: 3, embeddingDim: 2 }] },
    {
      numeric: 2,
      columns: [
        { numEmbeddings: 3, embeddingDim: 2 },
        { numEmbeddings: 4, embeddingDim: 1 },
      ],
    },
  ],
  RNN: [
    { inputSize: 3, hiddenSize: 2 },
    { ...recurrent, nonlinearity: 'relu' },
  ],
  LSTM: [{ inputSize: 3, hiddenSize: 2 }, recurrent],
  GRU: [{ inputSize: 3, hiddenSize: 2 }, recurrent],
  SequenceEncoder: [
    { numEmbeddings: 5, embeddingDim: 3, hiddenSize: 2 },
    { numEmbeddings: 5, embeddingDim: 3, hiddenSize: 2, paddingIdx: 0, bidirectional: false },
  ],
  LastStep: [{}, {}],
  SinusoidalPositionalEncoding: [{ dModel: 4 }, { dModel: 4 }],
  LearnedPositionalEncoding: [
    { maxLength: 5, dModel: 4 },
    { maxLength: 5, dModel: 4 },
  ],
  Attention: [{}, { isCausal: true }],
  MultiHeadAttention: [
    { embedDim: 4, numHeads: 2 },
    { embedDim: 4, numHeads: 2, dropout: 0.3, bias: false },
  ],
  TransformerEncoderLayer: [{ dModel: 2, nhead: 1 }, transformer],
  TransformerEncoder: [{ dModel: 2, nhead: 1 }, stack],
  TransformerDecoderLayer: [{ dModel: 2, nhead: 1 }, transformer],
  TransformerDecoder: [{ dModel: 2, nhead: 1 }, stack],
  LayerNorm: [{ normalizedShape: [3] }, { normalizedShape: [3, 2], eps: 0.1, elementwiseAffine: false }],
  GroupNorm: [
    { numGroups: 2, numChannels: 4 },
    { numGroups: 2, numChannels: 4, eps: 0.1, affine: false },
  ],
  BatchNorm1d: [{ numFeatures: 3 }, { ...batchNorm, trackRunningStats: false }],
  BatchNorm2d: [{ numFeatures: 3 }, batchNorm],
  ReLU: [{}, {}],
  Tanh: [{}, {}],
  Sigmoid: [{}, {}],
  GELU: [{}, { approximate: 'tanh' }],
  LeakyReLU: [{}, { negativeSlope: 0.2 }],
  PReLU: [{}, { numParameters: 3, init: 0.1 }],
  ELU: [{}, { alpha: 0.5 }],
  SELU: [{}, {}],
  SiLU: [{}, {}],
  Mish: [{}, {}],
  Softplus: [{}, { beta: 2, threshold: 10 }],
  Softsign: [{}, {}],
  LogSigmoid: [{}, {}],
  Hardtanh: [{}, { minVal: -2, maxVal: 3 }],
  ReLU6: [{}, {}],
  Hardsigmoid: [{}, {}],
  Hardswish: [{}, {}],
  Identity: [{}, {}],
  Softmax: [{}, { dim: 1 }],
  LogSoftmax: [{}, { dim: 0 }],
  Dropout: [{}, { probability: 0.3 }],
  Residual: [
    { inner: { ...inner, bias: true }, shortcut: null },
    { inner: { ...inner, bias: true }, shortcut: { ...inner, bias: false } },
  ],
  Branches: [
    { branches: [{ name: '0', layer: { ...inner, bias: true } }] },
    {
      branches: [
        { name: 'a', layer: { ...inner, bias: true } },
        { name: 'b', layer: { type: 'ReLU' } },
      ],
    },
  ],
  Sequential: [
    { layers: [{ name: '0', layer: { ...inner, bias: true } }] },
    {
      layers: [
        { name: 'a', layer: { ...inner, bias: true } },
        { name: 'b', layer: { type: 'ReLU' } },
      ],
    },
  ],
};

it('every layer type is listed here', () => {
  expect(Object.keys(layers).sort()).toEqual(Object.keys(builtinLayers).sort());
});

describe.each(Object.entries(layers))('%s', (type, [given, all]) => {
  const built = (options: Record<string, unknown>, maxWeights?: number) =>
    buildModel({ type, ...options }, { generator: new Generator(3), maxWeights });

  it.each([
    ['with what it must be told', given],
    ['with every option', all],
  ])('%s comes back from its description', (_, options) => {
    const layer = built(options);
    const text = JSON.stringify(layer.describe());
    const again = buildModel(JSON.parse(text) as LayerDescription);
    expect(layer.describe()).toMatchObject({ type, ...options });
    expect(JSON.stringify(again.describe())).toBe(text);
    const shapes = (module: typeof layer): unknown =>
      Object.entries(module.stateDict()).map(([name, { shape, dtype }]) => [name, shape, dtype]);
    expect(shapes(again)).toEqual(shapes(layer));
  });

  it.each([
    ['with what it must be told', given],
    ['with every option', all],
  ])('%s claims its weights before they are made, to the last one', (_, options) => {
    const tensors = Object.values(built(options).stateDict());
    const weights = tensors.reduce((sum, { size }) => sum + size, 0);
    expect(() => built(options, weights)).not.toThrow();
    if (weights > 0) expect(() => built(options, weights - 1)).toThrow(ModelFileError);
  });

  it('refuses an option that it does not know', () => {
    expect(() => built({ ...given, colour: 'red' })).toThrow(`(${type}) has a wrong option`);
  });
});

it('options that contradict each other are an error that names the layer', () => {
  const description = {
    layers: [{ name: 'norm', layer: { type: 'GroupNorm', numGroups: 2, numChannels: 3 } }],
  };
  expect(() => buildModel({ type: 'Sequential', ...description })).toThrow(
    'model.json: norm cannot be built. GroupNorm: 2 groups must divide the 3 channels.',
  );
});
