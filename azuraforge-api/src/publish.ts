import { CANCEL_CHANNEL, taskProgressChannel, type ExperimentEvent } from 'azuraforge-dbmodels/contract';
import { within } from './deadline.ts';
import { reasonOf } from './logger.ts';
import type { Services } from './services.ts';

/** The caller's answer does not wait longer for Redis. */
const PUBLISH_TIMEOUT_MS = 1000;

type Publisher = Pick<Services, 'redis' | 'log'>;

/** Tells readers of stored events. A message that gets lost is found in Postgres, so this never fails. */
export async function publishEvents(publisher: Publisher, events: readonly ExperimentEvent[]): Promise<void> {
  for (const event of events) await publish(publisher, taskProgressChannel(event.task_id), event);
}

/** Tells the workers at once; the one that runs it also learns it when it renews its lease. */
export function publishCancel(publisher: Publisher, experimentId: string): Promise<void> {
  return publish(publisher, CANCEL_CHANNEL, { experiment_id: experimentId });
}

async function publish({ redis, log }: Publisher, channel: string, message: object): Promise<void> {
  try {
    await within(PUBLISH_TIMEOUT_MS, redis.client.publish(channel, JSON.stringify(message)));
  } catch (error) {
    log.warn('A message could not be published', { channel, reason: reasonOf(error) });
  }
}
