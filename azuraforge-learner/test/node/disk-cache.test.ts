import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ArgumentError } from '../../src/error.ts';
import { DiskCache } from '../../src/node/disk-cache.ts';

let directory: string;
let made: number;

const make = async (): Promise<Uint8Array> => {
  made += 1;
  return Uint8Array.of(made, 10, 0, 255);
};

const fail = (): Promise<Uint8Array> => Promise.reject(new Error('no network'));

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'azuraforge-cache-'));
  made = 0;
});

afterEach(async () => {
  jest.restoreAllMocks();
  await rm(directory, { recursive: true });
});

test('makes an entry once, for all that ask meanwhile and after', async () => {
  const cache = new DiskCache({ directory: join(directory, 'new', 'folder') });
  const answers = await Promise.all([cache.get('a', make), cache.get('a', make), cache.get('../b', make)]);
  expect(answers[0]).toEqual(answers[1]);
  expect(made).toBe(2);
  const later = new DiskCache({ directory: join(directory, 'new', 'folder') });
  expect(await later.get('a', make)).toEqual(answers[0]);
  expect(made).toBe(2);
  await later.delete('a');
  await later.get('a', make);
  expect(made).toBe(3);
});

test('makes an entry again when it is too old', async () => {
  const cache = new DiskCache({ directory, maxAgeSeconds: 60 });
  await cache.get('a', make);
  const now = Date.now();
  jest.spyOn(Date, 'now').mockReturnValue(now + 59_000);
  await cache.get('a', make);
  expect(made).toBe(1);
  jest.spyOn(Date, 'now').mockReturnValue(now + 62_000);
  await cache.get('a', make);
  expect(made).toBe(2);
});

test.each<[string, (bytes: Buffer) => Uint8Array]>([
  ['cut off', (bytes) => bytes.subarray(0, -1)],
  ['empty', () => new Uint8Array()],
  ['cut off in its head', (bytes) => bytes.subarray(0, 20)],
  ['changed by a bit', (bytes) => bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte))],
  ['of another key', (bytes) => Buffer.from(bytes.toString('latin1').replace('"a"', '"b"'), 'latin1')],
  ['something else', () => Buffer.from('null\nwhatever')],
])('notices an entry that is %s, and makes it again', async (_, damage) => {
  const damaged: string[] = [];
  const cache = new DiskCache({ directory, onDamaged: (key) => damaged.push(key) });
  await cache.get('a', make);
  const [name] = await readdir(directory);
  const file = join(directory, name!);
  await writeFile(file, damage(await readFile(file)));
  expect([...(await cache.get('a', make))]).toEqual([2, 10, 0, 255]);
  expect(damaged).toEqual(['a']);
  expect([...(await cache.get('a', make))]).toEqual([2, 10, 0, 255]);
});

test('leaves nothing behind when making fails', async () => {
  const cache = new DiskCache({ directory });
  await expect(cache.get('a', fail)).rejects.toThrow('no network');
  expect(await readdir(directory)).toEqual([]);
  await cache.get('a', make);
  expect(made).toBe(1);
  expect(await readdir(directory)).toHaveLength(1);
});

test('refuses a negative age', () => {
  expect(() => new DiskCache({ directory, maxAgeSeconds: -1 })).toThrow(ArgumentError);
});
