/** Entities, migrations and operations of the database that is the truth of the platform. */
export { createDataSource, type DataSourceSettings } from './data-source.ts';
export type { Database } from './database.ts';
export { Experiment } from './entity/experiment.ts';
export { Model } from './entity/model.ts';
export { StoredEvent } from './entity/stored-event.ts';
export { User } from './entity/user.ts';
export { appendEvent, type NewEvent } from './experiment/append-event.ts';
export { claimExperiment, type Claim, type ClaimResult } from './experiment/claim.ts';
export { createExperiment, type NewExperiment } from './experiment/create.ts';
export { findAbandoned } from './experiment/find-abandoned.ts';
export { finishExperiment, type Finish } from './experiment/finish.ts';
export { listEvents, type EventRange } from './experiment/list-events.ts';
export { releaseExperiment, type Release } from './experiment/release.ts';
export { renewLease, type LeaseRenewal } from './experiment/renew-lease.ts';
export { requestCancel, type CancelResult } from './experiment/request-cancel.ts';
export { runMigrations } from './migrate.ts';
