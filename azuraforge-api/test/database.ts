import { randomUUID } from 'node:crypto';
import { runMigrations } from 'azuraforge-dbmodels';
import { Client } from 'pg';

/** An empty database in the Postgres of this test run; returns its address. */
export async function emptyDatabase(): Promise<string> {
  const server = process.env.TEST_POSTGRES_URL!;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new Client({ connectionString: server });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

export async function migratedDatabase(): Promise<string> {
  const url = await emptyDatabase();
  await runMigrations(url);
  return url;
}
