import type { DataSource } from 'typeorm';
import { ApiError } from './error.ts';

/** Throws SERVICE_UNAVAILABLE until Postgres has been reached for the first time. */
export function requireDatabase(database: DataSource): void {
  if (database.isInitialized) return;
  throw new ApiError('SERVICE_UNAVAILABLE', 'The platform is still starting; try again in a few seconds.', {
    headers: { 'Retry-After': '5' },
  });
}
