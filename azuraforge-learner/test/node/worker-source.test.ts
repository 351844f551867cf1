import { afterEach, expect, test } from '@jest/globals';
import { PrefetchedDataset } from '../../src/data/prefetched-dataset.ts';
import { DataError, LearnerError } from '../../src/error.ts';
import { WorkerSource } from '../../src/node/worker-source.ts';

const sourceModule = new URL('../fixtures/batch-source.mjs', import.meta.url);
const of = (...indices: number[]): Uint32Array => Uint32Array.from(indices);
let source: WorkerSource | undefined;

afterEach(async () => {
  await source?.close();
  source = undefined;
});

test('batches come from the thread, in the order of their use', async () => {
  source = await WorkerSource.start(sourceModule, { length: 9 });
  const dataset = new PrefetchedDataset(source);
  expect(dataset.length).toBe(9);
  const batches = [of(0, 1), of(2, 3), of(4)];
  await Promise.all(batches.map((indices) => dataset.prepare(indices, 2)));
  for (const indices of batches) {
    const { input, target } = dataset.batch(indices, 2);
    const expected = [...indices].map((index) => index + 200);
    expect([...(await input.data())]).toEqual(expected);
    expect([...(await target.data())]).toEqual(expected);
  }
});

test('a damaged sample is a DataError, and the thread goes on', async () => {
  source = await WorkerSource.start(sourceModule, { length: 9, broken: 3 });
  await expect(source.load(of(3), 1)).rejects.toThrow(new DataError('Sample 3 is damaged.'));
  await expect(source.load(of(3), 1)).rejects.toBeInstanceOf(DataError);
  expect([...(await source.load(of(4), 0)).input.data]).toEqual([4]);
});

test('a source that cannot start says why', async () => {
  await expect(WorkerSource.start(sourceModule, { length: 0 })).rejects.toThrow('There are no samples.');
  const missing = new URL('missing.mjs', sourceModule);
  await expect(WorkerSource.start(missing, {})).rejects.toThrow(/missing\.mjs/);
});

test('a thread that dies rejects what is under way, and what comes later', async () => {
  source = await WorkerSource.start(sourceModule, { length: 9 });
  await expect(source.load(of(9), 1)).rejects.toBeInstanceOf(LearnerError);
  await expect(source.load(of(1), 1)).rejects.toThrow(/has ended/);
});

test('closing rejects what is under way', async () => {
  source = await WorkerSource.start(sourceModule, { length: 9 });
  const load = source.load(of(1), 1);
  const closed = source.close();
  await expect(load).rejects.toThrow(/was closed/);
  await closed;
});
