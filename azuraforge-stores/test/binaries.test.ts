import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  unlinkSync,
  lstatSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { binariesPackage, completeSymlinks, runnableBinaries } from '../src/postgres/binaries.ts';

const isRoot = process.getuid?.() === 0;
const hasLinks = existsSync(join(binariesPackage(), 'native/pg-symlinks.json'));
const testOnLinux = process.platform === 'linux' ? test : test.skip;
const testWithLinks = hasLinks ? test : test.skip;

let folder: string;
let root: string;
let copies: string;

/** What `npm install --ignore-scripts` leaves: all files, none of the symlinks. */
function installWithoutScripts(): void {
  cpSync(binariesPackage(), root, { recursive: true, verbatimSymlinks: true });
  const library = join(root, 'native/lib');
  for (const name of readdirSync(library)) {
    if (lstatSync(join(library, name)).isSymbolicLink()) unlinkSync(join(library, name));
  }
}

const version = (postgres: string): string =>
  execFileSync(postgres, ['--version'], { encoding: 'utf8', stdio: 'pipe' });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'azuraforge-test-'));
  chmodSync(folder, 0o755);
  root = join(folder, 'package');
  copies = join(folder, 'copies');
  installWithoutScripts();
});
afterEach(() => {
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true });
});

testWithLinks('makes the symlinks that an install without scripts lacks', async () => {
  expect(() => version(join(root, 'native/bin/postgres'))).toThrow();
  const { postgres } = await runnableBinaries(async () => copies, null, root);
  expect(postgres).toBe(join(root, 'native/bin/postgres'));
  expect(version(postgres)).toMatch(/PostgreSQL/);
  await completeSymlinks(root);
});

test('uses a copy when the installed one is out of reach or read-only', async () => {
  // Root writes where it likes, so there the obstacle is another account that may not enter.
  const account = isRoot ? { uid: 65_534, gid: 65_534 } : null;
  if (isRoot) chmodSync(root, 0o700);
  else execFileSync('chmod', ['-R', 'a-w', root]);
  const { postgres } = await runnableBinaries(async () => copies, account, root);
  if (hasLinks || isRoot) expect(postgres.startsWith(copies)).toBe(true);
  expect(execFileSync(postgres, ['--version'], { ...account, cwd: '/', encoding: 'utf8' })).toMatch(
    /PostgreSQL/,
  );
  await expect(runnableBinaries(async () => copies, account, root)).resolves.toMatchObject({ postgres });
});

testOnLinux('says so when the programs do not run here', async () => {
  rmSync(join(root, 'native/lib/libssl.so.1.1'));
  await expect(runnableBinaries(async () => copies, null, root)).rejects.toThrow(
    /do not run on this machine.*DATABASE_URL/s,
  );
});
