#!/usr/bin/env node
import { runMigrations } from './migrate.ts';

const url = process.env.DATABASE_URL;
if (url) {
  try {
    process.stdout.write(`${JSON.stringify({ applied: await runMigrations(url) })}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    process.stderr.write(`The database could not be migrated: ${reason}\n`);
    process.exitCode = 1;
  }
} else {
  process.stderr.write(
    'DATABASE_URL is not set; set it to the address of the database, e.g. postgres://user:password@host/azuraforge.\n',
  );
  process.exitCode = 1;
}
