import { Generator, fromTypedArray } from 'azuraforge-core';
import type { OnnxInput } from '../../src/onnx.ts';
import { buildModel } from '../../src/model-file/architecture.ts';
import type { LayerDescription, Module } from '../../src/nn/module.ts';
import type { Feed } from './runtime.ts';

/** Options of a layer and what it is given. */
type Case = [options: Record<string, unknown>, input: Shape | Tokens, ...more: (Shape | Tokens)[]];
/** `B` and `T` are lengths that differ from call to call. */
type Shape = readonly (number | 'B' | 'T' | 'S')[];
interface Tokens {
  tokens: Shape;
}

const planes = { inChannels: 2, outChannels: 4, kernelSize: [3, 2], groups: 2, bias: false };
const recurrent = { inputSize: 3, hiddenSize: 4 };
const deep = { ...recurrent, numLayers: 2, bidirectional: true };
const small = { dModel: 4, nhead: 2, dimFeedforward: 8 };
const other = { ...small, activation: 'gelu', layerNormEps: 0.001, normFirst: true };
const stack = { numLayers: 2, finalNorm: true };
const columnOf = (numEmbeddings: number, embeddingDim: number) => ({ numEmbeddings, embeddingDim });
const batch = { numFeatures: 3, eps: 0.01, affine: false };
const elementwise: Case[] = [
  [{}, ['B', 3]],
  [{}, ['B', 2, 'T']],
];
const linear: LayerDescription = { type: 'Linear', inFeatures: 3, outFeatures: 3 };
const reader = { numEmbeddings: 5, embeddingDim: 3, hiddenSize: 2 };
const text = { vocabularySize: 5, maxLength: 8, dModel: 4, nhead: 2, numLayers: 2 };
const branches = {
  branches: [
    { name: 'text', layer: { type: 'SequenceEncoder', ...reader } },
    { name: 'image', layer: { type: 'Flatten' } },
  ],
};

