import type { Database } from '../database.ts';

export interface Release {
  experimentId: string;
  attempt: number;
  /** `died` uses the attempt up; `stopped` (a worker that shuts down) does not. */
  because: 'died' | 'stopped';
}

/**
 * Gives the lease of a running attempt back, so that any worker can start the next attempt at once. The attempt can
 * write nothing more once another has begun. Returns false, and changes nothing, when the attempt is not
 * the current one or has given its lease back already.
 */
export async function releaseExperiment(
  db: Database,
  { experimentId, attempt, because }: Release,
): Promise<boolean> {
  const released = await db.query<unknown[]>(
    `WITH run AS (
       UPDATE experiments
       SET lease_owner = NULL, lease_expires_at = clock_timestamp() - interval '1 second',
           released_attempts = released_attempts + $3::int
       WHERE id = $1 AND attempt = $2 AND status = 'STARTED' AND lease_owner IS NOT NULL
       RETURNING id
     )
     SELECT id FROM run`,
    [experimentId, attempt, because === 'stopped' ? 1 : 0],
  );
  return released.length > 0;
}
