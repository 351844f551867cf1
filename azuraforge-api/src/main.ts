#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { createFirstAdmin, issueToken } from './command.ts';
import { createLog, reasonOf } from './logger.ts';
import { startApi } from './serve.ts';
import { readCommandSettings, readSettings, SettingsError } from './settings.ts';

const USAGE = `Usage:
  azuraforge-api                            serve HTTP and sockets
  azuraforge-api admin create               make sure that there is an administrator
  azuraforge-api token --username NAME      print an access token for a user
`;

async function serve(): Promise<void> {
  // Node's own answer to this signal is a debugger that any process of this user can reach, plugin code too.
  process.on('SIGUSR1', () => {});
  const settings = readSettings(process.env);
  const log = createLog(settings.logLevel);
  const api = await startApi(settings, log);
  log.info('listening', { url: api.url });

  let stopping = false;
  const stop = async (reason: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info('stopping', { reason });
    await api.stop();
    process.exit(process.exitCode ?? 0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
  process.on('disconnect', () => void stop('the parent process is gone'));

  try {
    await api.ready;
    process.send?.({ type: 'ready', url: api.url });
  } catch (error) {
    fail(error);
    await stop('fatal error');
  }
}

async function run(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { username: { type: 'string' } },
  });
  const command = positionals.join(' ');
  if (command === '' || command === 'serve') {
    await serve();
  } else if (command === 'admin create') {
    printLine(
      await createFirstAdmin(readCommandSettings(process.env), process.env.AZURAFORGE_ADMIN_PASSWORD),
    );
  } else if (command === 'token' && values.username) {
    printLine(await issueToken(readCommandSettings(process.env), values.username));
  } else {
    throw new SettingsError(USAGE);
  }
}

function printLine(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function fail(error: unknown): void {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exitCode = 1;
}

try {
  await run();
} catch (error) {
  fail(error);
  process.exit();
}
