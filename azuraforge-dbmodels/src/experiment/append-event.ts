import type { ExperimentEvent, ExperimentEventBody, StatusEvent } from '../contract/event.ts';
import type { ExperimentProgress } from '../contract/experiment.ts';
import type { Database } from '../database.ts';
import { toJsonb } from '../jsonb.ts';
import { toExperimentEvent, type EventRow } from './event-row.ts';

export interface NewEvent {
  experimentId: string;
  /** The attempt that this event belongs to. */
  attempt: number;
  /** Changes of the state have operations of their own. */
  body: Exclude<ExperimentEventBody, StatusEvent>;
}

/**
 * Stores the next event of a running attempt. Returns null, and writes nothing, when the attempt is not the
 * current one or the run has ended. One statement: the row lock of the update gives each event its `seq`.
 */
export async function appendEvent(
  db: Database,
  { experimentId, attempt, body }: NewEvent,
): Promise<ExperimentEvent | null> {
  const [row] = await db.query<EventRow[]>(
    `WITH run AS (
       UPDATE experiments
       SET last_seq = last_seq + 1,
           progress = coalesce($4::jsonb, progress),
           device = CASE $3::jsonb ->> 'type' WHEN 'run' THEN $3::jsonb ->> 'device' ELSE device END,
           adapter = CASE $3::jsonb ->> 'type' WHEN 'run' THEN $3::jsonb ->> 'adapter' ELSE adapter END
       WHERE id = $1 AND attempt = $2 AND status = 'STARTED'
       RETURNING id, task_id, last_seq, attempt
     ), event AS (
       INSERT INTO experiment_events (experiment_id, seq, attempt, type, body)
       SELECT id, last_seq, attempt, $3::jsonb ->> 'type', $3::jsonb FROM run
       RETURNING experiment_id, seq, attempt, at, body
     )
     SELECT event.*, run.task_id FROM event, run`,
    [experimentId, attempt, toJsonb(body), jsonOrNull(progressOf(body))],
  );
  return row ? toExperimentEvent(row) : null;
}

function progressOf(body: NewEvent['body']): ExperimentProgress | null {
  if (body.type !== 'epoch' && body.type !== 'batch') return null;
  return { fraction: body.fraction, epoch: body.epoch, epochs: body.epochs };
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : toJsonb(value);
}
