import { PIPELINES_CATALOG, workerKey, type CatalogEntry } from 'azuraforge-dbmodels/contract';
import type { RedisConnection } from './redis.ts';

/** A catalogue entry with only those of its workers that live. */
export interface OfferedPipeline {
  entry: CatalogEntry;
  liveWorkers: number;
}

/** The pipelines that live workers offer, as they say in Redis. */
export class Catalog {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** All pipelines, ordered by id. */
  async list(): Promise<OfferedPipeline[]> {
    const stored = await this.#redis.client.hGetAll(PIPELINES_CATALOG);
    const offered = await this.#offered(Object.values(stored));
    return offered.sort((a, b) => (a.entry.id < b.entry.id ? -1 : 1));
  }

  /** Null when no live worker offers the pipeline. */
  async find(id: string): Promise<OfferedPipeline | null> {
    const stored = await this.#redis.client.hGet(PIPELINES_CATALOG, id);
    const [offered] = await this.#offered(stored ? [stored] : []);
    return offered ?? null;
  }

  async #offered(stored: string[]): Promise<OfferedPipeline[]> {
    const entries = stored.map((text) => JSON.parse(text) as CatalogEntry);
    const workers = [...new Set(entries.flatMap((entry) => entry.workers))];
    const beats = await Promise.all(workers.map((id) => this.#redis.client.exists(workerKey(id))));
    const live = new Set(workers.filter((_id, index) => beats[index] === 1));
    return entries
      .map((entry) => ({ entry, liveWorkers: entry.workers.filter((id) => live.has(id)).length }))
      .filter(({ liveWorkers }) => liveWorkers > 0);
  }
}
