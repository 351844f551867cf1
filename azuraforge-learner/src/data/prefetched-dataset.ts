import { ArgumentError } from '../error.ts';
import type { ArrayValues, Dataset } from '../trainer/dataset.ts';
import type { BatchSource, HostBatch, HostInput, TensorBatch } from './batch-source.ts';
import { batchTensors } from './batch-source.ts';

/** Batches that were prepared but never asked for, as after an interruption, are let go when there are more than this. */
const HELD = 4;

/**
 * A data set of batches that are made ahead of their use: while the trainer computes one, the source works on the next.
 * That gains time where the source reads files or works in another thread (`WorkerSource` of azuraforge-learner/node);
 * the numbers are the same as without.
 */
export class PrefetchedDataset<Input extends HostInput = ArrayValues> implements Dataset {
  readonly length: number;
  readonly #source: BatchSource<Input>;
  readonly #loads = new Map<string, Promise<HostBatch<Input>>>();
  readonly #ready = new Map<string, HostBatch<Input>>();

  constructor(source: BatchSource<Input>) {
    this.length = source.length;
    this.#source = source;
  }

  /** Starts the batch unless it is under way, and waits for it; rejects as its load does. */
  async prepare(indices: Uint32Array, epoch: number): Promise<void> {
    const key = keyOf(indices, epoch);
    if (this.#ready.has(key)) return;
    let load = this.#loads.get(key);
    if (!load) {
      load = (async () => this.#source.load(indices, epoch))();
      this.#loads.set(key, load);
    }
    try {
      this.#ready.set(key, await load);
    } finally {
      this.#loads.delete(key);
    }
    for (const old of [...this.#ready.keys()].slice(0, -HELD)) this.#ready.delete(old);
  }

  /** Gives a prepared batch, once. Throws ArgumentError for one that `prepare` was not awaited for. */
  batch(indices: Uint32Array, epoch = 0): TensorBatch<Input> {
    const key = keyOf(indices, epoch);
    const batch = this.#ready.get(key);
    if (!batch) {
      throw new ArgumentError('PrefetchedDataset: await prepare() for a batch before asking for it.');
    }
    this.#ready.delete(key);
    return batchTensors(batch);
  }
}

function keyOf(indices: Uint32Array, epoch: number): string {
  return `${epoch}:${indices.join()}`;
}
