import type { Database } from '../database.ts';

/** A PENDING run that is younger than this is most likely on its way to a worker. */
const PENDING_GRACE_SECONDS = 5;

/** Runs that no live worker holds and that have not ended, oldest first; the reconciler queues them again. */
export async function findAbandoned(
  db: Database,
  { limit }: { limit: number },
): Promise<{ experimentId: string; taskId: string }[]> {
  return db.query<{ experimentId: string; taskId: string }[]>(
    `SELECT id AS "experimentId", task_id AS "taskId"
     FROM experiments
     WHERE (status = 'PENDING' AND created_at < clock_timestamp() - make_interval(secs => $2))
        OR (status = 'STARTED' AND lease_expires_at <= clock_timestamp())
     ORDER BY created_at, id
     LIMIT $1`,
    [limit, PENDING_GRACE_SECONDS],
  );
}
