import { expect, test } from '@jest/globals';
import type { BatchSource, HostBatch } from '../../src/data/batch-source.ts';
import { PrefetchedDataset } from '../../src/data/prefetched-dataset.ts';
import { Subset } from '../../src/data/subset.ts';
import { ArgumentError, DataError } from '../../src/error.ts';

/** Batches of the sample numbers plus 100 for each epoch, made when they are told to. */
class SlowSource implements BatchSource {
  readonly length = 10;
  readonly started: number[][] = [];
  readonly #finish: (() => void)[] = [];

  async load(indices: Uint32Array, epoch: number): Promise<HostBatch> {
    this.started.push([...indices]);
    await new Promise<void>((resolve) => {
      this.#finish.push(resolve);
    });
    if (indices.includes(9)) throw new DataError('Sample 9 is damaged.');
    const values = {
      data: Float32Array.from(indices, (index) => index + 100 * epoch),
      shape: [indices.length, 1],
    };
    return { input: values, target: values };
  }

  finishAll(): void {
    for (const finish of this.#finish.splice(0)) finish();
  }
}

const batches = [
  [0, 1],
  [2, 3],
  [4, 5],
  [6, 7],
  [8, 9],
].map((indices) => Uint32Array.from(indices));

test('loads several batches at a time, each once', async () => {
  const source = new SlowSource();
  const dataset = new PrefetchedDataset(source);
  const first = dataset.prepare(batches[0]!, 1);
  const second = dataset.prepare(batches[1]!, 1);
  const again = dataset.prepare(batches[1]!, 1);
  expect(source.started).toEqual([
    [0, 1],
    [2, 3],
  ]);
  source.finishAll();
  await Promise.all([first, second, again]);
  await dataset.prepare(batches[1]!, 1);
  expect(source.started).toHaveLength(2);
  expect([...(await dataset.batch(batches[0]!, 1).input.data())]).toEqual([100, 101]);
  expect([...(await dataset.batch(batches[1]!, 1).input.data())]).toEqual([102, 103]);
});

test('does not take a batch of another epoch for this one, nor one that was not prepared', async () => {
  const source = new SlowSource();
  const dataset = new PrefetchedDataset(source);
  const first = dataset.prepare(batches[0]!, 1);
  expect(() => dataset.batch(batches[0]!, 1)).toThrow(/await prepare/);
  source.finishAll();
  await first;
  expect(() => dataset.batch(batches[0]!, 2)).toThrow(ArgumentError);
  expect(() => dataset.batch(batches[1]!, 1)).toThrow(ArgumentError);
});

test('a load that fails rejects, and can be tried again', async () => {
  const source = new SlowSource();
  const dataset = new PrefetchedDataset(source);
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const load = dataset.prepare(batches[4]!, 1);
    source.finishAll();
    await expect(load).rejects.toThrow('Sample 9 is damaged.');
    expect(source.started).toHaveLength(attempt);
  }
});

test('lets go of batches that nobody asks for', async () => {
  const source = new SlowSource();
  const dataset = new PrefetchedDataset(source);
  for (let epoch = 1; epoch <= 6; epoch += 1) {
    const load = dataset.prepare(batches[0]!, epoch);
    source.finishAll();
    await load;
  }
  expect(() => dataset.batch(batches[0]!, 1)).toThrow(ArgumentError);
  expect([...(await dataset.batch(batches[0]!, 6).input.data())]).toEqual([600, 601]);
});

test('works behind a subset', async () => {
  const source = new SlowSource();
  const subset = new Subset(new PrefetchedDataset(source), Uint32Array.of(7, 5, 3));
  const load = subset.prepare(Uint32Array.of(0, 2), 0);
  source.finishAll();
  await load;
  expect([...(await subset.batch(Uint32Array.of(0, 2)).input.data())]).toEqual([7, 3]);
});
