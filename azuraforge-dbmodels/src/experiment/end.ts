import type { EntityManager } from 'typeorm';
import type { RunError } from '../contract/error.ts';
import type { ExperimentEvent, StatusEvent } from '../contract/event.ts';
import { toJsonb } from '../jsonb.ts';
import { toExperimentEvent, type EventRow } from './event-row.ts';

/**
 * Ends a run whose row the caller's transaction has locked, and stores the event that tells so. SUCCESS has
 * more to store and is in `finish.ts`.
 */
export async function endLocked(
  transaction: EntityManager,
  experimentId: string,
  end: { status: 'FAILURE'; error: RunError } | { status: 'CANCELLED' },
): Promise<ExperimentEvent> {
  const error = end.status === 'FAILURE' ? end.error : null;
  const body: StatusEvent = { type: 'status', status: end.status, ...(error && { error }) };
  const [row] = await transaction.query<EventRow[]>(
    `WITH run AS (
       UPDATE experiments
       SET status = $2, error = $3::jsonb, last_seq = last_seq + 1, finished_at = clock_timestamp(),
           lease_owner = NULL, lease_expires_at = NULL
       WHERE id = $1
       RETURNING id, task_id, last_seq, attempt
     ), event AS (
       INSERT INTO experiment_events (experiment_id, seq, attempt, type, body)
       SELECT id, last_seq, attempt, 'status', $4::jsonb FROM run
       RETURNING experiment_id, seq, attempt, at, body
     )
     SELECT event.*, run.task_id FROM event, run`,
    [experimentId, end.status, error && toJsonb(error), toJsonb(body)],
  );
  return toExperimentEvent(row!);
}
