import type { ExperimentEvent } from '../contract/event.ts';
import type { Database } from '../database.ts';
import { toExperimentEvent, type EventRow } from './event-row.ts';

export interface EventRange {
  experimentId: string;
  /** Only events with a higher `seq`; 0 for all. */
  afterSeq: number;
  limit: number;
}

/** The history of a run in order of `seq`. */
export async function listEvents(
  db: Database,
  { experimentId, afterSeq, limit }: EventRange,
): Promise<ExperimentEvent[]> {
  const rows = await db.query<EventRow[]>(
    `SELECT event.experiment_id, run.task_id, event.seq, event.attempt, event.at, event.body
     FROM experiment_events event JOIN experiments run ON run.id = event.experiment_id
     WHERE event.experiment_id = $1 AND event.seq > $2
     ORDER BY event.seq
     LIMIT $3`,
    [experimentId, afterSeq, limit],
  );
  return rows.map((row) => toExperimentEvent(row));
}
