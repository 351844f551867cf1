import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runnableBinaries } from './postgres/binaries.ts';
import { checkVersion, createCluster, readCredentials } from './postgres/cluster.ts';
import { ensureDatabase } from './postgres/database.ts';
import { clearLeftovers } from './postgres/leftover.ts';
import { type ClusterPlace, findPlace } from './postgres/place.ts';
import { PortTakenError, type PostgresServerOptions, startServer } from './postgres/server.ts';
import { freePort } from './port.ts';
import { identifyProcess, recordedProcess } from './process.ts';
import type { ServerProcess } from './server.ts';
import { type Store, StoreError } from './store.ts';

export interface PostgresOptions {
  /** The data folder; made when missing. */
  directory: string;
  /** Listen here (a restart that must keep its URL); a free port by default. */
  port?: number;
  /** Each line of the server's log. */
  onLog?(line: string): void;
}

const PORT_ATTEMPTS = 5;

async function startOnFreePort(
  options: Omit<PostgresServerOptions, 'port'>,
  wanted: number | undefined,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted ?? (await freePort());
    try {
      return { server: await startServer({ ...options, port }), port };
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
      if (wanted !== undefined || attempt === PORT_ATTEMPTS) {
        throw new StoreError(`PostgreSQL found port ${port} taken. Free it, then start again.`, {
          cause: error,
        });
      }
    }
  }
}

interface Cluster {
  store: Store;
  place: ClusterPlace;
}

async function startCluster(options: PostgresOptions, durable: boolean): Promise<Cluster> {
  const directory = resolve(options.directory);
  // Under root the server has an account of its own, which must pass through; what lies inside stays closed.
  await mkdir(directory, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const ownerFile = join(directory, 'owner.json');
  const owner = recordedProcess(ownerFile);
  if (owner !== null) {
    throw new StoreError(
      `The database in ${directory} is in use by process ${owner.pid} (${owner.command}). End that one first.`,
    );
  }
  const place = await findPlace(directory);
  const binaries = await runnableBinaries(place.copies, place.account);
  const credentials = await readCredentials(directory, !place.exists);
  if (place.exists) {
    await clearLeftovers(await realpath(place.cluster));
  } else {
    try {
      await createCluster(place, binaries, credentials, durable);
      await place.settle();
    } catch (error) {
      await place.remove();
      throw error;
    }
  }
  await checkVersion(place.cluster, binaries, place.account);

  const { server, port } = await startOnFreePort(
    {
      binaries,
      cluster: place.cluster,
      account: place.account,
      durable,
      onLog: options.onLog ?? (() => undefined),
    },
    options.port,
  );
  try {
    await writeFile(ownerFile, JSON.stringify(identifyProcess(process.pid)), { mode: 0o600 });
    const url = await ensureDatabase(credentials, port, !place.exists);
    const exited = server.exited.then(async (exit) => {
      // A record that cannot be removed is harmless: it names a process that will be gone.
      await rm(ownerFile, { force: true }).catch(() => undefined);
      return exit;
    });
    const stop = async (): Promise<void> => {
      await server.stop();
      await exited;
    };
    const store: Store = { url, port, kind: 'embedded-postgres', pid: server.pid, exited, stop };
    return { store, place };
  } catch (error) {
    await server.stop();
    await rm(ownerFile, { force: true });
    throw error;
  }
}

/**
 * Starts PostgreSQL from npm packages on a data folder that lasts: the first start makes an empty cluster, later ones
 * find all data again. Works as root, too: the server then runs under an account of its own.
 *
 * @returns The store, with a URL for the role `azuraforge`, owner of the database `azuraforge`.
 * @throws StoreError when it cannot be started; the message says what to do.
 */
export async function startPostgres(options: PostgresOptions): Promise<Store> {
  const { store } = await startCluster(options, true);
  return store;
}

/** Starts an empty PostgreSQL for a test, fast and without safety against crashes; `stop` deletes it. */
export async function throwawayPostgres(): Promise<Store> {
  const directory = await mkdtemp(join(tmpdir(), 'azuraforge-postgres-'));
  // Others may pass through, so that PostgreSQL's own account reaches its data when the test runs as root.
  await chmod(directory, 0o711);
  const { store, place } = await startCluster({ directory }, false).catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true });
    throw error;
  });
  return {
    ...store,
    stop: async () => {
      await store.stop();
      await place.remove();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
