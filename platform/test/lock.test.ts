import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { identifyProcess } from 'azuraforge-stores';
import { type Home, homeAt, prepareHome } from '../src/home.ts';
import { lockHolder, takeLock } from '../src/lock.ts';
import { writeWhole } from '../src/state.ts';
import { testFolder } from './folder.ts';

const folder = testFolder();
let home: Home;

beforeEach(() => {
  home = homeAt(join(folder.path, 'home'));
  prepareHome(home);
});

test('what lies in the data folder is for its owner alone', () => {
  expect(statSync(home.path).mode & 0o066).toBe(0);
  expect(statSync(home.logs).mode & 0o777).toBe(0o700);
  takeLock(home);
  expect(statSync(home.lock).mode & 0o777).toBe(0o600);
});

test('a folder is held by one process, and free again afterwards', () => {
  const release = takeLock(home);
  expect(lockHolder(home)?.pid).toBe(process.pid);
  expect(() => takeLock(home)).toThrow(/already runs on .*still starting or stopping/s);
  writeWhole(home.state, { urls: { dashboard: 'http://localhost:3005', api: 'http://localhost:8005' } });
  expect(() => takeLock(home)).toThrow(/http:\/\/localhost:3005/);
  release();
  expect(lockHolder(home)).toBeNull();
  takeLock(home)();
  expect(readdirSync(home.path).filter((name) => name.startsWith('lock'))).toEqual([]);
});

test('a lock whose process is gone is taken over', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeWhole(home.lock, { pid, startedAt: 'once', command: 'node' });
  expect(lockHolder(home)).toBeNull();
  takeLock(home);
  expect(lockHolder(home)?.pid).toBe(process.pid);
});

test('a number that another process has got since does not hold the folder', () => {
  writeWhole(home.lock, { ...identifyProcess(process.pid), startedAt: 'at another time' });
  expect(lockHolder(home)).toBeNull();
  takeLock(home);
});

test('half a lock file holds nothing', () => {
  writeFileSync(home.lock, '{"pid":');
  takeLock(home);
  expect(existsSync(home.lock)).toBe(true);
});
