import { createInterface } from 'node:readline';
import { spawnServer, type StopStep, stopProcess, whenGone } from '../process.ts';
import { StoreError, type StoreExit } from '../store.ts';

const READY = 'Ready to accept connections';
const START_LIMIT_MS = 30_000;
const KEPT_LINES = 8;

const SHUTDOWN: StopStep[] = [
  { signal: 'SIGTERM', patience: 5_000 },
  { signal: 'SIGKILL', patience: 5_000 },
];

export interface RedisServerOptions {
  port: number;
  password: string;
  /** Working folder of the server. */
  directory: string;
  onLog(line: string): void;
}

export interface RedisServer {
  pid: number;
  exited: Promise<StoreExit>;
  stop(): Promise<void>;
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
export async function startNativeRedis(program: string, options: RedisServerOptions): Promise<RedisServer> {
  let stopping: Promise<void> | null = null;
  let gone = false;
  const child = spawnServer(program, ['-'], {
    deathSignal: 'TERM',
    cwd: options.directory,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = whenGone(child, () => stopping !== null).then((exit) => {
    gone = true;
    return exit;
  });
  const end = async (): Promise<void> => {
    if (child.pid === undefined) return;
    const ended = await stopProcess(child.pid, SHUTDOWN, () => gone);
    if (!ended) throw new StoreError(`Redis (process ${child.pid}) does not end. End it by hand.`);
  };
  const stop = (): Promise<void> => (stopping ??= end());

  const lines: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    const fail = (what: string): void =>
      reject(new StoreError(`${program} ${what}. Its last words:\n${lines.join('\n')}`));
    const timer = setTimeout(() => fail(`is not ready after ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      finish();
    };
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        options.onLog(line);
        if (lines.push(line) > KEPT_LINES) lines.shift();
        if (line.includes(READY)) settle(resolve);
      });
    }
    void exited.then(() => settle(() => fail('ended while starting')));
  });
  // A server that ends at once closes its input; its exit tells the story.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(configuration(options));
  try {
    await ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, exited, stop };
}
