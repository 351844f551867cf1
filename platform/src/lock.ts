import { linkSync, renameSync, rmSync } from 'node:fs';
import { identifyProcess, type ProcessIdentity } from 'azuraforge-stores';
import { Failure } from './failure.ts';
import type { Home } from './home.ts';
import { type PlatformState, readWhole, writeWhole } from './state.ts';

/** The living process that holds a data folder, or null. A number that was given to another process does not count. */
export function lockHolder(home: Home): ProcessIdentity | null {
  const recorded = readWhole<ProcessIdentity>(home.lock);
  if (recorded === null) return null;
  const living = identifyProcess(recorded.pid);
  return living !== null && living.startedAt === recorded.startedAt ? living : null;
}

function alreadyRunning(home: Home, holder: ProcessIdentity): Failure {
  const urls = readWhole<PlatformState>(home.state)?.urls;
  const where = urls
    ? `Dashboard: ${urls.dashboard}\nAPI:       ${urls.api}`
    : 'It is still starting or stopping.';
  return new Failure(
    `AzuraForge already runs on ${home.path} (process ${holder.pid}).\n${where}\n` +
      `Stop it with Ctrl-C in its terminal or with \`azuraforge down\`, or choose another data folder with --home.`,
  );
}

/** A link appears whole or not at all, and only when there is none. */
function tryLink(source: string, lock: string): boolean {
  try {
    linkSync(source, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes a data folder for this process; a lock whose process is gone is taken over.
 *
 * @returns Gives the folder back.
 * @throws Failure when another process runs on it.
 */
export function takeLock(home: Home): () => void {
  const mine = `${home.lock}.${process.pid}`;
  writeWhole(mine, identifyProcess(process.pid));
  try {
    while (!tryLink(mine, home.lock)) {
      const holder = lockHolder(home);
      if (holder !== null) throw alreadyRunning(home, holder);
      setAside(home.lock);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(home.lock, { force: true });
}

/** Two starters may find the same dead lock: the one that moves it away last may have caught the other's new lock. */
function setAside(lock: string): void {
  const aside = `${lock}.${process.pid}.old`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const caught = readWhole<ProcessIdentity>(aside);
  const lives = caught !== null && identifyProcess(caught.pid)?.startedAt === caught.startedAt;
  if (lives) tryLink(aside, lock);
  rmSync(aside, { force: true });
}
