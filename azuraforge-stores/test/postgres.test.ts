import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { identifyProcess, startPostgres, type Store, throwawayPostgres } from 'azuraforge-stores';
import { Client } from 'pg';
import { hasProgram, killedOwner } from './owner.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';
const testAsRoot = isRoot ? test : test.skip;
const testOnLinux = isLinux ? test : test.skip;

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function untilGone(pid: number): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (identifyProcess(pid) !== null && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a lasting PostgreSQL', () => {
  let directory: string;
  let store: Store | null;

  const start = async (): Promise<Store> => {
    store = await startPostgres({ directory });
    return store;
  };
  const clusterFolder = (): string => join(directory, 'data');

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'azuraforge-test-'));
    chmodSync(directory, 0o711);
    store = null;
  });
  afterEach(async () => {
    await store?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('gives a role that owns its database and is no superuser', async () => {
    const { url, kind, port } = await start();
    expect(kind).toBe('embedded-postgres');
    const [facts] = await query(
      url,
      `SELECT current_user AS role, current_database() AS database, r.rolsuper AS super,
              current_setting('server_encoding') AS encoding, current_setting('listen_addresses') AS addresses,
              current_setting('fsync') AS fsync
         FROM pg_roles r WHERE r.rolname = current_user`,
    );
    expect(facts).toEqual({
      role: 'azuraforge',
      database: 'azuraforge',
      super: false,
      encoding: 'UTF8',
      addresses: '127.0.0.1',
      fsync: 'on',
    });
    expect(existsSync(`/tmp/.s.PGSQL.${port}`)).toBe(false);
    await query(url, 'CREATE SCHEMA things CREATE TABLE t (id int)');
  });

  test('stores its passwords for the owner alone and refuses others', async () => {
    const { url } = await start();
    expect(statSync(join(directory, 'credentials.json')).mode & 0o777).toBe(0o600);
    const wrong = new URL(url);
    wrong.password = 'guessed';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('finds its data again, under the same password, and keeps a wanted port', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS value');
    await first.stop();
    await expect(first.exited).resolves.toEqual({ code: 0, signal: null, expected: true });
    expect(identifyProcess(first.pid)).toBeNull();

    const second = await startPostgres({ directory, port: first.port });
    store = second;
    expect(second.url).toBe(first.url);
    await expect(query(second.url, 'SELECT value FROM kept')).resolves.toEqual([{ value: 7 }]);
  });

  test('recovers after its server was killed', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 8 AS value');
    process.kill(first.pid, 'SIGKILL');
    await expect(first.exited).resolves.toMatchObject({ signal: 'SIGKILL', expected: false });
    await first.stop();
    const second = await start();
    await expect(query(second.url, 'SELECT value FROM kept')).resolves.toEqual([{ value: 8 }]);
  });

  test('is not misled by a lock file that names some other living process', async () => {
    await (await start()).stop();
    // PostgreSQL itself only heeds processes of its own account.
    const { uid, gid } = statSync(clusterFolder());
    const other = spawn('sleep', ['600'], isRoot ? { uid, gid, cwd: '/' } : {});
    const lock = join(clusterFolder(), 'postmaster.pid');
    writeFileSync(lock, `${other.pid}\n${clusterFolder()}\n1700000000\n5432\n\n127.0.0.1\n  0 0\nready   \n`);
    const { url } = await start();
    other.kill();
    await expect(query(url, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  test('begins again after an interrupted creation', async () => {
    mkdirSync(`${clusterFolder()}.initializing`);
    writeFileSync(join(`${clusterFolder()}.initializing`, 'PG_VERSION'), '18\n');
    const { url } = await start();
    await expect(query(url, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    expect(existsSync(`${clusterFolder()}.initializing`)).toBe(false);
  });

  testOnLinux('ends with a killed owner', async () => {
    if (!hasProgram('setpriv')) throw new Error('setpriv, of the essential package util-linux, is missing');
    const orphan = await killedOwner(`startPostgres({ directory: '${directory}' })`);
    await untilGone(orphan.pid);
    expect(identifyProcess(orphan.pid)).toBeNull();
  });

  test('clears away a server that outlived its owner, and keeps its data', async () => {
    const orphan = await killedOwner(`startPostgres({ directory: '${directory}' })`, {
      withoutDeathSignal: true,
    });
    expect(identifyProcess(orphan.pid)).not.toBeNull();
    await query(orphan.url, 'CREATE TABLE kept AS SELECT 9 AS value');
    const { url } = await start();
    expect(identifyProcess(orphan.pid)).toBeNull();
    await expect(query(url, 'SELECT value FROM kept')).resolves.toEqual([{ value: 9 }]);
  });

  test('does not take a folder away from a living owner', async () => {
    await start();
    await expect(startPostgres({ directory })).rejects.toThrow(/in use by process/);
    const second = killedOwner(
      `startPostgres({ directory: '${directory}' }).catch((error) => ({ url: error.message }))`,
    );
    await expect(second).resolves.toMatchObject({
      url: expect.stringMatching(new RegExp(`in use by process ${process.pid}`)),
    });
  });

  test('says what to do when the passwords are lost', async () => {
    await (await start()).stop();
    rmSync(join(directory, 'credentials.json'));
    await expect(startPostgres({ directory })).rejects.toThrow(/Bring that file back/);
  });

  test('says what to do with data of another version', async () => {
    await (await start()).stop();
    writeFileSync(join(clusterFolder(), 'PG_VERSION'), '12\n');
    await expect(startPostgres({ directory })).rejects.toThrow(/version 12, .* version 18/);
  });

  testAsRoot('moves out of a folder that only root may enter, and leaves word', async () => {
    chmodSync(directory, 0o700);
    const first = await start();
    const cluster = readlinkSync(clusterFolder());
    expect(cluster).toMatch(/^\/var\/lib\/azuraforge\/[0-9a-f]{12}\/data$/);
    expect(readFileSync(join(directory, 'README.txt'), 'utf8')).toContain(cluster);
    expect(statSync(cluster).mode & 0o077).toBe(0);
    const owner = statSync(cluster).uid;
    expect(owner).not.toBe(0);
    expect(statSync(`/proc/${first.pid}`).uid).toBe(owner);

    await query(first.url, 'CREATE TABLE kept AS SELECT 10 AS value');
    await first.stop();
    const second = await start();
    await expect(query(second.url, 'SELECT value FROM kept')).resolves.toEqual([{ value: 10 }]);
    await second.stop();
    store = null;
    rmSync(dirname(cluster), { recursive: true });
    await expect(startPostgres({ directory })).rejects.toThrow(/which is gone/);
  });

  testAsRoot('runs an ordinary user’s cluster as that user', async () => {
    await (await start()).stop();
    spawnSync('chown', ['-R', 'nobody', clusterFolder()]);
    const { pid, url } = await start();
    await expect(query(url, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    expect(statSync(`/proc/${pid}`).uid).toBe(statSync(clusterFolder()).uid);
  });
});

test('a throwaway PostgreSQL leaves nothing', async () => {
  const before = new Set(readdirSync(tmpdir()));
  const store = await throwawayPostgres();
  const folder = readdirSync(tmpdir()).find(
    (name) => name.startsWith('azuraforge-postgres-') && !before.has(name),
  );
  await expect(query(store.url, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  await store.stop();
  await store.stop();
  expect(folder === undefined || existsSync(join(tmpdir(), folder))).toBe(false);
  expect(identifyProcess(store.pid)).toBeNull();
});
