import { describe, expect, it } from '@jest/globals';
import { Generator, compile, rand, tensor, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { MSELoss } from '../../src/loss.ts';
import { SiLU } from '../../src/nn/activation.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Module } from '../../src/nn/module.ts';
import type { LayerDescription } from '../../src/nn/module.ts';
import { BatchNorm1d } from '../../src/nn/normalization.ts';
import { LSTM } from '../../src/nn/lstm.ts';
import { GRU } from '../../src/nn/gru.ts';
import { RNN } from '../../src/nn/rnn.ts';
import { SinusoidalPositionalEncoding } from '../../src/nn/positional-encoding.ts';
import { TransformerEncoder } from '../../src/nn/transformer-encoder.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { expectValuesClose } from '../close.ts';
import { DEVICES, useDevice } from '../devices.ts';

/** Padded sequences through every layer that keeps something from step to step: statistics, dropout, tables. */
class Classifier extends Module {
  readonly layers: readonly [RNN, LSTM, GRU];
  readonly place = new SinusoidalPositionalEncoding(4);
  readonly encoder: TransformerEncoder;
  readonly head: Sequential;

  constructor(generator: Generator) {
    super();
    const both = { bidirectional: true, generator };
    this.layers = [new RNN(3, 2, both), new LSTM(4, 2, both), new GRU(4, 2, both)];
    this.encoder = new TransformerEncoder(4, 2, { numLayers: 1, dimFeedforward: 6, generator });
    this.head = new Sequential([new BatchNorm1d(4), new SiLU(), new Linear(4, 1, { generator })]);
  }

  override forward(input: Tensor, lengths?: Tensor): Tensor {
    const sequence = this.layers.reduce((values, layer) => layer.forward(values, { lengths }), input);
    return this.head.forward(this.encoder.forward(this.place.forward(sequence)).mean(1));
  }

  override describe(): LayerDescription {
    return { type: 'Classifier' };
  }
}

/** The losses of some training steps, then all of the model's state. */
async function train(isCaptured: boolean): Promise<number[]> {
  const model = new Classifier(new Generator(1));
  model.useGenerator(new Generator(2));
  const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
  const loss = new MSELoss();
  const step = (input: Tensor, lengths: Tensor, target: Tensor): Tensor => {
    optimizer.zeroGrad();
    const value = loss.forward(model.forward(input, lengths), target);
    value.backward();
    optimizer.step();
    return value.detach();
  };
  const run = isCaptured ? compile(step) : (...args: Parameters<typeof step>) => tidy(() => step(...args));
  const data = new Generator(3);
  const losses: number[] = [];
  for (const lengths of [
    [3, 1, 4, 2],
    [4, 4, 1, 1],
    [2, 3, 2, 4],
  ]) {
    const target = rand([4, 1], { generator: data });
    const counts = tensor(lengths, { dtype: 'int32' });
    losses.push(await run(rand([4, 4, 3], { generator: data }), counts, target).item());
  }
  for (const each of Object.values(model.stateDict())) losses.push(...(await each.data()));
  return losses;
}

describe.each(DEVICES)('a captured step on %s', (device) => {
  useDevice(device);

  it('trains weights and running statistics as an eager one does, with other lengths at each call', async () => {
    expectValuesClose(await train(true), await train(false));
  });

  it('counts batches and moves the running statistics', async () => {
    const layer = new BatchNorm1d(2);
    const step = compile((input: Tensor) => layer.forward(input).sum());
    for (let call = 0; call < 3; call++)
      step(
        tensor([
          [1, 2],
          [3, 6],
        ]),
      ).dispose();
    const state = layer.stateDict();
    expect(await state.num_batches_tracked!.item()).toBe(3);
    expectValuesClose(await state.running_mean!.data(), [2 * (1 - 0.9 ** 3), 4 * (1 - 0.9 ** 3)]);
    layer.eval().forward(tensor([[1, 2]]));
    expect(await state.num_batches_tracked!.item()).toBe(3);
  });
});
