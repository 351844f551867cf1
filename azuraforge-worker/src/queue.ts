import BeeQueue from 'bee-queue';
// bee-queue loads its scripts once per process; this is its own loader, asked again after a restart of Redis.
import scripts from 'bee-queue/lib/lua/index.js';
import { type Log, reasonOf } from './log.ts';
import { reconnectDelay } from './redis.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Longer than bee-queue itself waits after an error of Redis before it asks for jobs again. */
const LONGEST_WAIT_MS = 4000;

/** The two connections inside a bee-queue, which its typings leave out. */
interface Connection {
  on(event: 'ready', listener: () => void): void;
  ping(done: (error: Error | null) => void): void;
  ready: boolean;
  stream: { destroy(error?: Error): void };
}

export interface QueueOptions<Job> {
  name: string;
  redisUrl: string;
  concurrency: number;
  pingTimeoutMs: number;
  log: Log;
  /** Its result is the job's result. A thrown Redeliver puts the job back in the queue. */
  handle(job: Job, age: { ms: number }): Promise<unknown>;
}

/** Thrown by a handler that wants another worker to take its job at once. */
export class Redeliver extends Error {
  override name = 'Redeliver';
}

/** A bee-queue consumer that survives what bee-queue 2 alone does not: see "Truth and durability" in the README. */
export class JobQueue<Job> {
  readonly #queue: BeeQueue<Job>;
  readonly #options: QueueOptions<Job>;
  #watch: NodeJS.Timeout | undefined;
  #running = 0;
  #waitingSince: number | null = null;
  #pinging = false;
  #unready = 0;

  constructor(options: QueueOptions<Job>) {
    this.#options = options;
    this.#queue = new BeeQueue<Job>(options.name, {
      autoConnect: false,
      activateDelayedJobs: false,
      getEvents: false,
      storeJobs: false,
      // A finished job leaves nothing behind, so that its id can be queued again; the run's story is in Postgres.
      removeOnSuccess: true,
      removeOnFailure: true,
      redis: {
        url: options.redisUrl,
        connect_timeout: LONGEST_TIMER_MS,
        retry_strategy: ({ attempt }: { attempt: number }) => reconnectDelay(attempt),
      },
    });
    this.#queue.on('error', (error) => {
      options.log.warn('A queue met an error of Redis', { queue: options.name, reason: reasonOf(error) });
    });
  }

  /** Number of jobs in work. */
  get running(): number {
    return this.#running;
  }

  /** Connects, waiting for Redis as long as it takes, and starts to take jobs. */
  async start(): Promise<void> {
    const { name, concurrency, log, pingTimeoutMs } = this.#options;
    void this.#queue.connect();
    await this.#queue.ready();
    this.#connection('client').on('ready', () => {
      this.#loadScripts().catch((error: unknown) => {
        log.warn('The scripts of a queue could not be loaded', { queue: name, reason: reasonOf(error) });
      });
    });
    this.#queue.process(concurrency, (job) => this.#handle(job));
    this.#queue.checkStalledJobs(5000, (error) => {
      if (error) log.debug('Stalled jobs could not be looked for', { queue: name, reason: reasonOf(error) });
    });
    this.#watch = setInterval(() => void this.#checkConnections(), pingTimeoutMs);
  }

  /** Adds a job. One with an id that is queued or in work already is left out. */
  async add(id: string, job: Job): Promise<void> {
    const save = () => this.#queue.createJob(job).setId(id).save();
    try {
      await save();
    } catch (error) {
      if (!reasonOf(error).includes('NOSCRIPT')) throw error;
      await this.#loadScripts();
      await save();
    }
  }

  /** Takes no more jobs, waits for those in work, then disconnects. */
  async close(timeoutMs: number): Promise<void> {
    clearInterval(this.#watch);
    await this.#queue.close(timeoutMs).catch((error: unknown) => {
      this.#options.log.debug('A queue was closed before it was idle', { reason: reasonOf(error) });
    });
  }

  async #handle(job: BeeQueue.Job<Job>): Promise<unknown> {
    this.#running += 1;
    try {
      return await this.#options.handle(job.data, { ms: Date.now() - Number(job.options.timestamp) });
    } catch (error) {
      if (error instanceof Redeliver) job.retries(1);
      else this.#options.log.error('A job failed', { queue: this.#options.name, reason: reasonOf(error) });
      throw error;
    } finally {
      this.#running -= 1;
    }
  }

  #loadScripts(): Promise<unknown> {
    return scripts.buildCache(this.#connection('client'));
  }

  #connection(which: 'client' | 'bclient'): Connection {
    return Reflect.get(this.#queue, which) as Connection;
  }

  /**
   * The command connection is asked with PING. The other one is blocked waiting for a job, where no PING gets through:
   * jobs that wait although nothing is in work show that it is dead.
   */
  async #checkConnections(): Promise<void> {
    if (this.#pinging) return;
    const { name, log, pingTimeoutMs } = this.#options;
    const client = this.#connection('client');
    if (!client.ready) {
      this.#unready += 1;
      // A server that accepts a connection and then says nothing gets another one.
      if (this.#unready % 3 === 0) this.#reconnect('client');
      return;
    }
    this.#unready = 0;
    this.#pinging = true;
    try {
      const answered = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), pingTimeoutMs);
        client.ping(() => {
          clearTimeout(timer);
          resolve(true);
        });
      });
      if (!answered) {
        log.warn('Redis left a PING of a queue unanswered; connecting anew', { queue: name });
        this.#reconnect('client');
        this.#reconnect('bclient');
        return;
      }
      const waits = this.#running === 0 && (await this.#queue.checkHealth()).waiting > 0;
      if (!waits) this.#waitingSince = null;
      else if (this.#waitingSince === null) this.#waitingSince = Date.now();
      else if (Date.now() - this.#waitingSince > LONGEST_WAIT_MS) {
        log.warn('Jobs wait although this worker is idle; connecting anew', { queue: name });
        this.#reconnect('bclient');
        this.#waitingSince = null;
      }
    } catch (error) {
      log.debug('The connections of a queue could not be checked', { queue: name, reason: reasonOf(error) });
    } finally {
      this.#pinging = false;
    }
  }

  #reconnect(which: 'client' | 'bclient'): void {
    this.#connection(which).stream.destroy(new Error('silent connection'));
  }
}
