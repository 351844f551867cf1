import { execFile, fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, startRedis, type Store } from 'azuraforge-stores';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { emptyDatabase, migratedDatabase } from './database.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const run = promisify(execFile);
const children: ChildProcess[] = [];

let folder: string;
let redis: Store;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'azuraforge-api-main-'));
  redis = await startRedis();
  environment = {
    PATH: process.env.PATH,
    DATABASE_URL: await migratedDatabase(),
    REDIS_URL: redis.url,
    AZURAFORGE_HOME: folder,
    AZURAFORGE_API_PORT: '0',
  };
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true });
});

interface Running {
  child: ChildProcess;
  output(): string;
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  ready: Promise<string>;
}

function serve(extra: NodeJS.ProcessEnv = {}): Running {
  const child = fork(main, [], { env: { ...environment, ...extra }, silent: true });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (text += String(chunk)));
  return {
    child,
    output: () => text,
    exit: new Promise((resolve) => {
      child.on('exit', (code, signal) => resolve({ code, signal }));
    }),
    ready: new Promise((resolve) => {
      child.on('message', (message: { type: string; url: string }) => resolve(message.url));
    }),
  };
}

const command = (...args: string[]) => run(process.execPath, [main, ...args], { env: environment });

async function eventually<T>(check: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 15_000; ;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }
}

describe('azuraforge-api', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('serves, says so, and stops cleanly on %s', async (signal) => {
    const { child, ready, exit, output } = serve();
    const url = await ready;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    child.kill(signal);
    expect(await exit).toEqual({ code: 0, signal: null });
    for (const line of output().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('timestamp');
  });

  test('opens no debugger for whoever may send it a signal', async () => {
    const { child, ready, output, exit } = serve();
    const url = await ready;
    child.kill('SIGUSR1');
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(output()).not.toContain('Debugger listening');
    child.kill('SIGTERM');
    expect(await exit).toEqual({ code: 0, signal: null });
  });

  test('ends when the process that started it is gone', async () => {
    const { child, ready, exit } = serve();
    await ready;
    child.disconnect();
    expect(await exit).toEqual({ code: 0, signal: null });
  });

  test('waits for Redis and Postgres, says so, and goes on when they come', async () => {
    const port = await freePort();
    const api = serve({
      REDIS_URL: `redis://:secret@127.0.0.1:${port}`,
      DATABASE_URL: environment.DATABASE_URL,
    });
    const url = await eventually(() =>
      Promise.resolve(JSON.parse(/\{.*"listening".*\}/.exec(api.output())![0]).url as string),
    );
    await eventually(async () => {
      const response = await fetch(`${url}/readyz`);
      const { error } = (await response.json()) as { error: { details: { path: string }[] } };
      expect(error.details.map(({ path }) => path)).toEqual(['redis']);
    });
    const late = await startRedis({ port, password: 'secret' });
    expect(await api.ready).toBe(url);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    api.child.kill('SIGTERM');
    expect(await api.exit).toEqual({ code: 0, signal: null });
    await late.stop();
  });

  test('stops cleanly while it still waits for both', async () => {
    const port = await freePort();
    const api = serve({
      REDIS_URL: `redis://127.0.0.1:${port}`,
      DATABASE_URL: `postgres://a:b@127.0.0.1:${port}/c`,
    });
    await eventually(() => Promise.resolve(expect(api.output()).toMatch(/PostgreSQL cannot be reached/)));
    const url = JSON.parse(/\{.*"listening".*\}/.exec(api.output())![0]).url as string;
    const token = await fetch(`${url}/api/v1/auth/token`, {
      method: 'POST',
      body: new URLSearchParams({ username: 'a', password: 'b' }),
    });
    expect(token.status).toBe(503);
    api.child.kill('SIGTERM');
    expect(await api.exit).toEqual({ code: 0, signal: null });
  });

  test.each<[string, () => Promise<NodeJS.ProcessEnv>, string]>([
    ['no DATABASE_URL', () => Promise.resolve({ DATABASE_URL: '' }), 'DATABASE_URL is not set'],
    ['no REDIS_URL', () => Promise.resolve({ REDIS_URL: '' }), 'REDIS_URL is not set'],
    [
      'a port that is none',
      () => Promise.resolve({ AZURAFORGE_API_PORT: 'http' }),
      'AZURAFORGE_API_PORT must be a port',
    ],
    [
      'a database without tables',
      async () => ({ DATABASE_URL: await emptyDatabase() }),
      'run azuraforge-migrate first',
    ],
    [
      'a database that there is not',
      () => Promise.resolve({ DATABASE_URL: environment.DATABASE_URL!.replace(/[^/]*$/, 'nothing') }),
      'PostgreSQL refuses the connection',
    ],
    ['a keys file that is none', () => Promise.resolve({ AZURAFORGE_KEYS_FILE: main }), 'is not a JWKS'],
  ])('ends with one clear sentence for %s', async (_what, extra, sentence) => {
    const { exit, output } = serve(await extra());
    expect((await exit).code).toBe(1);
    expect(output()).toContain(sentence);
    expect(output()).not.toMatch(/^\s+at /m);
  });

  test('ends with one clear sentence when its port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve);
    });
    const port = String((taken.address() as AddressInfo).port);
    const { exit, output } = serve({ AZURAFORGE_API_PORT: port });
    expect((await exit).code).toBe(1);
    expect(output()).toContain(`127.0.0.1:${port}: it is taken`);
    taken.close();
  });
});

describe('azuraforge-api, as a command', () => {
  test('makes the first administrator and prints tokens that the server takes', async () => {
    const first = await command('admin', 'create');
    expect(JSON.parse(first.stdout)).toEqual({
      created: true,
      username: 'admin',
      password: expect.any(String),
    });
    expect(JSON.parse((await command('admin', 'create')).stdout)).toEqual({
      created: false,
      username: 'admin',
    });

    const { stdout } = await command('token', '--username', 'admin');
    const { access_token, expires_in } = JSON.parse(stdout) as { access_token: string; expires_in: number };
    expect(expires_in).toBe(3600);
    const { ready } = serve();
    const me = await fetch(`${await ready}/api/v1/auth/me`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(await me.json()).toMatchObject({ username: 'admin', role: 'admin' });
  });

  test.each([
    [['token', '--username', 'nobody'], 'There is no user "nobody"'],
    [['token'], 'Usage:'],
    [['dance'], 'Usage:'],
    [['--wrong'], "Unknown option '--wrong'"],
  ])('%j fails with a sentence', async (args, sentence) => {
    await expect(command(...args)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(sentence),
    });
  });
});
