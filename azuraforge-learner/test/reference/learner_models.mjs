// Trains models for some steps and writes what they are and what they predict to a folder; for read_by_torch.py.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import { Generator, fromTypedArray } from 'azuraforge-core';
import * as learner from 'azuraforge-learner';

const { Conv1d, Embedding, GRU, GroupNorm, Linear, LSTM, RNN, Residual, Sequential } = learner;
const generator = new Generator(7);

const models = {
  reader: new Sequential({
    words: new Embedding(11, 8, { paddingIdx: 0, generator }),
    places: new learner.LearnedPositionalEncoding(6, 8, { generator }),
    encoder: new learner.TransformerEncoder(8, 2, {
      dimFeedforward: 12,
      activation: 'gelu',
      numLayers: 2,
      finalNorm: true,
      generator,
    }),
    gru: new GRU(8, 4, { numLayers: 2, bidirectional: true, generator }),
    lstm: new LSTM(8, 6, { generator }),
    rnn: new RNN(6, 6, { generator }),
    conv: new Conv1d(6, 8, 3, { padding: 1, generator }),
    bn: new learner.BatchNorm1d(8),
    block: new Residual(new Sequential([new Conv1d(8, 4, 1, { generator }), new GroupNorm(2, 4)]), {
      shortcut: new Conv1d(8, 4, 1, { generator }),
    }),
    slope: new learner.PReLU({ numParameters: 4 }),
    pool: new learner.MaxPool1d(2),
    flat: new learner.Flatten(),
    head: new Linear(12, 3, { generator }),
    probabilities: new learner.LogSoftmax(),
  }),
  painter: new Sequential({
    conv: new learner.Conv2d(1, 4, 3, { stride: 2, padding: 1, generator }),
    bn: new learner.BatchNorm2d(4),
    bend: new learner.SiLU(),
    up: new learner.ConvTranspose2d(4, 2, 2, { stride: 2, generator }),
    pool: new learner.AvgPool2d(2),
    flat: new learner.Flatten(),
    head: new Linear(18, 2, { generator }),
  }),
  decoder: new learner.TransformerDecoder(8, 2, {
    dimFeedforward: 12,
    normFirst: true,
    numLayers: 2,
    finalNorm: true,
    generator,
  }),
  attention: new learner.MultiHeadAttention(6, 3, { generator }),
};
const random = (length) => Float32Array.from({ length }, () => generator.random() * 4 - 2);
const signal = (...shape) => fromTypedArray(random(shape.reduce((size, length) => size * length)), shape);
const inputs = {
  reader: [
    fromTypedArray(
      Int32Array.from({ length: 30 }, (_, at) => (at * 7) % 11),
      [5, 6],
    ),
  ],
  painter: [signal(5, 1, 6, 6)],
  decoder: [signal(2, 5, 8), signal(2, 3, 8)],
  attention: [signal(2, 4, 6), signal(2, 5, 6)],
};
const description = {
  pipelineId: 'state-dict-check',
  preprocessing: {},
  features: [],
  versions: {},
  datasetHash: '',
  seed: 7,
};

for (const [key, model] of Object.entries(models)) {
  const optimizer = new learner.Adam(model.parameters(), { learningRate: 0.02 });
  for (let step = 0; step < 5; step++) {
    model
      .forward(...inputs[key])
      .square()
      .mean()
      .backward();
    optimizer.step();
    optimizer.zeroGrad();
  }
  const output = model.eval().forward(...inputs[key]);
  const files = await learner.saveModel(model, description);
  await mkdir(argv[2], { recursive: true });
  await writeFile(join(argv[2], `${key}.safetensors`), files['model.safetensors']);
  const content = {
    model: JSON.parse(new TextDecoder().decode(files['model.json'])),
    inputs: await Promise.all(inputs[key].map((input) => input.array())),
    output: await output.array(),
  };
  await writeFile(join(argv[2], `${key}.json`), JSON.stringify(content));
}
