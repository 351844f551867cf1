import { describe, expect, it } from '@jest/globals';
import { profile, zeros } from 'azuraforge-core';
import { ReLU } from '../../src/nn/activation.ts';
import { Conv1d, Conv2d, ConvTranspose2d } from '../../src/nn/convolution.ts';
import { Embedding } from '../../src/nn/embedding.ts';
import { Flatten } from '../../src/nn/flatten.ts';
import { LastStep } from '../../src/nn/last-step.ts';
import { Linear } from '../../src/nn/linear.ts';
import { LSTM } from '../../src/nn/lstm.ts';
import { MultiHeadAttention } from '../../src/nn/multi-head-attention.ts';
import { BatchNorm2d } from '../../src/nn/normalization.ts';
import { MaxPool2d } from '../../src/nn/pool.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { summary } from '../../src/nn/summary.ts';

const cnn = () =>
  new Sequential({
    features: new Sequential([
      new Conv2d(1, 4, 3, { padding: 1 }),
      new BatchNorm2d(4),
      new ReLU(),
      new MaxPool2d(2),
    ]),
    flat: new Flatten(),
    head: new Linear(36, 10),
  });

describe('summary', () => {
  it('is a table of shapes, parameters and FLOPs', () => {
    expect(String(summary(cnn(), [2, 1, 6, 6]))).toBe(
      [
        'layer       type         output shape  parameters  FLOPs',
        'features.0  Conv2d       [2, 4, 6, 6]          40  5,472',
        'features.1  BatchNorm2d  [2, 4, 6, 6]           8  1,152',
        'features.2  ReLU         [2, 4, 6, 6]           0    288',
        'features.3  MaxPool2d    [2, 4, 3, 3]           0    288',
        'flat        Flatten      [2, 36]                0      0',
        'head        Linear       [2, 10]              370  1,460',
        'total                                         418  8,660',
      ].join('\n'),
    );
  });

  it('gives the same as data, and parameters alone without a shape', () => {
    const { layers, parameters, flops } = summary(cnn(), [2, 1, 6, 6]);
    expect([layers.length, parameters, flops]).toEqual([6, 418, 8660]);
    expect(layers[0]).toEqual({
      name: 'features.0',
      type: 'Conv2d',
      outputShape: [2, 4, 6, 6],
      parameters: 40,
      flops: 5472,
    });
    const lstm = new Sequential({ lstm: new LSTM(3, 32, { bias: false }), last: new LastStep() });
    const bare = summary(lstm);
    expect(bare.flops).toBeNull();
    expect(bare.layers).toEqual([
      { name: 'lstm', type: 'LSTM', outputShape: null, parameters: 4480, flops: null },
      { name: 'last', type: 'LastStep', outputShape: null, parameters: 0, flops: null },
    ]);
  });

  it('leaves the model as it was', async () => {
    const model = cnn();
    const norm = model.children()[0]![1].children()[1]![1];
    summary(model, [2, 1, 6, 6]);
    expect([model.training, norm.training]).toEqual([true, true]);
    expect(await norm.stateDict().num_batches_tracked!.item()).toBe(0);
    expect(Object.hasOwn(norm, 'forward')).toBe(false);
    expect(() => summary(model, [2, 3, 6, 6])).toThrow('Conv2d takes');
    expect(Object.hasOwn(norm, 'forward')).toBe(false);
  });

  it('counts a layer that is used twice once by weights and twice by work', () => {
    const tied = new Linear(3, 3);
    const model = new Sequential([tied, tied]);
    expect(summary(model, [1, 3])).toMatchObject({ parameters: 12, flops: 2 * (18 + 3) });
  });

  it('takes indices', () => {
    const model = new Sequential([new Embedding(5, 4), new MultiHeadAttention(4, 2)]);
    const { layers } = summary(model, [2, 3], { dtype: 'int32' });
    expect(layers.map(({ name, outputShape, parameters }) => [name, outputShape, parameters])).toEqual([
      ['0', [2, 3, 4], 20],
      ['1', [2, 3, 4], 60],
      ['1.out_proj', [2, 3, 4], 20],
    ]);
  });
});

it.each([
  ['Linear', new Linear(5, 7, { bias: false }), [3, 5], 'matmul'],
  ['Conv1d', new Conv1d(4, 6, 3, { groups: 2, bias: false }), [2, 4, 9], 'conv2d'],
  ['Conv2d', new Conv2d(3, 4, [3, 2], { stride: 2, bias: false }), [2, 3, 9, 8], 'conv2d'],
  [
    'ConvTranspose2d',
    new ConvTranspose2d(4, 3, 3, { stride: 2, bias: false }),
    [2, 4, 5, 4],
    'conv2dInputGradient',
  ],
])('the products of %s are those of its kernel', async (_, layer, shape, kind) => {
  const report = await profile(async () => {
    await layer.forward(zeros(shape)).data();
  });
  const { flop } = report.kernels.find((kernel) => kernel.kind === kind)!;
  expect(summary(layer, shape).flops).toBe(flop);
});
