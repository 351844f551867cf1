import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { type Account, findProgram } from '../process.ts';
import { StoreError } from '../store.ts';

/** PostgreSQL refuses to run as root, so root lends it this account, which owns nothing else. */
const SERVICE_USER = 'azuraforge-postgres';
const USERADD_FOLDERS = ['/usr/sbin', '/sbin'];

interface PasswdEntry extends Account {
  name: string;
}

function passwdEntries(): PasswdEntry[] {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

function createServiceUser(): void {
  const path = [process.env['PATH'], ...USERADD_FOLDERS].join(':');
  execFileSync(
    'useradd',
    [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/bin/false',
      SERVICE_USER,
    ],
    { env: { PATH: path }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
}

/** The owner of a cluster that an ordinary user made, so that root can start it too. */
function ownerOf(folder: string): PasswdEntry | undefined {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat === undefined || stat.uid === 0
    ? undefined
    : passwdEntries().find((entry) => entry.uid === stat.uid);
}

/**
 * The account that PostgreSQL runs as: null for the caller's own.
 *
 * @param cluster Folder of an existing cluster, whose owner is kept.
 * @throws StoreError when the caller is root and no other account can be had.
 */
export function postgresAccount(cluster: string): Account | null {
  if (process.getuid?.() !== 0) return null;
  const existing = ownerOf(cluster) ?? passwdEntries().find(({ name }) => name === SERVICE_USER);
  if (existing) return { uid: existing.uid, gid: existing.gid };
  let reason = '';
  try {
    createServiceUser();
  } catch (error) {
    reason = error instanceof Error ? error.message.trim() : String(error);
  }
  // `postgres` comes with a system-wide PostgreSQL: second choice, as it can read that one's data.
  const entries = passwdEntries();
  const entry =
    entries.find(({ name }) => name === SERVICE_USER) ?? entries.find(({ name }) => name === 'postgres');
  if (entry) return { uid: entry.uid, gid: entry.gid };
  const hint = findProgram('useradd') === null ? 'the program `useradd` is missing' : reason;
  throw new StoreError(
    `PostgreSQL does not run as root, and the account ${SERVICE_USER} could not be made for it (${hint}). ` +
      `Start as an ordinary user, make that account, or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}