export const cases: Readonly<Record<string, Case[]>> = {
  Linear: [
    [{ inFeatures: 3, outFeatures: 2 }, ['B', 3]],
    [{ inFeatures: 3, outFeatures: 2, bias: false }, ['B', 3]],
    [{ inFeatures: 3, outFeatures: 2 }, ['B', 'T', 3]],
    [{ inFeatures: 3, outFeatures: 2, bias: false }, [3]],
  ],
  Conv1d: [
    [{ inChannels: 2, outChannels: 3, kernelSize: 3 }, ['B', 2, 'T']],
    [{ ...planes, kernelSize: 2, padding: 'same', dilation: 3 }, ['B', 2, 9]],
    [{ inChannels: 2, outChannels: 3, kernelSize: 3, stride: 2, padding: 2 }, ['B', 2, 9]],
  ],
  Conv2d: [
    [{ inChannels: 2, outChannels: 3, kernelSize: 3, padding: 'valid' }, ['B', 2, 5, 6]],
    [{ ...planes, stride: [2, 1], padding: [1, 0], dilation: [1, 2] }, ['B', 2, 'T', 6]],
    [{ ...planes, padding: 'same' }, ['B', 2, 4, 5]],
  ],
  ConvTranspose2d: [
    [{ inChannels: 2, outChannels: 3, kernelSize: 3 }, ['B', 2, 4, 5]],
    [{ ...planes, stride: [2, 3], padding: 1, outputPadding: [1, 2], dilation: 2 }, ['B', 2, 'T', 3]],
  ],
  MaxPool1d: [
    [{ kernelSize: 2 }, ['B', 3, 'T']],
    [{ kernelSize: 4, stride: 1, padding: 2, dilation: 2, ceilMode: true }, ['B', 3, 9]],
    [{ kernelSize: 2, stride: 3, padding: 1, ceilMode: true }, ['B', 3, 6]],
  ],
  MaxPool2d: [
    [{ kernelSize: 2 }, ['B', 3, 6, 7]],
    [{ kernelSize: [4, 2], stride: 2, padding: [2, 1], dilation: [1, 2], ceilMode: true }, ['B', 3, 8, 8]],
  ],
  AvgPool1d: [
    [{ kernelSize: 2 }, ['B', 3, 'T']],
    [{ kernelSize: 3, stride: 2, padding: 1 }, ['B', 3, 8]],
    [{ kernelSize: 3, stride: 2, padding: 1, ceilMode: true }, ['B', 3, 8]],
    [{ kernelSize: 3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false }, ['B', 3, 8]],
  ],
  AvgPool2d: [
    [{ kernelSize: 2 }, ['B', 3, 6, 7]],
    [{ kernelSize: [4, 2], stride: [1, 2], padding: 1, countIncludePad: false }, ['B', 3, 6, 'T']],
    [{ kernelSize: [3, 2], stride: 2, padding: [1, 0], ceilMode: true }, ['B', 3, 8, 7]],
  ],
  Flatten: [
    [{}, ['B', 2, 3, 4]],
    [{ startDim: 0, endDim: 1 }, ['B', 2, 'T']],
    [{ startDim: 1, endDim: 2 }, ['B', 'T', 3, 4]],
  ],
  Embedding: [
    [{ numEmbeddings: 5, embeddingDim: 2 }, { tokens: ['B', 'T'] }],
    [{ numEmbeddings: 5, embeddingDim: 3, paddingIdx: 1 }, { tokens: ['B'] }],
  ],
  TableEmbedding: [
    [{ numeric: 2, columns: [columnOf(5, 3)] }, ['B', 3]],
    [{ numeric: 0, columns: [columnOf(6, 1), columnOf(5, 2)] }, ['B', 2]],
  ],
  RNN: [
    [recurrent, ['B', 'T', 3]],
    [{ ...deep, bias: false, nonlinearity: 'relu' }, ['B', 'T', 3]],
  ],
  LSTM: [
    [recurrent, ['B', 'T', 3]],
    [deep, ['B', 'T', 3]],
    [{ ...recurrent, bias: false, numLayers: 3 }, ['B', 4, 3]],
  ],
  GRU: [
    [recurrent, ['B', 'T', 3]],
    [deep, ['B', 'T', 3]],
    [{ ...recurrent, bias: false, bidirectional: true }, ['B', 4, 3]],
  ],
  SequenceEncoder: [
    [reader, { tokens: ['B', 'T'] }],
    [{ ...reader, paddingIdx: 0, bidirectional: false }, { tokens: ['B', 6] }],
  ],
  LastStep: [
    [{}, ['B', 'T', 3]],
    [{}, ['B', 1, 2]],
  ],
  SinusoidalPositionalEncoding: [
    [{ dModel: 4 }, ['B', 'T', 4]],
    [{ dModel: 5 }, ['B', 700, 5]],
  ],
  LearnedPositionalEncoding: [
    [{ maxLength: 8, dModel: 4 }, ['B', 'T', 4]],
    [{ maxLength: 5, dModel: 3 }, ['B', 5, 3]],
  ],
  Attention: [
    [{}, ['B', 'T', 3]],
    [{ isCausal: true }, ['B', 'T', 4]],
    [{}, ['B', 'T', 3], ['B', 'S', 3], ['B', 'S', 5]],
    [{ isCausal: true }, ['B', 2, 'T', 3], ['B', 2, 'S', 3]],
  ],
  MultiHeadAttention: [
    [{ embedDim: 4, numHeads: 2 }, ['B', 'T', 4]],
    [{ embedDim: 6, numHeads: 3, bias: false }, ['B', 'T', 6], ['B', 'S', 6]],
  ],
  TransformerEncoderLayer: [
    [small, ['B', 'T', 4]],
    [other, ['B', 'T', 4]],
  ],
  TransformerEncoder: [
    [{ ...small, ...stack }, ['B', 'T', 4]],
    [{ ...other, ...stack, finalNorm: false }, ['B', 'T', 4]],
  ],
  TransformerDecoderLayer: [
    [small, ['B', 'T', 4], ['B', 'S', 4]],
    [other, ['B', 'T', 4], ['B', 'S', 4]],
  ],
  TransformerDecoder: [
    [{ ...small, ...stack }, ['B', 'T', 4], ['B', 'S', 4]],
    [{ ...other, ...stack, finalNorm: false }, ['B', 'T', 4], ['B', 'S', 4]],
  ],
  GPT: [
    [text, { tokens: ['B', 'T'] }],
    [{ ...text, dimFeedforward: 5, tied: false }, { tokens: ['B', 8] }],
  ],
  TextClassifier: [
    [{ ...text, classes: 3, padding: 4 }, { tokens: ['B', 'T'] }],
    [{ ...text, classes: 2, padding: 0, dimFeedforward: 5 }, { tokens: ['B', 6] }],
  ],
  LayerNorm: [
    [{ normalizedShape: [3] }, ['B', 3]],
    [{ normalizedShape: [3, 2], eps: 0.1, elementwiseAffine: false }, ['B', 'T', 3, 2]],
  ],
  GroupNorm: [
    [{ numGroups: 2, numChannels: 4 }, ['B', 4, 'T', 3]],
    [{ numGroups: 2, numChannels: 4, eps: 0.1, affine: false }, ['B', 4, 5]],
  ],
  BatchNorm1d: [
    [{ numFeatures: 3 }, ['B', 3]],
    [batch, ['B', 3, 'T']],
    [{ ...batch, affine: true, trackRunningStats: false }, ['B', 3, 'T']],
  ],
  BatchNorm2d: [
    [{ numFeatures: 3 }, ['B', 3, 4, 'T']],
    [{ ...batch, trackRunningStats: false }, ['B', 3, 4, 5]],
  ],
  ReLU: elementwise,
  Tanh: elementwise,
  Sigmoid: elementwise,
  GELU: [...elementwise, [{ approximate: 'tanh' }, ['B', 3]]],
  LeakyReLU: [...elementwise, [{ negativeSlope: 0.2 }, ['B', 3]]],
  PReLU: [
    ...elementwise,
    [{ numParameters: 3 }, ['B', 3]],
    [{ numParameters: 3, init: 0.1 }, ['B', 3, 2, 2]],
  ],
  ELU: [...elementwise, [{ alpha: 0.5 }, ['B', 3]]],
  SELU: elementwise,
  SiLU: elementwise,
  Mish: elementwise,
  Softplus: [...elementwise, [{ beta: 2, threshold: 1 }, ['B', 'T', 3]]],
  Softsign: elementwise,
  LogSigmoid: elementwise,
  Hardtanh: [...elementwise, [{ minVal: -2, maxVal: 0.5 }, ['B', 3]]],
  ReLU6: elementwise,
  Hardsigmoid: elementwise,
  Hardswish: elementwise,
  Identity: elementwise,
  Softmax: [...elementwise, [{ dim: 1 }, ['B', 3, 'T']]],
  LogSoftmax: [...elementwise, [{ dim: 0 }, ['B', 3]]],
  Dropout: [...elementwise, [{ probability: 0.3 }, ['B', 3]]],
  Residual: [
    [{ inner: linear }, ['B', 'T', 3]],
    [{ inner: linear, shortcut: { ...linear, bias: false } }, ['B', 3]],
  ],
  Branches: [
    [branches, { tokens: ['B', 'T'] }, ['B', 2, 2, 2]],
    [
      {
        branches: [
          { name: '0', layer: linear },
          { name: '1', layer: { type: 'Identity' } },
          { name: '2', layer: { type: 'LastStep' } },
        ],
      },
      ['B', 3],
      ['B', 2],
      ['B', 'T', 4],
    ],
  ],
  Sequential: [
    [
      {
        layers: [
          { name: 'conv', layer: { type: 'Conv2d', inChannels: 1, outChannels: 2, kernelSize: 3 } },
          { name: 'norm', layer: { type: 'BatchNorm2d', numFeatures: 2 } },
          { name: 'bend', layer: { type: 'ReLU' } },
          { name: 'pool', layer: { type: 'MaxPool2d', kernelSize: 2 } },
          { name: 'flat', layer: { type: 'Flatten' } },
          { name: 'head', layer: { type: 'Linear', inFeatures: 18, outFeatures: 4 } },
        ],
      },
      ['B', 1, 8, 8],
    ],
    [
      {
        layers: [
          { name: 'lstm', layer: { type: 'LSTM', ...deep } },
          { name: 'last', layer: { type: 'LastStep' } },
          { name: 'head', layer: { type: 'Linear', inFeatures: 8, outFeatures: 1 } },
        ],
      },
      ['B', 'T', 3],
    ],
    [
      {
        layers: [
          { name: 'tokens', layer: { type: 'Embedding', numEmbeddings: 5, embeddingDim: 4 } },
          { name: 'places', layer: { type: 'SinusoidalPositionalEncoding', dModel: 4 } },
          { name: 'encoder', layer: { type: 'TransformerEncoder', ...small, ...stack } },
          { name: 'head', layer: { type: 'Linear', inFeatures: 4, outFeatures: 5 } },
          { name: 'words', layer: { type: 'LogSoftmax' } },
        ],
      },
      { tokens: ['B', 'T'] },
    ],
    [
      {
        layers: [
          { name: 'both', layer: { type: 'Branches', ...branches } },
          { name: 'head', layer: { type: 'Linear', inFeatures: 12, outFeatures: 3 } },
        ],
      },
      { tokens: ['B', 'T'] },
      ['B', 2, 2, 2],
    ],
  ],
};

