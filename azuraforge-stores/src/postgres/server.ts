import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Account, spawnServer, type StopStep, stopProcess, whenGone } from '../process.ts';
import { StoreError, type StoreExit } from '../store.ts';
import type { PostgresBinaries } from './binaries.ts';
import { SERVER_ENVIRONMENT } from './cluster.ts';

const READY = 'database system is ready to accept connections';
const START_LIMIT_MS = 120_000;
const KEPT_LINES = 12;

/** PostgreSQL's fast, immediate and forced shutdown. */
const SHUTDOWN: StopStep[] = [
  { signal: 'SIGINT', patience: 20_000 },
  { signal: 'SIGQUIT', patience: 5_000 },
  { signal: 'SIGKILL', patience: 5_000 },
];

/** Settings for a cluster whose data nobody will miss. */
const THROWAWAY_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export interface ServerOptions {
  binaries: PostgresBinaries;
  cluster: string;
  account: Account | null;
  port: number;
  /** False turns off what protects the data from a crash of the machine. */
  durable: boolean;
  onLog(line: string): void;
}

export interface Server {
  pid: number;
  exited: Promise<StoreExit>;
  stop(): Promise<void>;
}

/** Another process took the port between the choice and the start. */
export class PortTakenError extends Error {
  override name = 'PortTakenError';
}

function settingArguments(durable: boolean): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    logging_collector: 'off',
    ...(durable ? {} : THROWAWAY_SETTINGS),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Resolves when the server accepts connections, rejects when it ends before or takes too long. */
function untilReady(child: ChildProcess, options: ServerOptions, exited: Promise<StoreExit>): Promise<void> {
  const lines: string[] = [];
  const { stderr } = child;
  return new Promise((resolve, reject) => {
    const fail = (what: string): void =>
      reject(
        new StoreError(`PostgreSQL in ${options.cluster} ${what}. Its last words:\n${lines.join('\n')}`),
      );
    const timer = setTimeout(() => fail(`is not ready after ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    let drained: Promise<unknown> = Promise.resolve();
    if (stderr) {
      const reader = createInterface({ input: stderr });
      drained = new Promise((closed) => reader.once('close', closed));
      reader.on('line', (line) => {
        options.onLog(line);
        if (lines.push(line) > KEPT_LINES) lines.shift();
        if (line.includes(READY)) {
          clearTimeout(timer);
          resolve();
        }
      });
    }
    void exited.then(async () => {
      clearTimeout(timer);
      await drained;
      const taken = lines.some((line) => line.includes('could not bind'));
      if (taken) reject(new PortTakenError(`Port ${options.port} is taken.`));
      else fail('ended while starting');
    });
  });
}

/**
 * Starts the server and waits until it accepts connections.
 *
 * @throws StoreError with the server's last log lines; PortTakenError.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  let stopping: Promise<void> | null = null;
  let gone = false;
  const child = spawnServer(
    options.binaries.postgres,
    ['-D', options.cluster, '-p', String(options.port), ...settingArguments(options.durable)],
    {
      deathSignal: 'INT',
      account: options.account,
      cwd: '/',
      env: SERVER_ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const exited = whenGone(child, () => stopping !== null).then((exit) => {
    gone = true;
    return exit;
  });
  const end = async (): Promise<void> => {
    if (child.pid === undefined) return;
    const ended = await stopProcess(child.pid, SHUTDOWN, () => gone);
    if (!ended) throw new StoreError(`PostgreSQL (process ${child.pid}) does not end. End it by hand.`);
  };
  const stop = (): Promise<void> => (stopping ??= end());
  try {
    await untilReady(child, options, exited);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, exited, stop };
}
