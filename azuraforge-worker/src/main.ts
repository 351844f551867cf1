#!/usr/bin/env node
import { setTimeout as sleep } from 'node:timers/promises';
import { createDataSource } from 'azuraforge-dbmodels';
import type { DataSource } from 'typeorm';
import { ConfigurationError, readConfig, type WorkerConfig } from './config.ts';
import { createLog, type Log, reasonOf } from './log.ts';
import { isOutage } from './outage.ts';
import { createWorker } from './worker.ts';

/** A worker that cannot stop in order within this time is ended; its runs are taken over when their leases end. */
const STOP_DEADLINE_MS = 15_000;

async function connectDatabase(config: WorkerConfig, log: Log): Promise<DataSource> {
  const database = createDataSource({
    url: config.databaseUrl,
    poolSize: 4 + 2 * config.concurrency,
    applicationName: 'azuraforge-worker',
  });
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await database.initialize();
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (attempt === 0)
        log.warn('Postgres cannot be reached; trying again until it can', { reason: reasonOf(error) });
      await sleep(1000);
    }
  }
}

async function run(config: WorkerConfig, log: Log): Promise<void> {
  // Node's own answer to this signal is a debugger that any process of this user can reach, plugin code too.
  process.on('SIGUSR1', () => {});
  const stopRequested = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
    process.once('disconnect', resolve);
  });
  const stopped = stopRequested.then(() => 'stopped' as const);
  const database = await Promise.race([connectDatabase(config, log), stopped]);
  if (database === 'stopped') return;
  const worker = createWorker({ config, database, log });
  const started = await Promise.race([worker.start().then(() => 'started' as const), stopped]);
  if (started === 'started') {
    process.send?.({ type: 'ready' });
    await stopped;
  }
  log.info('The worker stops');
  setTimeout(() => {
    log.error('The worker could not stop in order and is ended');
    process.exit(1);
  }, STOP_DEADLINE_MS).unref();
  await worker.stop();
  await database.destroy();
}

try {
  const config = readConfig(process.env, process.cwd());
  const log = createLog(config.logLevel, config.workerId);
  try {
    await run(config, log);
    process.exit(0);
  } catch (error) {
    log.error(`The worker cannot go on: ${reasonOf(error)}`, { stack: (error as Error).stack });
    process.exit(1);
  }
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