const NAMES = ['input', 'second', 'third'];
/** Two calls with other lengths. */
const LENGTHS = [
  { B: 2, T: 5, S: 4 },
  { B: 3, T: 7, S: 6 },
];

/** How many of each row are no padding, where 4 is the padding; of the others all. */
const ROW_LENGTHS = [Infinity, 2, 0];

/** Whole numbers from 0 to 4; some rows end with many of the last one. */
function token(shape: readonly number[], at: number): number {
  const [row, steps] = [shape.length === 1 ? 0 : Math.floor(at / shape.at(-1)!), shape.at(-1)!];
  return at % steps < ROW_LENGTHS[row]! ? (at * 7 + 2) % 5 : 4;
}

export interface Prepared {
  model: Module;
  inputs: OnnxInput[];
  calls: Record<string, Feed>[];
}

/** The model in eval mode, with weights and statistics as after a training, and two calls with numbers. */
export function prepare(type: string, [options, ...given]: Case): Prepared {
  const generator = new Generator(5);
  const model = buildModel({ type, ...options }, { generator }).eval();
  const random = (): number => generator.random() * 2 - 1;
  for (const [name, tensor] of Object.entries(model.stateDict())) {
    if (tensor.dtype === 'int32') continue;
    const values = Float32Array.from({ length: tensor.size }, random);
    tensor.assign(
      fromTypedArray(
        name.endsWith('running_var') ? values.map((value) => value + 1.5) : values,
        tensor.shape,
      ),
    );
  }
  const takesCategories = type === 'TableEmbedding';
  const inputs = given.map((input, at): Required<OnnxInput> => {
    const name = NAMES[at]!;
    return 'tokens' in input
      ? { name, shape: input.tokens, dtype: 'int32' }
      : { name, shape: input, dtype: 'float32' };
  });
  const feed = (dtype: string, shape: readonly number[]): Feed => {
    const length = shape.reduce((product, each) => product * each, 1);
    const tokens = (_: unknown, at: number): number => token(shape, at);
    if (dtype === 'int32') return { shape, data: Int32Array.from({ length }, tokens) };
    return { shape, data: Float32Array.from({ length }, takesCategories ? tokens : () => random() * 3) };
  };
  return {
    model,
    inputs,
    calls: LENGTHS.map((lengths) =>
      Object.fromEntries(
        inputs.map(({ name, shape, dtype }) => [
          name,
          feed(
            dtype,
            (shape as Shape).map((length) => (typeof length === 'number' ? length : lengths[length])),
          ),
        ]),
      ),
    ),
  };
}
