import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort } from 'azuraforge-stores';

async function occupy(host: string, port = 0): Promise<{ port: number; free(): void }> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return { port: address.port, free: () => server.close() };
}

test('gives the preferred port when it is free', async () => {
  const port = await freePort();
  await expect(freePort(port)).resolves.toBe(port);
});

test.each(['127.0.0.1', '0.0.0.0', '::1'])('goes on to the next port when %s holds it', async (host) => {
  const taken = await occupy(host);
  const port = await freePort(taken.port);
  expect(port).toBeGreaterThan(taken.port);
  taken.free();
});

test('says so when no port is left', async () => {
  const taken = await occupy('127.0.0.1', 65_535);
  await expect(freePort(65_535)).rejects.toThrow(/Choose a lower port/);
  taken.free();
});
