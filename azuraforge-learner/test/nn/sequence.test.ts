import { describe, expect, it } from '@jest/globals';
import { Generator, full, memory, ones, rand, tensor, tidy, zeros } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { Attention } from '../../src/nn/attention.ts';
import { Embedding } from '../../src/nn/embedding.ts';
import { GRU } from '../../src/nn/gru.ts';
import { LSTM } from '../../src/nn/lstm.ts';
import { MultiHeadAttention } from '../../src/nn/multi-head-attention.ts';
import { SinusoidalPositionalEncoding } from '../../src/nn/positional-encoding.ts';
import { RNN } from '../../src/nn/rnn.ts';
import { TransformerDecoder } from '../../src/nn/transformer-decoder.ts';
import { TransformerEncoder } from '../../src/nn/transformer-encoder.ts';
import { expectValuesClose } from '../close.ts';

const kinds = { RNN, LSTM, GRU };

describe.each(Object.entries(kinds))('%s over padded sequences', (_, Kind) => {
  it('never looks at what stands behind the end of a sequence', async () => {
    const generator = new Generator(4);
    const layer = new Kind(2, 3, { numLayers: 2, bidirectional: true, generator });
    const clean = rand([2, 4, 2], { generator });
    const rest = ones([2, 4, 1])
      .gt(0)
      .mul(
        tensor(
          [
            [[0], [0], [1], [1]],
            [[0], [0], [0], [1]],
          ],
          { dtype: 'int32' },
        ),
      );
    const dirty = full([2, 4, 2], Number.NaN).where(rest, clean);
    dirty.requiresGrad = true;
    const lengths = [2, 3];
    const { output, hidden } = layer.forwardWithState(dirty, { lengths });
    expectValuesClose(
      await output.data(),
      Array.from(await layer.forward(clean, { lengths }).data()),
      'output',
    );
    output.sum().add(hidden.sum()).backward();
    const gradients = [dirty, ...layer.parameters()].map(({ grad }) => grad!.data());
    for (const values of await Promise.all(gradients)) {
      expect(Array.from(values).every(Number.isFinite)).toBe(true);
    }
    expect(Array.from(await dirty.grad!.narrow(1, 3, 1).data())).toEqual([0, 0, 0, 0]);
  });

  it('gives the same for a list and a tensor of lengths', async () => {
    const layer = new Kind(2, 3, { generator: new Generator(5) });
    const input = rand([3, 4, 2], { generator: new Generator(6) });
    const byList = layer.forward(input, { lengths: [4, 1, 3] });
    const byTensor = layer.forward(input, { lengths: tensor([4, 1, 3], { dtype: 'int32' }) });
    expect(await byTensor.data()).toEqual(await byList.data());
  });

  it('drops between layers only, and only while training', async () => {
    const generator = new Generator(2);
    const input = ones([4, 6, 2]);
    const deep = new Kind(2, 3, { numLayers: 2, dropout: 0.5, generator });
    const run = async (): Promise<unknown> => deep.forward(input).data();
    expect(await run()).not.toEqual(await run());
    deep.useGenerator(new Generator(1));
    const first = await run();
    deep.useGenerator(new Generator(1));
    expect(await run()).toEqual(first);
    deep.eval();
    expect(await run()).toEqual(await run());
  });
});

