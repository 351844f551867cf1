import { expect, test } from '@jest/globals';
import { jitter } from '../../src/data/augment/series.ts';
import { WindowDataset } from '../../src/data/window-dataset.ts';

const options = {
  inputs: { names: ['a', 'b'], data: Float64Array.from({ length: 20 }, (_, index) => index) },
  lag: 0,
  window: 3,
  origins: Int32Array.of(4, 7),
  targets: { names: ['step'], data: Float64Array.of(50, 70) },
};

test('gives the rows up to the origin', async () => {
  const { input, target } = new WindowDataset(options).batch(Uint32Array.of(1));
  expect([...(await input.data())]).toEqual([10, 11, 12, 13, 14, 15]);
  expect([...(await target.data())]).toEqual([70]);
});

test('augments inputs alone, by sample and epoch', async () => {
  const dataset = new WindowDataset({ ...options, augment: [jitter({ sigma: 0.1 })], seed: 3 });
  const read = async (indices: number[], epoch: number): Promise<number[]> => [
    ...(await dataset.batch(Uint32Array.from(indices), epoch).input.data()),
  ];
  const both = await read([0, 1], 2);
  expect(both.slice(6)).toEqual(await read([1], 2));
  expect(both.slice(6)).not.toEqual(await read([1], 3));
  expect(both.slice(6).map(Math.round)).toEqual([10, 11, 12, 13, 14, 15]);
  expect([...(await dataset.batch(Uint32Array.of(0), 2).target.data())]).toEqual([50]);
});
