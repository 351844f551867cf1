import { describe, expect, it } from '@jest/globals';
import { ones, tensor } from 'azuraforge-core';
import { ArgumentError } from '../../src/error.ts';
import { ELU, GELU, Hardtanh, LeakyReLU, PReLU, Softplus } from '../../src/nn/activation.ts';
import { Attention } from '../../src/nn/attention.ts';
import { Conv1d, Conv2d, ConvTranspose2d } from '../../src/nn/convolution.ts';
import { Embedding } from '../../src/nn/embedding.ts';
import { Flatten } from '../../src/nn/flatten.ts';
import { GRU } from '../../src/nn/gru.ts';
import { Linear } from '../../src/nn/linear.ts';
import { LSTM } from '../../src/nn/lstm.ts';
import { MultiHeadAttention } from '../../src/nn/multi-head-attention.ts';
import { BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm } from '../../src/nn/normalization.ts';
import { AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d } from '../../src/nn/pool.ts';
import { LearnedPositionalEncoding, SinusoidalPositionalEncoding } from '../../src/nn/positional-encoding.ts';
import { Residual } from '../../src/nn/residual.ts';
import { RNN } from '../../src/nn/rnn.ts';
import { LogSoftmax, Softmax } from '../../src/nn/softmax.ts';
import { TransformerDecoder, TransformerDecoderLayer } from '../../src/nn/transformer-decoder.ts';
import { TransformerEncoder, TransformerEncoderLayer } from '../../src/nn/transformer-encoder.ts';

const small = { dimFeedforward: 4, numLayers: 1 };
const mask = (...shape: number[]) =>
  tensor(
    Array.from({ length: shape.reduce((a, b) => a * b) }, () => 0),
    { dtype: 'int32' },
  ).reshape(shape);

const wrongInputs: [layer: string, forward: () => unknown, message: string][] = [
  [
    'Linear',
    () => new Linear(3, 2).forward(ones([2, 4])),
    'Linear takes [..., 3] of float32 and was given the shape [2, 4]',
  ],
  [
    'Conv1d',
    () => new Conv1d(2, 3, 3).forward(ones([1, 3, 5])),
    'Conv1d takes [batch, 2, length] of float32 and was given the shape [1, 3, 5]',
  ],
  ['Conv2d', () => new Conv2d(2, 3, 3).forward(ones([2, 5, 5])), 'Conv2d takes [batch, 2, height, width]'],
  [
    'ConvTranspose2d',
    () => new ConvTranspose2d(2, 3, 3).forward(ones([1, 3, 5, 5])),
    'ConvTranspose2d takes [batch, 2, height, width]',
  ],
  ['MaxPool1d', () => new MaxPool1d(2).forward(ones([2, 4])), 'MaxPool1d takes [batch, channels, length]'],
  [
    'MaxPool2d',
    () => new MaxPool2d(2).forward(ones([2, 4, 4])),
    'MaxPool2d takes [batch, channels, height, width]',
  ],
  ['AvgPool1d', () => new AvgPool1d(2).forward(ones([2, 4])), 'AvgPool1d takes [batch, channels, length]'],
  [
    'AvgPool2d',
    () => new AvgPool2d(2).forward(ones([2, 4, 4])),
    'AvgPool2d takes [batch, channels, height, width]',
  ],
  [
    'Flatten',
    () => new Flatten({ startDim: 2 }).forward(ones([2, 4])),
    'Flatten joins the axes 2 to -1 and was given the shape [2, 4]',
  ],
  [
    'Embedding',
    () => new Embedding(3, 2).forward(ones([2])),
    'Embedding takes indices of int32 and was given the shape [2] of float32',
  ],
  ['RNN', () => new RNN(3, 2).forward(ones([2, 4])), 'RNN takes [batch, time, 3] with at least one step'],
  [
    'LSTM',
    () => new LSTM(3, 2).forward(ones([2, 0, 3])),
    'LSTM takes [batch, time, 3] with at least one step',
  ],
  [
    'GRU',
    () => new GRU(3, 2).forward(mask(2, 4, 3)),
    'of float32 and was given the shape [2, 4, 3] of int32',
  ],
  [
    'Attention',
    () => new Attention().forward(ones([2, 3, 4]), ones([2, 3, 5])),
    'was given the shapes [2, 3, 4], [2, 3, 5], [2, 3, 5]',
  ],
  [
    'MultiHeadAttention',
    () => new MultiHeadAttention(4, 2).forward(ones([2, 3, 4]), ones([1, 3, 4])),
    'MultiHeadAttention: key takes [batch, time, 4]',
  ],
  ['LayerNorm', () => new LayerNorm([2, 3]).forward(ones([3, 2])), 'LayerNorm takes [..., 2, 3]'],
  ['GroupNorm', () => new GroupNorm(2, 4).forward(ones([2, 3])), 'GroupNorm takes [batch, 4, ...]'],
  [
    'BatchNorm1d',
    () => new BatchNorm1d(3).forward(ones([2, 3, 1, 1])),
    'BatchNorm1d takes [batch, 3] or [batch, 3, length]',
  ],
  [
    'BatchNorm2d',
    () => new BatchNorm2d(3).forward(ones([2, 3])),
    'BatchNorm2d takes [batch, 3, height, width]',
  ],
  [
    'BatchNorm2d of one value',
    () => new BatchNorm2d(3).forward(ones([1, 3, 1, 1])),
    'BatchNorm2d in training takes more than one value per channel',
  ],
  [
    'SinusoidalPositionalEncoding',
    () => new SinusoidalPositionalEncoding(4).forward(ones([2, 4])),
    'SinusoidalPositionalEncoding takes [batch, time, 4]',
  ],
  [
    'LearnedPositionalEncoding',
    () => new LearnedPositionalEncoding(2, 4).forward(ones([1, 3, 4])),
    'takes [batch, time, 4] with at most 2 steps',
  ],
  [
    'TransformerEncoderLayer',
    () => new TransformerEncoderLayer(4, 2, { dimFeedforward: 4 }).forward(ones([1, 3])),
    'TransformerEncoderLayer takes [batch, time, 4]',
  ],
  [
    'TransformerEncoder',
    () => new TransformerEncoder(4, 2, small).forward(ones([1, 3, 5])),
    'TransformerEncoderLayer takes [batch, time, 4]',
  ],
  [
    'TransformerDecoderLayer',
    () => new TransformerDecoderLayer(4, 2, { dimFeedforward: 4 }).forward(ones([1, 3, 4])),
    'pass `memory`',
  ],
  [
    'TransformerDecoder',
    () => new TransformerDecoder(4, 2, small).forward(ones([1, 3, 4]), ones([2, 3, 4])),
    'TransformerDecoderLayer: memory takes [batch, time, 4]',
  ],
  ['PReLU', () => new PReLU({ numParameters: 3 }).forward(ones([2, 4])), 'PReLU takes [batch, 3, ...]'],
  [
    'Softmax',
    () => new Softmax({ dim: 2 }).forward(ones([2, 4])),
    'Softmax works along the axis 2 and was given the shape [2, 4]',
  ],
  [
    'LogSoftmax',
    () => new LogSoftmax({ dim: -3 }).forward(ones([2, 4])),
    'LogSoftmax works along the axis -3',
  ],
  [
    'Residual',
    () => new Residual(new Linear(3, 2)).forward(ones([2, 3])),
    'Residual adds what its inner layer gives, of the shape [2, 2], to [2, 3]',
  ],
];

