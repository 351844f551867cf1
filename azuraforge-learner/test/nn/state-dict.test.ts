import { describe, expect, it } from '@jest/globals';
import type { Tensor } from 'azuraforge-core';
import { loadModel, saveModel } from '../../src/model-file.ts';
import { readSafetensors } from '../../src/model-file/safetensors.ts';
import { PReLU, SiLU } from '../../src/nn/activation.ts';
import { Conv1d, Conv2d, ConvTranspose2d } from '../../src/nn/convolution.ts';
import { Embedding } from '../../src/nn/embedding.ts';
import { Flatten } from '../../src/nn/flatten.ts';
import { GRU } from '../../src/nn/gru.ts';
import { Linear } from '../../src/nn/linear.ts';
import { LSTM } from '../../src/nn/lstm.ts';
import type { Module } from '../../src/nn/module.ts';
import { BatchNorm1d, BatchNorm2d, GroupNorm } from '../../src/nn/normalization.ts';
import { AvgPool2d, MaxPool1d } from '../../src/nn/pool.ts';
import { LearnedPositionalEncoding } from '../../src/nn/positional-encoding.ts';
import { Residual } from '../../src/nn/residual.ts';
import { RNN } from '../../src/nn/rnn.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { readState } from '../../src/nn/state.ts';
import { LogSoftmax } from '../../src/nn/softmax.ts';
import { TransformerEncoder } from '../../src/nn/transformer-encoder.ts';
import { expectClose } from '../close.ts';
import { DEVICES, useDevice } from '../devices.ts';
import { asTensor, readFixture, readFixtureBytes } from '../fixture.ts';
import type { FixtureTensor } from '../fixture.ts';

/** The models of `test/reference/composed_layers.py`, which PyTorch has trained for some steps. */
const models: Record<string, () => Module> = {
  reader: () =>
    new Sequential({
      words: new Embedding(11, 8, { paddingIdx: 0 }),
      places: new LearnedPositionalEncoding(6, 8),
      encoder: new TransformerEncoder(8, 2, {
        dimFeedforward: 12,
        activation: 'gelu',
        numLayers: 2,
        finalNorm: true,
      }),
      gru: new GRU(8, 4, { numLayers: 2, bidirectional: true }),
      lstm: new LSTM(8, 6),
      rnn: new RNN(6, 6),
      conv: new Conv1d(6, 8, 3, { padding: 1 }),
      bn: new BatchNorm1d(8),
      block: new Residual(new Sequential([new Conv1d(8, 4, 1), new GroupNorm(2, 4)]), {
        shortcut: new Conv1d(8, 4, 1),
      }),
      slope: new PReLU({ numParameters: 4 }),
      pool: new MaxPool1d(2),
      flat: new Flatten(),
      head: new Linear(12, 3),
      probabilities: new LogSoftmax(),
    }),
  painter: () =>
    new Sequential({
      conv: new Conv2d(1, 4, 3, { stride: 2, padding: 1 }),
      bn: new BatchNorm2d(4),
      bend: new SiLU(),
      up: new ConvTranspose2d(4, 2, 2, { stride: 2 }),
      pool: new AvgPool2d(2),
      flat: new Flatten(),
      head: new Linear(18, 2),
    }),
};

const description = {
  pipelineId: 'test',
  preprocessing: {},
  features: [],
  versions: {},
  datasetHash: 'none',
  seed: 0,
};

describe.each(DEVICES)('a state dict of PyTorch on %s', (device) => {
  useDevice(device);

  it.each(Object.keys(models))('%s predicts the same, also when saved and loaded again', async (name) => {
    const { input, output } = await readFixture<{ input: FixtureTensor; output: FixtureTensor }>(name);
    const { tensors } = readSafetensors(await readFixtureBytes(`${name}.safetensors`));
    const model = models[name]!();
    model.loadStateDict(tensors);
    expect(Object.keys(model.stateDict()).sort()).toEqual(Object.keys(tensors).sort());
    await expectClose(model.eval().forward(asTensor(input)), output);

    const loaded = loadModel(await saveModel(model, description)).model;
    await expectClose(loaded.forward(asTensor(input)), output);
    expect(await readState(loaded.stateDict())).toEqual(await readState(model.stateDict()));
  });
});

interface Confirmed {
  model: object;
  inputs: FixtureTensor[];
  output: FixtureTensor;
}

// What `test/reference/read_by_torch.py` has loaded into PyTorch's layers, strictly.
it.each(['reader', 'painter', 'decoder', 'attention'])(
  '%s is saved in the bytes that PyTorch has read, and predicts what it predicted',
  async (name) => {
    const weights = await readFixtureBytes(`read-by-torch/${name}.safetensors`);
    const { model, inputs, output } = await readFixture<Confirmed>(`read-by-torch/${name}`);
    const text = new TextEncoder().encode(JSON.stringify(model));
    const loaded = loadModel({ 'model.safetensors': weights, 'model.json': text }).model;
    const forward = loaded.forward.bind(loaded) as (...all: Tensor[]) => Tensor;
    await expectClose(forward(...inputs.map((input) => asTensor(input))), output);
    const saved = await saveModel(loaded, description);
    expect(saved['model.safetensors']).toEqual(new Uint8Array(weights));
  },
);
