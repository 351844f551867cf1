import type { Database } from '../database.ts';

export interface LeaseRenewal {
  experimentId: string;
  attempt: number;
  /** Counted from now. */
  leaseSeconds: number;
}

/**
 * Tells that the worker of an attempt lives. `held` is false when the run has ended, belongs to another attempt or
 * was given back: the worker stops then. `cancelRequested` asks it to stop and to finish as CANCELLED.
 */
export async function renewLease(
  db: Database,
  { experimentId, attempt, leaseSeconds }: LeaseRenewal,
): Promise<{ held: boolean; cancelRequested: boolean }> {
  const [row] = await db.query<{ cancel_requested: boolean }[]>(
    `WITH run AS (
       UPDATE experiments
       SET lease_expires_at = clock_timestamp() + make_interval(secs => $3)
       WHERE id = $1 AND attempt = $2 AND status = 'STARTED' AND lease_owner IS NOT NULL
       RETURNING cancel_requested_at
     )
     SELECT cancel_requested_at IS NOT NULL AS cancel_requested FROM run`,
    [experimentId, attempt, leaseSeconds],
  );
  return { held: row !== undefined, cancelRequested: row?.cancel_requested ?? false };
}