const wrongOptions: [make: () => unknown, message: string][] = [
  [() => new Linear(0, 1), 'Linear: inFeatures is 0; it must be a whole number from 1 up.'],
  [() => new Conv1d(2, 3, 0), 'Conv1d: kernelSize is 0; it must be a whole number from 1 up.'],
  [() => new Conv1d(2, 3, 3, { stride: 2, padding: 'same' }), 'Conv1d: padding "same" needs the stride 1.'],
  [
    () => new Conv2d(2, 3, [3, 0]),
    'Conv2d: kernelSize is [3, 0]; it must be a whole number or a pair of them from 1 up.',
  ],
  [
    () => new Conv2d(3, 4, 3, { groups: 2 }),
    'Conv2d: 2 groups must divide the channels, 3 going in and 4 coming out.',
  ],
  [
    () => new Conv2d(2, 3, 3, { padding: -1 }),
    'Conv2d: padding is -1; it must be a whole number or a pair of them from 0 up.',
  ],
  [() => new Conv2d(2, 3, 3, { padding: 'full' as 'same' }), 'Conv2d: padding is "full"'],
  [
    () => new ConvTranspose2d(2, 3, 3, { outputPadding: 1 }),
    'ConvTranspose2d: outputPadding must be less than the stride or the dilation.',
  ],
  [() => new MaxPool2d(2, { padding: 2 }), 'MaxPool2d: the padding must be at most half of kernelSize.'],
  [() => new MaxPool1d(1.5), 'MaxPool1d: kernelSize is 1.5'],
  [() => new AvgPool1d(2, { stride: 0 }), 'AvgPool1d: stride is 0'],
  [() => new AvgPool2d(-1), 'AvgPool2d: kernelSize is -1'],
  [() => new Flatten({ startDim: 0.5 }), 'Flatten: startDim is 0.5'],
  [() => new Embedding(3, 2, { paddingIdx: 3 }), 'Embedding: paddingIdx is 3; there are 3 rows.'],
  [
    () => new RNN(3, 2, { nonlinearity: 'gelu' as 'relu' }),
    'RNN: nonlinearity is "gelu"; it must be "tanh" or "relu".',
  ],
  [() => new GRU(3, 2, { numLayers: 0 }), 'GRU: numLayers is 0'],
  [() => new LSTM(3, 2, { dropout: 1 }), 'LSTM: dropout is 1; it must be at least 0 and below 1.'],
  [() => new MultiHeadAttention(5, 2), 'MultiHeadAttention: 2 heads must divide embedDim, 5.'],
  [() => new LayerNorm([]), 'LayerNorm: normalizedShape is empty'],
  [() => new LayerNorm(2, { eps: -1 }), 'LayerNorm: eps is -1'],
  [() => new GroupNorm(2, 3), 'GroupNorm: 2 groups must divide the 3 channels.'],
  [() => new BatchNorm1d(2, { momentum: 2 }), 'BatchNorm1d: momentum is 2; it must lie in 0 to 1.'],
  [() => new BatchNorm2d(0), 'BatchNorm2d: numFeatures is 0'],
  [() => new SinusoidalPositionalEncoding(0), 'SinusoidalPositionalEncoding: dModel is 0'],
  [() => new LearnedPositionalEncoding(0, 2), 'LearnedPositionalEncoding: maxLength is 0'],
  [() => new TransformerEncoderLayer(4, 2, { dropout: 1 }), 'TransformerEncoderLayer: dropout is 1'],
  [
    () => new TransformerDecoderLayer(4, 2, { activation: 'tanh' as 'relu' }),
    'TransformerDecoderLayer: activation is "tanh"',
  ],
  [() => new TransformerEncoder(4, 2, { numLayers: 0 }), 'TransformerEncoder: numLayers is 0'],
  [() => new TransformerDecoder(4, 2, { numLayers: 0 }), 'TransformerDecoder: numLayers is 0'],
  [() => new GELU({ approximate: 'erf' as 'none' }), 'GELU: approximate is "erf"'],
  [() => new LeakyReLU({ negativeSlope: Number.NaN }), 'LeakyReLU: negativeSlope is NaN'],
  [() => new PReLU({ numParameters: 0 }), 'PReLU: numParameters is 0'],
  [() => new ELU({ alpha: Number.POSITIVE_INFINITY }), 'ELU: alpha is Infinity'],
  [() => new Softplus({ beta: 0 }), 'Softplus: beta is 0'],
  [() => new Hardtanh({ minVal: 1, maxVal: 1 }), 'Hardtanh: maxVal is 1; it must be above 1 and finite.'],
  [() => new Softmax({ dim: 0.5 }), 'Softmax: dim is 0.5'],
];

