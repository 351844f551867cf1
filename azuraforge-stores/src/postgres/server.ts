import { type Account, spawnServer, type StopStep } from '../process.ts';
import { ServerProcess } from '../server.ts';
import type { PostgresBinaries } from './binaries.ts';
import { SERVER_ENVIRONMENT } from './cluster.ts';

/** PostgreSQL's fast, immediate and forced shutdown. */
export const SHUTDOWN: StopStep[] = [
  { signal: 'SIGINT', patience: 20_000 },
  { signal: 'SIGQUIT', patience: 5_000 },
  { signal: 'SIGKILL', patience: 5_000 },
];

/** Settings for a cluster whose data nobody will miss. */
const THROWAWAY_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export interface PostgresServerOptions {
  binaries: PostgresBinaries;
  cluster: string;
  account: Account | null;
  port: number;
  /** False turns off what protects the data from a crash of the machine. */
  durable: boolean;
  onLog(line: string): void;
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

/**
 * Starts the server and waits until it accepts connections.
 *
 * @throws StoreError with the server's last log lines; PortTakenError.
 */
export async function startServer(options: PostgresServerOptions): Promise<ServerProcess> {
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
  const server = new ServerProcess(child, {
    name: `PostgreSQL in ${options.cluster}`,
    isReady: (line) => line.includes('database system is ready to accept connections'),
    startLimit: 120_000,
    shutdown: SHUTDOWN,
    onLog: options.onLog,
  });
  try {
    await server.untilReady();
    return server;
  } catch (error) {
    if (server.lastLines.some((line) => line.includes('could not bind'))) {
      throw new PortTakenError(`Port ${options.port} is taken.`, { cause: error });
    }
    throw error;
  }
}
