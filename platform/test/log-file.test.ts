import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { logs } from '../src/command/logs.ts';
import { type Home, homeAt, prepareHome } from '../src/home.ts';
import { LogFile } from '../src/log-file.ts';
import { testFolder, until } from './folder.ts';

const folder = testFolder();
let home: Home;
let printed: string[];

beforeEach(() => {
  home = homeAt(join(folder.path, 'home'));
  prepareHome(home);
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
});
afterEach(() => {
  jest.restoreAllMocks();
});

const logOf = (name: string, limit?: number): LogFile => new LogFile(join(home.logs, `${name}.log`), limit);

test('a log file stays within its bounds and loses no recent line', () => {
  const log = logOf('api', 1_000);
  for (let index = 0; index < 200; index += 1) log.line(`line ${String(index).padStart(3, '0')}`);
  log.close();
  expect(statSync(log.path).size).toBeLessThanOrEqual(1_000);
  const both = readFileSync(`${log.path}.1`, 'utf8') + readFileSync(log.path, 'utf8');
  const lines = both.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.at(-1)).toBe('line 199');
  expect(lines).toEqual(lines.toSorted());
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a full disk and a late line do no harm', () => {
  const full = new LogFile('/dev/full');
  expect(() => full.line('no room for this')).not.toThrow();
  full.close();
  const log = logOf('api');
  log.line('in time');
  log.close();
  log.close();
  log.line('too late');
  expect(readFileSync(log.path, 'utf8')).toBe('in time\n');
});

test('a log goes on after a restart, for its owner alone', () => {
  logOf('api').line('first');
  logOf('api').line('second');
  expect(readFileSync(join(home.logs, 'api.log'), 'utf8')).toBe('first\nsecond\n');
  expect(statSync(join(home.logs, 'api.log')).mode & 0o777).toBe(0o600);
});

test('the last lines are shown, of one component bare, of several with their names', async () => {
  for (const name of ['api', 'worker']) for (const word of ['one', 'two', 'three']) logOf(name).line(word);
  await logs(home, { component: 'api', lines: 2 });
  expect(printed).toEqual(['two', 'three']);
  printed.length = 0;
  await logs(home, { lines: 1 });
  expect(printed).toEqual(['api    | three', 'worker | three']);
});

test('following goes on when the file is set aside meanwhile', async () => {
  const log = logOf('api', 100);
  log.line('before');
  const stop = new AbortController();
  const following = logs(home, { component: 'api', lines: 0, follow: stop.signal });
  const expected = Array.from({ length: 30 }, (_, index) => `line ${index}`);
  for (const line of expected) {
    log.line(line);
    await until(() => printed.includes(line));
  }
  stop.abort();
  await following;
  expect(printed).toEqual(expected);
});

test('an unknown component is named beside the known ones', async () => {
  logOf('api').line('one');
  await expect(logs(home, { component: 'kitchen', lines: 1 })).rejects.toThrow(/"kitchen".*There are: api/);
});
