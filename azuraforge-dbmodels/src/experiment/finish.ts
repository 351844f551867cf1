import type { EntityManager } from 'typeorm';
import type { RunError } from '../contract/error.ts';
import type { ExperimentEvent } from '../contract/event.ts';
import type { JsonSchema } from '../contract/pipeline.ts';
import type { Report, ReportSummary } from '../contract/report.ts';
import type { Database } from '../database.ts';
import { toJsonb } from '../jsonb.ts';
import { endLocked } from './end.ts';
import { toExperimentEvent, type EventRow } from './event-row.ts';

interface Success {
  status: 'SUCCESS';
  report: Report;
  summary: ReportSummary;
  model: { inputSchema: JsonSchema; sizeBytes: number };
}

export interface Finish {
  experimentId: string;
  attempt: number;
  outcome: Success | { status: 'FAILURE'; error: RunError } | { status: 'CANCELLED' };
}

/**
 * Ends a running attempt. SUCCESS also registers the model. Returns null, and writes nothing, when the attempt
 * is not the current one or the run has already ended.
 */
export async function finishExperiment(
  db: Database,
  { experimentId, attempt, outcome }: Finish,
): Promise<ExperimentEvent | null> {
  return db.transaction(async (transaction) => {
    const [current] = await transaction.query<unknown[]>(
      `SELECT 1 FROM experiments WHERE id = $1 AND attempt = $2 AND status = 'STARTED' FOR UPDATE`,
      [experimentId, attempt],
    );
    if (!current) return null;
    return outcome.status === 'SUCCESS'
      ? succeedLocked(transaction, experimentId, outcome)
      : endLocked(transaction, experimentId, outcome);
  });
}

async function succeedLocked(
  transaction: EntityManager,
  experimentId: string,
  { report, summary, model }: Success,
): Promise<ExperimentEvent> {
  // Early stopping ends a run before its last epoch, but what is done is done.
  const [row] = await transaction.query<EventRow[]>(
    `WITH run AS (
       UPDATE experiments
       SET status = 'SUCCESS', report = $2, summary = $3, last_seq = last_seq + 1,
           progress = jsonb_set(progress, '{fraction}', '1'), finished_at = clock_timestamp(),
           lease_owner = NULL, lease_expires_at = NULL
       WHERE id = $1
       RETURNING id, task_id, owner_id, pipeline_id, name, summary, last_seq, attempt
     ), model AS (
       INSERT INTO models (experiment_id, owner_id, pipeline_id, name, input_schema, summary, size_bytes)
       SELECT id, owner_id, pipeline_id, name, $4, summary, $5 FROM run
       RETURNING id
     ), event AS (
       INSERT INTO experiment_events (experiment_id, seq, attempt, type, body)
       SELECT run.id, run.last_seq, run.attempt, 'status',
              jsonb_build_object('type', 'status', 'status', 'SUCCESS', 'model_id', model.id)
       FROM run, model
       RETURNING experiment_id, seq, attempt, at, body
     )
     SELECT event.*, run.task_id FROM event, run`,
    [experimentId, toJsonb(report), toJsonb(summary), toJsonb(model.inputSchema), model.sizeBytes],
  );
  return toExperimentEvent(row!);
}
