import { afterEach, expect, test } from '@jest/globals';
import { fromTypedArray, Generator, memory, tensor } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { HostBatch } from '../../src/data/batch-source.ts';
import { PrefetchedDataset } from '../../src/data/prefetched-dataset.ts';
import { Subset } from '../../src/data/subset.ts';
import { ArgumentError } from '../../src/error.ts';
import { MSELoss } from '../../src/loss.ts';
import { loadModel, saveModel } from '../../src/model-file.ts';
import { Branches } from '../../src/nn/branches.ts';
import { Linear } from '../../src/nn/linear.ts';
import { SequenceEncoder } from '../../src/nn/sequence-encoder.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { WorkerSource } from '../../src/node/worker-source.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { Trainer } from '../../src/trainer.ts';
import type { Dataset } from '../../src/trainer/dataset.ts';
import { predictInBatches } from '../../src/trainer/evaluation.ts';

const COUNT = 24;

let source: WorkerSource<readonly HostBatch['target'][]> | undefined;

afterEach(async () => {
  await source?.close();
  source = undefined;
});

const values = (indices: Uint32Array, of: (index: number) => number): HostBatch['target'] => ({
  data: Float32Array.from(indices, of),
  shape: [indices.length, 1],
});

const first = (index: number): number => Math.sin(index);
const second = (index: number): number => Math.cos(3 * index);

/** The target is the first input less twice the second: neither alone tells it. */
const differences: Dataset = {
  length: COUNT,
  batch(indices) {
    const column = (of: (index: number) => number): Tensor =>
      fromTypedArray(Float32Array.from(indices, of), [indices.length, 1]);
    const pairs = Float32Array.from({ length: 2 * indices.length }, (_, at) =>
      at % 2 === 0 ? second(indices[at / 2]!) : 1,
    );
    return {
      input: [column(first), fromTypedArray(pairs, [indices.length, 2])],
      target: column((index) => first(index) - 2 * second(index)),
    };
  },
};

const model = (): Sequential => {
  const generator = new Generator(2);
  return new Sequential({
    branches: new Branches({
      first: new Linear(1, 3, { generator }),
      second: new Linear(2, 3, { generator }),
    }),
    head: new Linear(6, 1, { generator }),
  });
};

async function trained(train: Dataset, options: { compile?: boolean; accumulation?: number } = {}) {
  const network = model();
  const optimizer = new SGD(network.parameters(), { learningRate: 0.1 });
  const trainer = new Trainer({ model: network, loss: new MSELoss(), optimizer, seed: 3, ...options });
  const { epochs } = await trainer.fit({ train, validation: differences, epochs: 12, batchSize: 7 });
  return { network, losses: epochs.map(({ trainLoss, validationLoss }) => [trainLoss, validationLoss]) };
}

test('a model of two inputs learns from both, captured as step by step', async () => {
  const { network, losses } = await trained(differences);
  expect(losses.at(-1)![1]).toBeLessThan(0.01);
  expect((await trained(differences, { compile: false })).losses).toEqual(losses);
  const outputs = await predictInBatches(network, differences, { batchSize: 5 });
  const target = differences.batch(Uint32Array.from({ length: COUNT }, (_, index) => index)).target;
  const wanted = await target.data();
  const worst = Math.max(...outputs.data.map((value, index) => Math.abs(value - wanted[index]!)));
  expect(outputs.shape).toEqual([COUNT, 1]);
  expect(worst).toBeLessThan(0.3);
});

test('gradients of several batches add up', async () => {
  const { losses } = await trained(differences, { accumulation: 2 });
  expect(losses.at(-1)![1]).toBeLessThan(losses[0]![1]!);
});

test('leaves no tensor behind', async () => {
  const before = memory().buffers;
  const { network } = await trained(differences);
  network.dispose();
  expect(memory().buffers).toBe(before);
});

test('its model file loads and says the same', async () => {
  const network = model();
  const description = { pipelineId: 'p', preprocessing: {}, features: ['a', 'b'], versions: {} };
  const files = await saveModel(network, { ...description, datasetHash: 'none', seed: 0 });
  const { model: loaded } = loadModel(files);
  const options = { batchSize: COUNT };
  const said = await predictInBatches(loaded, differences, options);
  expect(said).toEqual(await predictInBatches(network, differences, options));
});

test('several inputs are prefetched, behind a subset too, and come from a thread', async () => {
  const prefetched = new PrefetchedDataset({
    length: COUNT,
    load: (indices: Uint32Array, epoch: number) => ({
      input: [values(indices, (index) => index), values(indices, (index) => 10 * index + epoch)],
      target: values(indices, (index) => -index),
    }),
  });
  const subset = new Subset(prefetched, Uint32Array.of(9, 4, 1));
  await subset.prepare(Uint32Array.of(0, 2), 3);
  const { input } = subset.batch(Uint32Array.of(0, 2), 3);
  expect(await Promise.all(input.map((each) => each.array()))).toEqual([
    [[9], [1]],
    [[93], [13]],
  ]);
  const place = new URL('../fixtures/two-input-source.mjs', import.meta.url);
  source = await WorkerSource.start<readonly HostBatch['target'][]>(place, { length: 4 });
  const batch = await source.load(Uint32Array.of(3), 2);
  expect(batch.input.map(({ data }) => [...data])).toEqual([[3], [2]]);
});

test('what does not fit the branches is refused by their names', () => {
  const branches = new Branches({ text: new Linear(1, 2), image: new Linear(1, 2) });
  expect(() => branches.forward(tensor([[1]]))).toThrow(ArgumentError);
  expect(() => branches.forward(tensor([[1]]))).toThrow('an input for each of text, image and was given 1');
  expect(() => branches.forward(tensor([[1]]), tensor([[[1]]]))).toThrow('image gave the shape [1, 1, 2]');
  expect(() => new Branches({})).toThrow('Branches needs at least one layer');
  expect(() => new Branches({ 'a.b': new Linear(1, 1) })).toThrow('the name "a.b"');
});

test('an encoder of sequences sees no padding, and bears a text of nothing else', async () => {
  const encoder = new SequenceEncoder(4, 3, 2, { generator: new Generator(1) });
  const of = async (rows: number[][]): Promise<number[]> => [
    ...(await encoder.forward(tensor(rows, { dtype: 'int32' })).data()),
  ];
  expect(await of([[1, 2, 3, 3]])).toEqual(await of([[1, 2]]));
  expect((await of([[3, 3]])).every(Number.isFinite)).toBe(true);
  expect(() => encoder.forward(tensor([[1.5]]))).toThrow('takes [batch, time]');
  expect(() => new SequenceEncoder(4, 3, 2, { paddingIdx: 4 })).toThrow(ArgumentError);
  expect(() => new SequenceEncoder(4, 3, 2, { paddingIdx: -1 })).toThrow(ArgumentError);
});
