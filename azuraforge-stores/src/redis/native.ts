import { spawnServer } from '../process.ts';
import { ServerProcess } from '../server.ts';

export interface RedisServerOptions {
  port: number;
  password: string;
  /** Working folder of the server. */
  directory: string;
  onLog(line: string): void;
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** Keeps nothing on disk: Postgres is the truth, Redis only carries what moves. */
function configuration({ port, password, directory }: RedisServerOptions): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${quoted(password)}`,
    `dir ${quoted(directory)}`,
    'save ""',
    'appendonly no',
    'daemonize no',
    '',
  ].join('\n');
}

/**
 * Starts `redis-server` or `valkey-server`. The configuration goes through its input, so that the password shows
 * neither on the command line nor on disk.
 *
 * @throws StoreError with the server's last log lines.
 */
export async function startNativeRedis(program: string, options: RedisServerOptions): Promise<ServerProcess> {
  const child = spawnServer(program, ['-'], {
    deathSignal: 'TERM',
    cwd: options.directory,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const server = new ServerProcess(child, {
    name: program,
    isReady: (line) => line.includes('Ready to accept connections'),
    startLimit: 30_000,
    shutdown: [
      { signal: 'SIGTERM', patience: 5_000 },
      { signal: 'SIGKILL', patience: 5_000 },
    ],
    onLog: options.onLog,
  });
  // A server that ends at once closes its input; its exit tells the story.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(configuration(options));
  await server.untilReady();
  return server;
}
