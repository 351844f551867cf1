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

test('starts the batches ahead before the first is done, each once', async () => {
  const source = new SlowSource();
  const dataset = new PrefetchedDataset(source, { ahead: 2 });
  const first = dataset.prepare(batches, 1);
  expect(source.started).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
  ]);
  source.finishAll();
  await first;
  expect([...(await dataset.batch(batches[0]!, 1).input.data())]).toEqual([100, 101]);
  await dataset.prepare(batches.slice(1), 1);
  expect(source.started).toHaveLength(4);
  expect([...(await dataset.batch(batches[1]!, 1).input.data())]).toEqual([102, 103]);
});

test('does not take a batch of another epoch for this one, nor one that was not prepared', async () => {
  const source = new SlowSource();
  const dataset = new PrefetchedDataset(source, { ahead: 0 });
  const first = dataset.prepare(batches, 1);
  source.finishAll();
  await first;
  expect(() => dataset.batch(batches[0]!, 2)).toThrow(ArgumentError);
  expect(() => dataset.batch(batches[1]!, 1)).toThrow(/await prepare/);
});

test('a load that fails is told when its batch is due', async () => {
  const source = new SlowSource();
  const dataset = new PrefetchedDataset(source);
  const first = dataset.prepare(batches.slice(3), 1);
  source.finishAll();
  await first;
  await expect(dataset.prepare(batches.slice(4), 1)).rejects.toThrow('Sample 9 is damaged.');
});

test('works behind a subset', async () => {
  const source = new SlowSource();
  const subset = new Subset(new PrefetchedDataset(source), Uint32Array.of(7, 5, 3));
  const upcoming = [Uint32Array.of(0, 2)];
  const first = subset.prepare(upcoming, 0);
  source.finishAll();
  await first;
  expect([...(await subset.batch(upcoming[0]!).input.data())]).toEqual([7, 3]);
});
