import type { Experiment } from 'azuraforge-dbmodels';
import { taskProgressChannel, type ExperimentEvent } from 'azuraforge-dbmodels/contract';
import type { DataSource } from 'typeorm';
import { reasonOf, type Log } from './logger.ts';
import { TaskStream } from './progress/stream.ts';
import type { RedisConnection } from './redis.ts';

export interface ProgressFeedOptions {
  database: DataSource;
  /** A connection of its own: it only subscribes. */
  subscriber: RedisConnection;
  log: Log;
  /** Milliseconds between looks at Postgres for events whose message got lost. */
  lookMs?: number;
}

/** The readers of one task in this process, and the moment from which they hear of new events. */
interface Channel {
  streams: Set<TaskStream>;
  listening: Promise<void>;
}

export interface Subscription {
  close(): void;
}

/**
 * Live events out of Redis, merged with the history in Postgres. Redis only says sooner what Postgres knows: a message
 * that is lost, doubled or out of order changes when an event is delivered, never whether, how often or in which order.
 */
export class ProgressFeed {
  readonly #options: Required<ProgressFeedOptions>;
  readonly #channels = new Map<string, Channel>();
  #look: NodeJS.Timeout | undefined;

  constructor(options: ProgressFeedOptions) {
    this.#options = { lookMs: 3000, ...options };
  }

  open(): void {
    this.#options.subscriber.onReady(() => {
      for (const taskId of this.#channels.keys()) void this.#listen(taskId);
      for (const stream of this.#streams()) stream.catchUp();
    });
    this.#look = setInterval(() => void this.#findLost(), this.#options.lookMs);
  }

  /** Delivers each event of a run with a `seq` above `afterSeq` once, in order, until the run has ended. */
  async subscribe(
    experiment: Pick<Experiment, 'id' | 'taskId'>,
    afterSeq: number,
    deliver: (events: ExperimentEvent[]) => void,
  ): Promise<Subscription> {
    const { database, log } = this.#options;
    const stream = new TaskStream({
      database,
      experimentId: experiment.id,
      afterSeq,
      deliver,
      onEnd: () => this.#remove(experiment.taskId, stream),
      onError: (error) =>
        log.warn('Events could not be read; trying again soon', { reason: reasonOf(error) }),
    });
    const { taskId } = experiment;
    const channel = this.#channels.get(taskId) ?? { streams: new Set(), listening: this.#listen(taskId) };
    this.#channels.set(taskId, channel);
    channel.streams.add(stream);

    // First listen, then read: an event between the two would otherwise be missed until the next look.
    await channel.listening;
    stream.catchUp();
    return { close: () => stream.end() };
  }

  close(): void {
    clearInterval(this.#look);
    for (const stream of this.#streams()) stream.end();
  }

  #streams(): TaskStream[] {
    return [...this.#channels.values()].flatMap(({ streams }) => [...streams]);
  }

  /** While Redis is away the history is delivered all the same; the listening starts when it is back. */
  async #listen(taskId: string): Promise<void> {
    const { subscriber, log } = this.#options;
    try {
      await subscriber.client.subscribe(taskProgressChannel(taskId), this.#onMessage);
    } catch (error) {
      log.debug('A channel could not be subscribed yet', { task_id: taskId, reason: reasonOf(error) });
    }
  }

  /** One function for all channels: subscribing it again after a reconnect changes nothing. */
  readonly #onMessage = (message: string): void => {
    try {
      const event = JSON.parse(message) as ExperimentEvent;
      for (const stream of this.#channels.get(event.task_id)?.streams ?? []) stream.receive(event);
    } catch (error) {
      this.#options.log.warn('A message of a progress channel was left out', { reason: reasonOf(error) });
    }
  };

  #remove(taskId: string, stream: TaskStream): void {
    const channel = this.#channels.get(taskId);
    channel?.streams.delete(stream);
    if (channel?.streams.size !== 0) return;
    this.#channels.delete(taskId);
    this.#options.subscriber.client
      .unsubscribe(taskProgressChannel(taskId), this.#onMessage)
      .catch((error: unknown) => {
        this.#options.log.debug('A channel could not be left', { task_id: taskId, reason: reasonOf(error) });
      });
  }

  /** A worker stores an event before it publishes it; when Redis fails in between, only Postgres knows. */
  async #findLost(): Promise<void> {
    const streams = this.#streams();
    if (streams.length === 0) return;
    try {
      const rows = await this.#options.database.query<{ id: string; last_seq: number }[]>(
        'SELECT id, last_seq FROM experiments WHERE id = ANY($1)',
        [[...new Set(streams.map((stream) => stream.experimentId))]],
      );
      const lastSeqs = new Map(rows.map((row) => [row.id, row.last_seq]));
      for (const stream of streams) {
        if ((lastSeqs.get(stream.experimentId) ?? 0) > stream.deliveredSeq) stream.catchUp();
      }
    } catch (error) {
      this.#options.log.debug('Lost events could not be looked for', { reason: reasonOf(error) });
    }
  }
}
