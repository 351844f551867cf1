import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Account } from '../process.ts';
import { StoreError } from '../store.ts';
import { postgresAccount } from './account.ts';

/** Where root keeps what another account must reach when the data folder itself is out of its reach. */
const SYSTEM_FOLDER = '/var/lib/azuraforge';

const EXPLANATION = (cluster: string): string =>
  `The database of this folder lies in

    ${cluster}

PostgreSQL does not run as root, so it runs under an account of its own, and that account may not enter this
folder (one of the folders above it is closed to others, as /root is). The link "data" beside this file points to
the place. If you delete this folder, delete ${dirname(cluster)} too.
`;

/** Where one cluster lies and who runs it. */
export interface ClusterPlace {
  /** Folder of the cluster; absent until it is first made. */
  cluster: string;
  account: Account | null;
  /** True when a cluster is there already. */
  exists: boolean;
  /** A folder that the account can reach, for copies of the programs. */
  copies(): Promise<string>;
  /** Records the place in the data folder, once the cluster is made. */
  settle(): Promise<void>;
  /** Deletes the cluster. */
  remove(): Promise<void>;
}

function canEnter(folder: string, account: Account | null): boolean {
  if (account === null) return true;
  const answer = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { ...account, cwd: '/' });
  return answer.status === 0;
}

/** A folder that everybody may pass through and only root may change. */
async function systemFolder(): Promise<string> {
  await mkdir(SYSTEM_FOLDER, { recursive: true, mode: 0o711 }).catch((cause: Error) => {
    throw new StoreError(
      `PostgreSQL's account cannot enter the data folder, and ${SYSTEM_FOLDER} cannot be made for it: ` +
        `${cause.message}. Choose a data folder that others may pass through (chmod o+x), or start as an ordinary user.`,
      { cause },
    );
  });
  const info = await lstat(SYSTEM_FOLDER);
  if (!info.isDirectory() || info.uid !== 0 || (info.mode & 0o022) !== 0) {
    throw new StoreError(
      `${SYSTEM_FOLDER} must be a folder that root owns and nobody else can change. Correct that, or start as an ordinary user.`,
    );
  }
  await chmod(SYSTEM_FOLDER, 0o711);
  return SYSTEM_FOLDER;
}

async function findLink(link: string): Promise<'absent' | 'folder' | string> {
  const info = await lstat(link).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (info === null) return 'absent';
  return info.isSymbolicLink() ? readlink(link) : 'folder';
}

async function existingPlace(directory: string, link: string, cluster: string): Promise<ClusterPlace> {
  const info = await stat(cluster).catch(() => null);
  if (info === null) {
    throw new StoreError(
      `The database of ${directory} was in ${cluster}, which is gone or closed to this user. Bring it back, or ` +
        `delete ${link} to begin with an empty one.`,
    );
  }
  const account = postgresAccount(cluster);
  const self = process.getuid?.();
  if (self !== undefined && self !== 0 && info.uid !== self) {
    throw new StoreError(
      `The database in ${cluster} belongs to another user (number ${info.uid}). Start as that user or as root, or ` +
        `choose another data folder.`,
    );
  }
  if (!canEnter(cluster, account)) {
    throw new StoreError(
      `The account that PostgreSQL runs as cannot enter ${cluster}. Allow passing through the folders above it ` +
        `(chmod o+x), or choose another data folder.`,
    );
  }
  return {
    cluster,
    account,
    exists: true,
    copies: async () => (account === null ? directory : systemFolder()),
    settle: async () => undefined,
    remove: async () => {
      await rm(cluster, { recursive: true, force: true });
      await rm(link, { force: true });
    },
  };
}

async function relocatedPlace(directory: string, link: string, account: Account): Promise<ClusterPlace> {
  const folder = join(await systemFolder(), randomBytes(6).toString('hex'));
  const cluster = join(folder, 'data');
  const explanation = join(directory, 'README.txt');
  await mkdir(folder, { mode: 0o711 });
  await chmod(folder, 0o711);
  return {
    cluster,
    account,
    exists: false,
    copies: systemFolder,
    settle: async () => {
      await symlink(cluster, link);
      await writeFile(explanation, EXPLANATION(cluster));
    },
    remove: async () => {
      await rm(folder, { recursive: true, force: true });
      await rm(link, { force: true });
      await rm(explanation, { force: true });
    },
  };
}

/**
 * Finds the cluster of a data folder, or a place for a new one: `data` in that folder, or, when the caller is root
 * and the folder is out of PostgreSQL's reach, a folder under /var/lib/azuraforge with a link to it.
 *
 * @throws StoreError when the cluster is lost, foreign or out of reach.
 */
export async function findPlace(directory: string): Promise<ClusterPlace> {
  const link = join(directory, 'data');
  const found = await findLink(link);
  if (found === 'folder') return existingPlace(directory, link, link);
  if (found !== 'absent') return existingPlace(directory, link, found);
  const account = postgresAccount(link);
  if (account !== null && !canEnter(directory, account)) return relocatedPlace(directory, link, account);
  return {
    cluster: link,
    account,
    exists: false,
    copies: async () => (account === null ? directory : systemFolder()),
    settle: async () => undefined,
    remove: () => rm(link, { recursive: true, force: true }),
  };
}

/** Makes an empty folder that only the account can read. */
export async function makePrivateFolder(folder: string, account: Account | null): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  if (account !== null) await chown(folder, account.uid, account.gid);
}
