import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { startRedis, type Store } from 'azuraforge-stores';
import BeeQueue from 'bee-queue';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { createLog } from '../src/logger.ts';
import { JobSender } from '../src/queue.ts';
import { RedisConnection } from '../src/redis.ts';

const PING_MS = 200;
const log = createLog('error');

let store: Store;
let proxy: Server;
let proxyUrl: string;
const open: (() => Promise<unknown>)[] = [];
const pairs: [Socket, Socket][] = [];

beforeAll(async () => {
  store = await startRedis();
});
afterAll(() => store.stop());

/** A network between the API and Redis that can fall silent without closing a connection. */
beforeEach(async () => {
  proxy = createServer((near) => {
    const far = connect(store.port, '127.0.0.1');
    pairs.push([near, far]);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const url = new URL(store.url);
  url.port = String((proxy.address() as AddressInfo).port);
  proxyUrl = url.href;
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
  for (const pair of pairs.splice(0)) for (const socket of pair) socket.destroy();
  await new Promise((resolve) => {
    proxy.close(resolve);
  });
});

function silence(): void {
  for (const [near, far] of pairs.splice(0)) {
    near.unpipe(far);
    far.unpipe(near);
    for (const socket of [near, far]) socket.resume().on('data', () => {});
  }
}

async function eventually(check: () => void | Promise<void>): Promise<void> {
  for (const end = Date.now() + 8000; ;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }
}

describe('a connection that fell silent', () => {
  test('is made anew, and hears its channels again', async () => {
    const connection = new RedisConnection({ url: proxyUrl, log, pingMs: PING_MS });
    open.push(() => connection.close());
    const heard: string[] = [];
    const hear = (message: string) => heard.push(message);
    connection.onReady(() => void connection.client.subscribe('news', hear));
    connection.open();
    const publisher = createClient({ url: store.url });
    await publisher.connect();
    open.push(() => publisher.close());
    const say = async (text: string) => expect(await publisher.publish('news', text)).toBeGreaterThan(0);

    await eventually(() => say('before'));
    await eventually(() => expect(heard).toContain('before'));
    silence();
    await eventually(async () => {
      await say('after');
      expect(heard).toContain('after');
    });
    heard.length = 0;
    await say('once');
    await eventually(() => expect(heard.filter((text) => text === 'once')).toEqual(['once']));
  });

  test('is made anew for jobs and for their answers', async () => {
    const sender = new JobSender<{ number: number }>({
      name: 'sums',
      redisUrl: proxyUrl,
      log,
      events: true,
      pingMs: PING_MS,
    });
    open.push(() => sender.close());
    sender.open();
    const worker = new BeeQueue<{ number: number }>('sums', {
      redis: { url: store.url },
      removeOnSuccess: true,
    });
    worker.process((job) => Promise.resolve(job.data.number + 1));
    open.push(() => worker.close());

    expect(await sender.ask('1', { number: 1 }, 5000)).toEqual({ succeeded: true, result: 2 });
    silence();
    let asked = 1;
    await eventually(async () => {
      asked += 1;
      const answer = await sender.ask(String(asked), { number: asked }, 500);
      expect(answer).toEqual({ succeeded: true, result: asked + 1 });
    });
    expect(asked).toBeGreaterThan(2);
  });
});
