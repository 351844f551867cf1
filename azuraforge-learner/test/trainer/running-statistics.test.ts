import { expect, it } from '@jest/globals';
import { Generator } from 'azuraforge-core';
import { MSELoss } from '../../src/loss.ts';
import { Dropout } from '../../src/nn/dropout.ts';
import { Linear } from '../../src/nn/linear.ts';
import { BatchNorm1d } from '../../src/nn/normalization.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { Trainer } from '../../src/trainer.ts';
import { ArrayDataset } from '../../src/trainer/dataset.ts';

const random = new Generator(21);
const draws = (count: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, () => random.random() * 4 - 1);
const part = (rows: number): ArrayDataset =>
  new ArrayDataset({ data: draws(rows * 3), shape: [rows, 3] }, { data: draws(rows), shape: [rows, 1] });
const [train, validation] = [part(24), part(12)];

it('the running statistics of the best epoch come back with its weights', async () => {
  const generator = new Generator(5);
  const model = new Sequential({
    hidden: new Linear(3, 6, { generator }),
    norm: new BatchNorm1d(6, { momentum: 0.5 }),
    drop: new Dropout(0.2),
    head: new Linear(6, 1, { generator }),
  });
  // A rate at which the validation loss goes up and down, so that the best epoch is not the last.
  const optimizer = new SGD(model.parameters(), { learningRate: 0.3 });
  const trainer = new Trainer({ model, loss: new MSELoss(), optimizer, earlyStopping: { patience: 3 } });
  const { bestEpoch, bestLoss, epochs } = await trainer.fit({ train, validation, epochs: 30, batchSize: 8 });
  expect(bestEpoch).toBeLessThan(epochs.length);
  expect(await model.stateDict()['norm.num_batches_tracked']!.item()).toBe(bestEpoch * 3);
  const { loss } = await trainer.evaluate(validation, { batchSize: 8 });
  expect(loss).toBe(bestLoss);
});
