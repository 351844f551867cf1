import { Client } from 'pg';
import { type Credentials, SUPERUSER } from './cluster.ts';

export const APPLICATION = 'azuraforge';

/** What PostgreSQL answers when the role, its password or the database is not there yet. */
const NOT_READY = new Set(['28P01', '28000', '3D000']);

export function databaseUrl(user: string, password: string, port: number, database: string): string {
  return `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  // A server that goes away at this moment must not end the whole process with an unhandled event.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function canConnect(url: string): Promise<boolean> {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
    return true;
  } catch (error) {
    if (NOT_READY.has((error as { code?: string }).code ?? '')) return false;
    throw error;
  }
}

/**
 * Makes the role and the database `azuraforge` unless they are there; the role is no superuser, but may make more
 * databases and roles.
 *
 * @param isNew True for a cluster that was made just now, which cannot have them.
 * @returns The URL for the application.
 */
export async function ensureDatabase(
  credentials: Credentials,
  port: number,
  isNew: boolean,
): Promise<string> {
  const url = databaseUrl(APPLICATION, credentials.application, port, APPLICATION);
  if (!isNew && (await canConnect(url))) return url;
  await withClient(databaseUrl(SUPERUSER, credentials.superuser, port, 'postgres'), async (client) => {
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [APPLICATION]);
    const password = client.escapeLiteral(credentials.application);
    const verb = role.rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(`${verb} ROLE ${APPLICATION} LOGIN CREATEDB CREATEROLE PASSWORD ${password}`);
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [APPLICATION]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${APPLICATION} OWNER ${APPLICATION}`);
  });
  return url;
}
