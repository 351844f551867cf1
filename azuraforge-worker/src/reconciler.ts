import { setTimeout as sleep } from 'node:timers/promises';
import { findAbandoned } from 'azuraforge-dbmodels';
import type { TrainJob } from 'azuraforge-dbmodels/contract';
import type { DataSource } from 'typeorm';
import { type Log, reasonOf } from './log.ts';
import type { JobQueue } from './queue.ts';

const MOST_AT_ONCE = 100;

export interface ReconcilerOptions {
  database: DataSource;
  queue: JobQueue<TrainJob>;
  log: Log;
  intervalMs: number;
}

/**
 * Puts every run that nobody works on back in the queue: lost jobs, dead workers, an emptied Redis. All workers do so at
 * once; the job's id keeps a run from being queued twice, and its lease from being trained twice.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { intervalMs, log } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#reconcile(signal);
      } catch (error) {
        log.warn('Abandoned runs could not be looked for; trying again', { reason: reasonOf(error) });
      }
      await sleep(intervalMs, undefined, { signal }).catch(() => {});
    }
  }

  async #reconcile(signal: AbortSignal): Promise<void> {
    const { database, queue } = this.#options;
    for (const { experimentId, taskId } of await findAbandoned(database, { limit: MOST_AT_ONCE })) {
      if (signal.aborted) return;
      await queue.add(experimentId, { experiment_id: experimentId, task_id: taskId });
    }
  }
}
