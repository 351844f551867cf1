import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../src/index.ts';
import { emptyDatabase } from './database.ts';

let network: Server;
let source: DataSource;
const sockets = new Set<Socket>();

beforeAll(async () => {
  const url = new URL(await emptyDatabase());
  const postgres = { host: url.hostname, port: Number(url.port) };
  network = createServer((near) => {
    const far = connect(postgres);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
  });
  await new Promise<void>((resolve) => {
    network.listen(0, '127.0.0.1', resolve);
  });
  url.hostname = '127.0.0.1';
  url.port = String((network.address() as AddressInfo).port);
  source = await createDataSource({ url: url.href, silenceMs: 1500 }).initialize();
});
afterAll(async () => {
  await source.destroy();
  for (const socket of sockets) socket.destroy();
  network.close();
});

/** Every connection of now stays open, and nothing comes through any more. */
function cut(): void {
  for (const socket of sockets) socket.unpipe().pause();
}

test('a connection that fell silent fails its statement or its transaction, and the next one is new', async () => {
  expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  cut();
  await expect(source.query('SELECT 1 AS one')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);

  const transaction = source.transaction(async (entities) => {
    await entities.query('SELECT 1');
    cut();
    return entities.query('SELECT 2');
  });
  await expect(transaction).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a statement that takes its time within the limit is waited for', async () => {
  for (let round = 0; round < 3; round += 1) await source.query('SELECT pg_sleep(0.75)');
});