describe('bad input', () => {
  it.each(wrongInputs)('%s names itself, what it was given and what it takes', (_, forward, message) => {
    expect(forward).toThrow(ArgumentError);
    expect(forward).toThrow(message);
  });

  it.each(wrongOptions)('of an option: %#', (make, message) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });

  it('refuses lengths that are not those of the sequences', () => {
    const [layer, input] = [new LSTM(2, 3), ones([2, 4, 2])];
    const expected = 'LSTM takes 2 lengths from 1 to 4, one for each sequence';
    for (const lengths of [[4], [0, 4], [5, 4], [2.5, 4]]) {
      expect(() => layer.forward(input, { lengths })).toThrow(
        `${expected}, and was given [${lengths.join(', ')}]`,
      );
    }
    expect(() => layer.forward(input, { lengths: ones([2]) })).toThrow(`${expected}, as a list or int32 [2]`);
  });

  it('refuses states that do not fit', () => {
    const [lstm, gru, input] = [new LSTM(2, 3), new GRU(2, 3, { bidirectional: true }), ones([2, 4, 2])];
    expect(() => lstm.forward(input, { hidden: ones([1, 2, 3]) })).toThrow('hidden and cell together');
    expect(() => gru.forward(input, { hidden: ones([1, 2, 3]) })).toThrow('GRU: hidden takes [2, 2, 3]');
  });

  it('refuses masks that do not fit', () => {
    const [layer, input] = [new MultiHeadAttention(4, 2), ones([2, 3, 4])];
    expect(() => layer.forward(input, input, input, { keyPaddingMask: mask(2, 4) })).toThrow(
      'takes for keyPaddingMask [2, 3] without a gradient and was given the shape [2, 4]',
    );
    expect(() => layer.forward(input, input, input, { attnMask: mask(2, 3, 3) })).toThrow(
      'takes for attnMask [3, 3] or [4, 3, 3]',
    );
  });
});
