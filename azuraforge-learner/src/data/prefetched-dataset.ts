import type { Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import type { Dataset } from '../trainer/dataset.ts';
import type { BatchSource, HostBatch } from './batch-source.ts';
import { batchTensors } from './batch-source.ts';

/**
 * A data set of batches that are made ahead of their use: while the trainer computes one, the source works on the next
 * `ahead`. That gains time where the source reads files or works in another thread (`WorkerSource` of
 * azuraforge-learner/node); the numbers are the same as without.
 */
export class PrefetchedDataset implements Dataset {
  readonly length: number;
  readonly #source: BatchSource;
  readonly #ahead: number;
  readonly #loads = new Map<string, Promise<HostBatch>>();
  readonly #ready = new Map<string, HostBatch>();

  /** `ahead` batches are held in memory beside the one in use; default 2. */
  constructor(source: BatchSource, { ahead = 2 }: { ahead?: number } = {}) {
    checkRange('ahead', ahead, { minimum: 0 });
    this.length = source.length;
    this.#source = source;
    this.#ahead = ahead;
  }

  /** Starts what is wanted soon and waits for the first of it; rejects as its load does. */
  async prepare(upcoming: readonly Uint32Array[], epoch: number): Promise<void> {
    const wanted = new Map(
      upcoming.slice(0, this.#ahead + 1).map((indices) => [keyOf(indices, epoch), indices] as const),
    );
    for (const known of [this.#loads, this.#ready]) {
      for (const key of known.keys()) if (!wanted.has(key)) known.delete(key);
    }
    for (const [key, indices] of wanted) if (!this.#loads.has(key)) this.#start(key, indices, epoch);
    const [first] = wanted.keys();
    if (first !== undefined) this.#ready.set(first, await this.#loads.get(first)!);
  }

  /** Throws ArgumentError for a batch that `prepare` was not awaited for. */
  batch(indices: Uint32Array, epoch = 0): { input: Tensor; target: Tensor } {
    const batch = this.#ready.get(keyOf(indices, epoch));
    if (!batch) {
      throw new ArgumentError('PrefetchedDataset: await prepare() for a batch before asking for it.');
    }
    return batchTensors(batch);
  }

  #start(key: string, indices: Uint32Array, epoch: number): void {
    const load = (async () => this.#source.load(indices, epoch))();
    // A load that fails is reported by `prepare` when its turn comes, which may be never.
    load.catch(() => {});
    this.#loads.set(key, load);
  }
}

function keyOf(indices: Uint32Array, epoch: number): string {
  return `${epoch}:${indices.join()}`;
}
