import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type RedisClientType } from 'redis';
import { within } from './deadline.ts';
import { reasonOf, type Log } from './logger.ts';

export interface RedisOptions {
  url: string;
  log: Log;
  /** Milliseconds between PINGs, and the longest wait for an answer. */
  pingMs?: number;
}

/** Delay before connection attempt `attempt`, in milliseconds. */
export const reconnectDelay = (attempt: number): number => Math.min(100 * 2 ** Math.min(attempt, 5), 2000);

/**
 * One connection to Redis that comes back by itself: after a restart, after a lost network, and after a silent cut,
 * which only an unanswered PING shows. Commands fail at once while Redis is away.
 */
export class RedisConnection {
  readonly client: RedisClientType;
  readonly #log: Log;
  readonly #pingMs: number;
  readonly #stop = new AbortController();
  readonly #readyListeners = new Set<() => void>();
  #away = false;
  #work: Promise<void> = Promise.resolve();

  constructor({ url, log, pingMs = 5000 }: RedisOptions) {
    this.#log = log;
    this.#pingMs = pingMs;
    this.client = createClient({
      url,
      disableOfflineQueue: true,
      socket: { connectTimeout: 5000, reconnectStrategy: reconnectDelay },
    });
    this.client.on('error', (error) => {
      if (this.#away || this.#stop.signal.aborted) return;
      this.#away = true;
      log.warn('Redis cannot be reached; trying again until it can', { reason: reasonOf(error) });
    });
    this.client.on('ready', () => {
      if (this.#away) log.info('Redis can be reached again');
      this.#away = false;
      for (const listener of this.#readyListeners) listener();
    });
  }

  /** Starts to connect and goes on trying until `close`. */
  open(): void {
    this.#work = this.#watch();
  }

  /** Calls `listener` each time that the connection is there again. */
  onReady(listener: () => void): void {
    this.#readyListeners.add(listener);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    if (this.client.isOpen) this.client.destroy();
    await this.#work;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    await this.client.connect().catch(() => {});
    while (!signal.aborted) {
      await sleep(this.#pingMs, undefined, { signal }).catch(() => {});
      if (signal.aborted || !this.client.isReady || (await this.#answers())) continue;
      this.#log.warn('Redis left a PING unanswered; connecting anew', { waited_ms: this.#pingMs });
      this.client.destroy();
      await this.client.connect().catch(() => {});
    }
  }

  /** An error is an answer too; only silence is not. */
  async #answers(): Promise<boolean> {
    const answer = this.client.ping().catch(() => {});
    return within(this.#pingMs, answer).then(
      () => true,
      () => false,
    );
  }
}
