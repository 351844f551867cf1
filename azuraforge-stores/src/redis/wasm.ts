import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type StopStep, stopProcess, whenGone } from '../process.ts';
import { StoreError } from '../store.ts';
import type { RedisServer, RedisServerOptions } from './native.ts';

const CHILD = fileURLToPath(new URL('./valkey-child.js', import.meta.url));
const START_LIMIT_MS = 60_000;

const SHUTDOWN: StopStep[] = [
  { signal: 'SIGTERM', patience: 5_000 },
  { signal: 'SIGKILL', patience: 5_000 },
];

/** What the child says over its channel. */
export type ValkeyMessage = { type: 'ready' } | { type: 'failed'; message: string };

/** What the child is told first. */
export interface ValkeyStart {
  port: number;
  password: string;
}

function isMessage(value: unknown): value is ValkeyMessage {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/**
 * Starts Valkey as WebAssembly in a process of its own, which ends when this process does.
 *
 * @throws StoreError when it does not come up.
 */
export async function startWasmRedis(options: RedisServerOptions): Promise<RedisServer> {
  let stopping: Promise<void> | null = null;
  let gone = false;
  const child = fork(CHILD, [], {
    cwd: options.directory,
    // The parent's flags (a debugger port, a loader, Jest's) are not meant for it.
    execArgv: ['--no-warnings'],
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr] satisfies (Readable | null)[]) {
    if (stream) createInterface({ input: stream }).on('line', options.onLog);
  }
  const exited = whenGone(child, () => stopping !== null).then((exit) => {
    gone = true;
    return exit;
  });
  const end = async (): Promise<void> => {
    if (child.pid === undefined) return;
    const ended = await stopProcess(child.pid, SHUTDOWN, () => gone);
    if (!ended) throw new StoreError(`Valkey (process ${child.pid}) does not end. End it by hand.`);
  };
  const stop = (): Promise<void> => (stopping ??= end());

  const ready = new Promise<void>((resolve, reject) => {
    const fail = (what: string): void => reject(new StoreError(`The built-in Valkey ${what}.`));
    const timer = setTimeout(() => fail(`is not ready after ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    child.once('message', (message: unknown) => {
      clearTimeout(timer);
      if (!isMessage(message)) fail('answered in an unknown way');
      else if (message.type === 'failed') fail(`did not start: ${message.message}`);
      else resolve();
    });
    void exited.then(({ code, signal }) => {
      clearTimeout(timer);
      fail(`ended while starting (${signal ?? `exit code ${code}`})`);
    });
  });
  const start: ValkeyStart = { port: options.port, password: options.password };
  child.send(start, () => undefined);
  try {
    await ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, exited, stop };
}
