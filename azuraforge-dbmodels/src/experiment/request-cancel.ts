import type { ExperimentEvent } from '../contract/event.ts';
import type { ExperimentStatus } from '../contract/experiment.ts';
import type { Database } from '../database.ts';
import { endLocked } from './end.ts';

export interface CancelResult {
  /** The state after the request. STARTED means that the worker has been asked to stop. */
  status: ExperimentStatus;
  /** Stored when the run ended at once; to be published. */
  event: ExperimentEvent | null;
}

/** Cancels a waiting run at once and asks the worker of a started one to stop. Null when there is no such run. */
export async function requestCancel(
  db: Database,
  { experimentId }: { experimentId: string },
): Promise<CancelResult | null> {
  return db.transaction(async (transaction) => {
    const [run] = await transaction.query<{ status: ExperimentStatus }[]>(
      'SELECT status FROM experiments WHERE id = $1 FOR UPDATE',
      [experimentId],
    );
    if (!run) return null;
    if (run.status !== 'PENDING' && run.status !== 'STARTED') return { status: run.status, event: null };

    await transaction.query(
      'UPDATE experiments SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()) WHERE id = $1',
      [experimentId],
    );
    if (run.status === 'STARTED') return { status: 'STARTED', event: null };
    return {
      status: 'CANCELLED',
      event: await endLocked(transaction, experimentId, { status: 'CANCELLED' }),
    };
  });
}
