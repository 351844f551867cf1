import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDataSource } from 'azuraforge-dbmodels';
import { QUEUES, type PredictJob, type TrainJob } from 'azuraforge-dbmodels/contract';
import type { DataSource } from 'typeorm';
import { createApp, type App } from './app.ts';
import { loadKeys } from './auth/keys.ts';
import { isStoreAway } from './error.ts';
import { reasonOf, type Log } from './logger.ts';
import { JobSender } from './queue.ts';
import { reconnectDelay, RedisConnection } from './redis.ts';
import { SettingsError, type Settings } from './settings.ts';

export interface RunningApi {
  /** Where it listens. */
  url: string;
  /** Resolves when Postgres and Redis have been reached for the first time; rejects when that is hopeless. */
  ready: Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts to listen at once, so that `/readyz` can tell what it waits for, and connects in the background. */
export async function startApi(settings: Settings, log: Log): Promise<RunningApi> {
  const { databaseUrl, redisUrl } = settings;
  const keys = await loadKeys(settings.keysFile);
  const database = createDataSource({ url: databaseUrl, applicationName: 'azuraforge-api' });
  const redis = new RedisConnection({ url: redisUrl, log });
  const subscriber = new RedisConnection({ url: redisUrl, log });
  const trainQueue = new JobSender<TrainJob>({ name: QUEUES.train, redisUrl, log });
  const predictQueue = new JobSender<PredictJob>({ name: QUEUES.predict, redisUrl, log, events: true });
  const app = createApp({ settings, database, redis, subscriber, keys, trainQueue, predictQueue, log });
  const url = await listen(app, settings);

  const stopping = new AbortController();
  const redisReady = new Promise<void>((resolve) => {
    redis.onReady(resolve);
  });
  for (const connection of [redis, subscriber, trainQueue, predictQueue]) connection.open();
  const connected = connectDatabase(database, log, stopping.signal);
  return {
    url,
    ready: Promise.all([connected, redisReady]),
    async stop() {
      stopping.abort();
      await connected.catch(() => {});
      await app.close();
      await Promise.all(
        [redis, subscriber, trainQueue, predictQueue].map((connection) => connection.close()),
      );
      if (database.isInitialized) await database.destroy();
    },
  };
}

function listen({ server }: App, { host, port }: Settings): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'it is taken' : error.message;
      reject(
        new SettingsError(`Cannot listen on ${host}:${port}: ${reason}. Choose another AZURAFORGE_API_PORT.`),
      );
    });
    server.listen(port, host, () => {
      const { address, family, port: chosen } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${chosen}`);
    });
  });
}

/** Waits for Postgres as long as it takes; a wrong password or a missing schema does not mend itself. */
async function connectDatabase(database: DataSource, log: Log, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted && !database.isInitialized; attempt += 1) {
    try {
      await database.initialize();
    } catch (error) {
      if (!isStoreAway(error))
        throw new SettingsError(`PostgreSQL refuses the connection: ${reasonOf(error)}. Check DATABASE_URL.`);
      if (attempt === 0)
        log.warn('PostgreSQL cannot be reached; trying again until it can', { reason: reasonOf(error) });
      await sleep(reconnectDelay(attempt), undefined, { signal }).catch(() => {});
    }
  }
  if (signal.aborted) return;
  const [row] = await database.query<{ migrated: boolean }[]>(
    `SELECT to_regclass('experiments') IS NOT NULL AS migrated`,
  );
  if (!row?.migrated)
    throw new SettingsError('The database has no tables yet; run azuraforge-migrate first.');
}
