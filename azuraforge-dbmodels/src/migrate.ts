import { createDataSource } from './data-source.ts';

/** Any number that no other program on the same database locks; all processes of AzuraForge agree on it. */
const MIGRATION_LOCK = 7_201_946_326;

/**
 * Brings the database at `url` to the newest schema and returns the names of the migrations that it applied.
 * Safe to call from many processes at once: an advisory lock lets one migrate while the others wait.
 */
export async function runMigrations(url: string): Promise<string[]> {
  const source = createDataSource({
    url,
    poolSize: 2,
    applicationName: 'azuraforge-migrate',
    // Who waits for the lock hears nothing meanwhile, and a large table takes its time.
    silenceMs: 0,
  });
  await source.initialize();
  try {
    const lockHolder = source.createQueryRunner();
    try {
      await lockHolder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      const applied = await source.runMigrations({ transaction: 'each' });
      await lockHolder.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      return applied.map((migration) => migration.name);
    } finally {
      await lockHolder.release();
    }
  } finally {
    await source.destroy();
  }
}
