import BeeQueue from 'bee-queue';
// bee-queue loads its scripts once per process; this is its own loader, asked again after a restart of Redis.
import scripts from 'bee-queue/lib/lua/index.js';
import { within } from './deadline.ts';
import { reasonOf, type Log } from './logger.ts';
import { reconnectDelay } from './redis.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface QueueOptions {
  name: string;
  redisUrl: string;
  log: Log;
  /** Hear of finished jobs; costs a connection of its own. */
  events?: boolean;
  /** How long a connection may leave a PING unanswered, in milliseconds. */
  pingMs?: number;
}

type Outcome = { succeeded: true; result: unknown } | { succeeded: false; reason: string };

/** The connections inside a bee-queue, which its typings leave out. */
interface Connection {
  ready: boolean;
  ping(done: (error: Error | null) => void): void;
  stream: { destroy(error?: Error): void };
}

/** The sending end of a bee-queue. It waits for Redis at the start and outlives a restart of it. */
export class JobSender<Job extends object> {
  readonly #options: Required<QueueOptions>;
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();
  #queue: BeeQueue<Job> | undefined;
  #watch: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(options: QueueOptions) {
    this.#options = { events: false, pingMs: 5000, ...options };
  }

  /** Starts to connect and goes on trying until `close`. */
  open(): void {
    const { name, redisUrl, log, events, pingMs } = this.#options;
    const queue = new BeeQueue<Job>(name, {
      isWorker: false,
      getEvents: events,
      sendEvents: false,
      storeJobs: false,
      redis: {
        url: redisUrl,
        connect_timeout: LONGEST_TIMER_MS,
        retry_strategy: ({ attempt }: { attempt: number }) =>
          this.#closing ? new Error('closed') : reconnectDelay(attempt),
      },
    });
    queue.on('error', (error) =>
      log.warn('A queue met an error of Redis', { queue: name, reason: reasonOf(error) }),
    );
    queue.on('job succeeded', (id, result: unknown) => this.#waiting.get(id)?.({ succeeded: true, result }));
    queue.on('job failed', (id, error) =>
      this.#waiting.get(id)?.({ succeeded: false, reason: reasonOf(error) }),
    );
    queue
      .ready()
      .catch((error: unknown) =>
        log.error('A queue cannot be used', { queue: name, reason: reasonOf(error) }),
      );
    this.#queue = queue;
    this.#watch = setInterval(() => void this.#pingConnections(), pingMs);
  }

  /** Puts a job into the queue; one whose id is there already is left out. Fails when Redis is away longer than `timeoutMs`. */
  async add(id: string, job: Job, timeoutMs: number): Promise<void> {
    await within(timeoutMs, this.#save(id, job));
  }

  /** Puts a job into the queue and waits for a worker to finish it. Null when that takes longer than `timeoutMs`. */
  async ask(id: string, job: Job, timeoutMs: number): Promise<Outcome | null> {
    let timer: NodeJS.Timeout | undefined;
    const finished = new Promise<Outcome | null>((resolve) => {
      timer = setTimeout(() => resolve(null), timeoutMs);
      this.#waiting.set(id, resolve);
    });
    try {
      await within(timeoutMs, this.#save(id, job));
      const outcome = await finished;
      if (outcome === null) await this.#withdraw(id);
      return outcome;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    this.#closing = true;
    if (!this.#queue) return;
    await within(2000, this.#queue.close(1000)).catch(() => {});
    for (const which of ['client', 'eclient'] as const) this.#connection(which)?.stream.destroy();
  }

  async #save(id: string, job: Job): Promise<void> {
    const queue = this.#opened();
    const save = () => queue.createJob(job).setId(id).save();
    try {
      await save();
    } catch (error) {
      if (!reasonOf(error).includes('NOSCRIPT')) throw error;
      await scripts.buildCache(this.#connection('client'));
      await save();
    }
  }

  /** Nobody waits for the answer any more, so no worker should begin with it. */
  async #withdraw(id: string): Promise<void> {
    await within(1000, this.#opened().removeJob(id)).catch((error: unknown) => {
      this.#options.log.debug('A late job could not be withdrawn', { reason: reasonOf(error) });
    });
  }

  #opened(): BeeQueue<Job> {
    if (!this.#queue) throw new Error(`The queue ${this.#options.name} is not open.`);
    return this.#queue;
  }

  #connection(which: 'client' | 'eclient'): Connection | null {
    return this.#queue ? (Reflect.get(this.#queue, which) as Connection | null) : null;
  }

  /** A silent cut shows only in an unanswered PING; the connection is then made anew. */
  async #pingConnections(): Promise<void> {
    for (const which of ['client', 'eclient'] as const) {
      const connection = this.#connection(which);
      if (!connection?.ready) continue;
      const answer = new Promise<void>((resolve) => {
        connection.ping(() => resolve());
      });
      await within(this.#options.pingMs, answer).catch(() => {
        this.#options.log.warn('Redis left a PING of a queue unanswered; connecting anew', {
          queue: this.#options.name,
        });
        connection.stream.destroy(new Error('silent connection'));
      });
    }
  }
}