describe('attention', () => {
  const generator = new Generator(7);
  const input = rand([1, 3, 4], { generator });
  const hideAll = tensor(
    [
      [1, 1, 1],
      [0, 0, 1],
      [0, 0, 0],
    ],
    { dtype: 'int32' },
  );

  it('gives zeros where every key is hidden, with and without its weights, and finite gradients', async () => {
    const layer = new MultiHeadAttention(4, 2, { generator });
    const hidden = await layer.forward(input, input, input, { attnMask: hideAll }).array();
    const bias = await layer.outProj.bias!.array();
    expectValuesClose((hidden as number[][][])[0]![0]!, bias as number[]);
    const weights = (await layer.weights(input, input, { attnMask: hideAll }).array()) as number[][][][];
    expect(weights[0]![0]![0]).toEqual([0, 0, 0]);
    expectValuesClose(
      weights[0]![1]!.map((row) => row.reduce((sum, value) => sum + value)),
      [0, 1, 1],
    );
    layer.weights(input, input, { attnMask: hideAll }).square().sum().backward();
    expect(Array.from(await layer.inProjWeight.grad!.data()).every(Number.isFinite)).toBe(true);
  });

  it('of one layer is that of its weights', async () => {
    const mask = {
      attnMask: tensor(
        [
          [1, 1, 0],
          [1, 0, 1],
          [1, 1, 1],
        ],
        { dtype: 'int32' },
      ),
    };
    for (const layer of [new Attention(), new Attention({ isCausal: true })]) {
      const output = layer.forward(input, input, input, mask);
      const product = layer.weights(input, input, mask).matmul(input);
      expectValuesClose(await output.data(), Array.from(await product.data()));
    }
  });

  it('drops weights while training, by the generator that it is handed', async () => {
    const layer = new MultiHeadAttention(4, 2, { dropout: 0.5, generator });
    const draw = async (seed: number): Promise<unknown> => {
      layer.useGenerator(new Generator(seed));
      return layer.forward(input).data();
    };
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
    layer.eval();
    expect(await draw(1)).toEqual(await draw(2));
  });

  it('keeps the mean of its outputs when it drops', async () => {
    const layer = new MultiHeadAttention(4, 1, { dropout: 0.25, generator });
    const many = input.expand([2000, 3, 4]);
    const dropped = await layer.forward(many).mean(0).data();
    layer.eval();
    expectValuesClose(dropped, Array.from(await layer.forward(input).data()), 'mean', 0.02);
  });

  it('in a transformer draws every dropout from the generator that it is handed', async () => {
    const encoder = new TransformerEncoder(4, 2, {
      dimFeedforward: 8,
      numLayers: 2,
      dropout: 0.5,
      generator,
    });
    const decoder = new TransformerDecoder(4, 2, {
      dimFeedforward: 8,
      numLayers: 2,
      dropout: 0.5,
      generator,
    });
    const draw = async (seed: number): Promise<unknown> => {
      encoder.useGenerator(new Generator(seed));
      decoder.useGenerator(new Generator(seed));
      return decoder.forward(input, encoder.forward(input)).data();
    };
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
  });

  it('starts as torch does: Xavier for the projections, no bias', async () => {
    const layer = new MultiHeadAttention(24, 2, { generator });
    const values = Array.from(await layer.inProjWeight.data());
    const bound = Math.sqrt(6 / 96);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(Math.max(...values)).toBeGreaterThan(bound * 0.9);
    for (const bias of [layer.inProjBias!, layer.outProj.bias!]) {
      expect(new Set(await bias.data())).toEqual(new Set([0]));
    }
  });
});

it('SinusoidalPositionalEncoding takes longer sequences after shorter ones', async () => {
  const layer = new SinusoidalPositionalEncoding(4);
  for (const steps of [2, 5, 3]) {
    const [input, fresh] = [zeros([1, steps, 4]), new SinusoidalPositionalEncoding(4)];
    expect(await layer.forward(input).data()).toEqual(await fresh.forward(input).data());
  }
});

it('Embedding starts normally distributed, with zeros in the row for padding', async () => {
  const { weight } = new Embedding(40, 50, { paddingIdx: -40, generator: new Generator(3) });
  const values = Array.from(await weight.data());
  expect(new Set(values.slice(0, 50))).toEqual(new Set([0]));
  const rest = values.slice(50);
  const deviation = Math.sqrt(rest.reduce((sum, value) => sum + value ** 2, 0) / rest.length);
  expect(Math.abs(deviation - 1)).toBeLessThan(0.05);
});

it.each([
  [
    'RNN',
    () => new RNN(4, 2, { bidirectional: true }),
    (layer: RNN, x: Tensor) => layer.forward(x, { lengths: [3] }),
  ],
  [
    'LSTM',
    () => new LSTM(4, 2, { numLayers: 2 }),
    (layer: LSTM, x: Tensor) => layer.forward(x, { lengths: [3] }),
  ],
  [
    'attention',
    () => new MultiHeadAttention(4, 2),
    (layer: MultiHeadAttention, x: Tensor) => layer.forward(x),
  ],
  [
    'transformer',
    () => new TransformerEncoder(4, 2, { numLayers: 1 }),
    (layer: TransformerEncoder, x: Tensor) => layer.forward(x),
  ],
])('%s leaves nothing behind but its output', (_, make, run) => {
  const input = ones([1, 3, 4]);
  const layer = make();
  const before = memory().buffers;
  const output = (run as (layer: unknown, input: Tensor) => Tensor)(layer, input);
  tidy(() => output.sum().backward());
  output.dispose();
  for (const parameter of layer.parameters()) parameter.grad = null;
  expect(memory().buffers).toBe(before);
});
