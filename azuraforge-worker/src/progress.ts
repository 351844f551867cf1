import { appendEvent, listEvents } from 'azuraforge-dbmodels';
import { type ExperimentEvent, taskProgressChannel, type TrainingEvent } from 'azuraforge-dbmodels/contract';
import type { RedisClientType } from 'redis';
import type { DataSource } from 'typeorm';
import { type Log, reasonOf } from './log.ts';
import { throughOutages } from './outage.ts';

/** Tells live readers of an event that is stored. A Redis that is away costs them only the immediacy. */
export async function publishEvent(redis: RedisClientType, event: ExperimentEvent, log: Log): Promise<void> {
  try {
    await redis.publish(taskProgressChannel(event.task_id), JSON.stringify(event));
  } catch (error) {
    log.debug('An event was stored but not published', { seq: event.seq, reason: reasonOf(error) });
  }
}

export interface ProgressOptions {
  database: DataSource;
  redis: RedisClientType;
  log: Log;
  experimentId: string;
  attempt: number;
  /** `seq` of the event that began the attempt. */
  lastSeq: number;
  /** Gives up waiting for Postgres. */
  signal: AbortSignal;
}

/** Stores the events of one attempt and then publishes them, one after the other. */
export class Progress {
  readonly #options: ProgressOptions;
  #lastSeq: number;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#lastSeq = options.lastSeq;
  }

  /** Returns false, and writes nothing, when the attempt is not the current one any more. */
  async write(body: TrainingEvent): Promise<boolean> {
    const { database, redis, log, experimentId, attempt, signal } = this.#options;
    const event = await throughOutages(
      'an event of a run',
      async (retrying) =>
        (retrying && (await this.#storedUnheard())) || appendEvent(database, { experimentId, attempt, body }),
      { log, signal },
    );
    if (!event) return false;
    this.#lastSeq = event.seq;
    await publishEvent(redis, event, log);
    return true;
  }

  /**
   * A connection that broke after the commit and before its answer leaves a stored event behind. The events of an attempt
   * are stored one by one, so one that is newer than the last known can only be this one.
   */
  async #storedUnheard(): Promise<ExperimentEvent | undefined> {
    const { database, experimentId, attempt } = this.#options;
    const newer = await listEvents(database, { experimentId, afterSeq: this.#lastSeq, limit: 1 });
    return newer.find((event) => event.attempt === attempt && event.body.type !== 'status');
  }
}
