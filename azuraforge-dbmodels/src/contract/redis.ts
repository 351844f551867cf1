/** Hash: pipeline id → `CatalogEntry` as JSON. */
export const PIPELINES_CATALOG = 'azuraforge:pipelines_catalog';

/** Prefix of the heartbeat keys, for SCAN. */
export const WORKER_KEY_PREFIX = 'azuraforge:workers:';

/** Key with a TTL: `WorkerHeartbeat` as JSON. */
export const workerKey = (workerId: string): string => `${WORKER_KEY_PREFIX}${workerId}`;

/** A worker renews its heartbeat every third of this. */
export const WORKER_TTL_SECONDS = 15;

/** Channel: one `ExperimentEvent` as JSON per message, published after it is stored. */
export const taskProgressChannel = (taskId: string): string => `task-progress:${taskId}`;

/** Channel: `{ experiment_id }` as JSON; every worker that runs it stops it. */
export const CANCEL_CHANNEL = 'azuraforge:cancel';

/** Channel: published when the catalogue changed, with an empty message. */
export const CATALOG_CHANNEL = 'azuraforge:catalog-changed';
