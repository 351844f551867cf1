import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type RedisClientType } from 'redis';
import { type Log, reasonOf } from './log.ts';

export interface RedisOptions {
  url: string;
  /** Milliseconds between PINGs, and the longest wait for an answer. */
  pingTimeoutMs: number;
  log: Log;
  /** Called each time that the connection is there again, the first time included. */
  onReady?(): void;
}

/** Delay before connection attempt `n`, in milliseconds. */
export const reconnectDelay = (attempt: number): number => Math.min(100 * 2 ** Math.min(attempt, 5), 2000);

function newClient({ url, pingTimeoutMs }: RedisOptions): RedisClientType {
  return createClient({
    url,
    // Waiting commands would pile up during an outage, and a late heartbeat or progress message helps nobody.
    disableOfflineQueue: true,
    // The last catches a server that accepts a connection and then says nothing, where no PING is sent yet.
    socket: { connectTimeout: 5000, reconnectStrategy: reconnectDelay, socketTimeout: 3 * pingTimeoutMs },
  });
}

/**
 * One connection to Redis that comes back by itself: after a restart, after a lost network, and after a silent cut,
 * which only an unanswered PING shows. Commands fail at once while Redis is away.
 */
export class RedisConnection {
  readonly client: RedisClientType;
  readonly #options: RedisOptions;
  readonly #stop = new AbortController();
  #away = false;
  #watch: Promise<void> = Promise.resolve();

  constructor(options: RedisOptions) {
    this.#options = options;
    this.client = newClient(options);
    this.client.on('error', (error) => {
      if (this.#away || this.#stop.signal.aborted) return;
      this.#away = true;
      options.log.warn('Redis cannot be reached; trying again until it can', { reason: reasonOf(error) });
    });
    this.client.on('ready', () => {
      if (this.#away) options.log.info('Redis can be reached again');
      this.#away = false;
      options.onReady?.();
    });
  }

  /** Resolves when Redis answers, however long that takes; rejects when the connection is closed meanwhile. */
  async connect(): Promise<void> {
    await this.client.connect();
    this.#watch = this.#ping();
  }

  close(): Promise<void> {
    this.#stop.abort();
    this.client.destroy();
    return this.#watch;
  }

  async #ping(): Promise<void> {
    const { pingTimeoutMs, log } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await sleep(pingTimeoutMs, undefined, { signal }).catch(() => {});
      if (signal.aborted || !this.client.isReady) continue;
      const silent = await Promise.race([
        this.client.ping().then(
          () => false,
          () => false,
        ),
        sleep(pingTimeoutMs, true, { signal }).catch(() => false),
      ]);
      if (!silent || signal.aborted) continue;
      log.warn('Redis left a PING unanswered; connecting anew', { waited_ms: pingTimeoutMs });
      this.client.destroy();
      this.client.connect().catch(() => {});
    }
  }
}
