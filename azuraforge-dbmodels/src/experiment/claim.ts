import type { ExperimentEvent } from '../contract/event.ts';
import { isTerminal, type ExperimentStatus } from '../contract/experiment.ts';
import type { Database } from '../database.ts';
import { Experiment } from '../entity/experiment.ts';
import { endLocked } from './end.ts';
import { toExperimentEvent, type EventRow } from './event-row.ts';

export interface Claim {
  experimentId: string;
  workerId: string;
  /** How long the worker is believed to live without a `renewLease`. */
  leaseSeconds: number;
  /** As many attempts as a run may have; a run that used them all up fails with WORKER_DIED. */
  maxAttempts: number;
}

export type ClaimResult =
  | { claimed: true; experiment: Experiment; event: ExperimentEvent }
  | {
      claimed: false;
      reason: 'not_found' | 'terminal' | 'leased' | 'cancelled' | 'too_many_attempts';
      /** Stored because of the refusal (the run was cancelled or failed); to be published. */
      events: ExperimentEvent[];
    };

/**
 * Gives a run to a worker: the next attempt begins, under a lease. Of workers that ask at once, one gets it.
 * The attempt is counted before the work starts, so that a run that kills its worker cannot come back for ever.
 */
export async function claimExperiment(
  db: Database,
  { experimentId, workerId, leaseSeconds, maxAttempts }: Claim,
): Promise<ClaimResult> {
  return db.transaction(async (transaction): Promise<ClaimResult> => {
    const [run] = await transaction.query<
      { status: ExperimentStatus; used_attempts: number; leased: boolean | null; cancel_requested: boolean }[]
    >(
      `SELECT status, attempt - released_attempts AS used_attempts, lease_expires_at > clock_timestamp() AS leased,
              cancel_requested_at IS NOT NULL AS cancel_requested
       FROM experiments WHERE id = $1 FOR UPDATE`,
      [experimentId],
    );
    if (!run) return { claimed: false, reason: 'not_found', events: [] };
    if (isTerminal(run.status)) return { claimed: false, reason: 'terminal', events: [] };
    if (run.leased) return { claimed: false, reason: 'leased', events: [] };
    if (run.cancel_requested) {
      const event = await endLocked(transaction, experimentId, { status: 'CANCELLED' });
      return { claimed: false, reason: 'cancelled', events: [event] };
    }
    if (run.used_attempts >= maxAttempts) {
      const event = await endLocked(transaction, experimentId, {
        status: 'FAILURE',
        error: {
          code: 'WORKER_DIED',
          message: `The worker died during each of ${run.used_attempts} attempts; most often it ran out of memory. Try a smaller model or a smaller batch.`,
        },
      });
      return { claimed: false, reason: 'too_many_attempts', events: [event] };
    }

    // An attempt starts from the beginning, so the progress of the one before is no longer true.
    const [started] = await transaction.query<EventRow[]>(
      `WITH run AS (
         UPDATE experiments
         SET status = 'STARTED', attempt = attempt + 1, last_seq = last_seq + 1, progress = NULL,
             lease_owner = $2, lease_expires_at = clock_timestamp() + make_interval(secs => $3),
             started_at = coalesce(started_at, clock_timestamp())
         WHERE id = $1
         RETURNING id, task_id, last_seq, attempt
       ), event AS (
         INSERT INTO experiment_events (experiment_id, seq, attempt, type, body)
         SELECT id, last_seq, attempt, 'status', '{"type": "status", "status": "STARTED"}' FROM run
         RETURNING experiment_id, seq, attempt, at, body
       )
       SELECT event.*, run.task_id FROM event, run`,
      [experimentId, workerId, leaseSeconds],
    );
    const experiment = await transaction.findOneByOrFail(Experiment, { id: experimentId });
    return { claimed: true, experiment, event: toExperimentEvent(started!) };
  });
}
