import { once } from 'node:events';
import { startPostgres, startRedis, type Store } from 'azuraforge-stores';
import type { Home } from '../home.ts';
import type { LogFile } from '../log-file.ts';
import type { Running } from './program.ts';

/** A store that runs, and the URL with its password. */
export interface RunningStore extends Running {
  url: string;
}

/** Host, port and database of a URL, fit for showing. */
function withoutPassword(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

function runningStore(store: Store): RunningStore {
  const { url, pid, kind, exited } = store;
  return {
    url,
    pid,
    kind,
    exited,
    address: withoutPassword(url),
    stop: () => store.stop(),
    // A database is never cut off: its own shutdown is quick and keeps the data safe.
    kill: () => undefined,
  };
}

/** A server of the user's own, named by a URL; it is neither started nor stopped. */
export function externalStore(url: string): RunningStore {
  const released = new AbortController();
  const exited = once(released.signal, 'abort').then(() => ({ code: null, signal: null, expected: true }));
  return {
    url,
    pid: 0,
    kind: 'external',
    address: withoutPassword(url),
    exited,
    stop: async () => released.abort(),
    kill: () => undefined,
  };
}

/** @param former The one that ran before, whose port the new one keeps. */
export async function launchPostgres(
  home: Home,
  log: LogFile,
  former: RunningStore | null,
): Promise<RunningStore> {
  const port = former ? Number(new URL(former.url).port) : undefined;
  return runningStore(
    await startPostgres({ directory: home.postgres, port, onLog: (line) => log.line(line) }),
  );
}

/** @param former The one that ran before, whose port and password the new one keeps. */
export async function launchRedis(
  home: Home,
  log: LogFile,
  former: RunningStore | null,
  prefer: 'native' | 'wasm' | undefined,
): Promise<RunningStore> {
  const kept = former
    ? { port: Number(new URL(former.url).port), password: decodeURIComponent(new URL(former.url).password) }
    : {};
  return runningStore(
    await startRedis({ directory: home.redis, prefer, onLog: (line) => log.line(line), ...kept }),
  );
}
