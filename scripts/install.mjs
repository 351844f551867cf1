import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './command.mjs';
import { root } from './workspaces.mjs';

const modules = join(root, 'node_modules');
const stamp = join(modules, '.azuraforge-installed');
const lockfile = join(root, 'package-lock.json');

/** Changes with the locked packages and with what compiled parts depend on. */
function wanted() {
  const locked = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  return `${locked} ${process.platform}-${process.arch}\n`;
}

/** npm writes this file last; one that is newer than the lockfile is a finished `npm install` done by hand. */
function installedByHand() {
  const record = statSync(join(modules, '.package-lock.json'), { throwIfNoEntry: false });
  return record !== undefined && record.mtimeMs >= statSync(lockfile).mtimeMs;
}

function isInstalled() {
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === wanted();
  return installedByHand();
}

function requireWritable() {
  try {
    accessSync(existsSync(modules) ? modules : root, constants.W_OK);
  } catch {
    throw new Error(
      `The packages must be installed, but this user may not write in ${root}. ` +
        'Start once as the user that owns that folder, or clone it anew.',
    );
  }
}

/** Installs the locked packages unless they are there; `onStart` is called first. Returns true when it had to. */
export async function installPackages(onStart) {
  if (isInstalled()) return false;
  requireWritable();
  onStart();
  await mustRun('npm', ['ci', '--include=dev', '--no-fund', '--no-audit'], { cwd: root });
  writeFileSync(stamp, wanted());
  return true;
}
