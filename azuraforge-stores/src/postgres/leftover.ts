import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identifyProcess, stopProcess } from '../process.ts';
import { StoreError } from '../store.ts';
import { SHUTDOWN } from './server.ts';

/** Every PostgreSQL process works in its cluster's folder (Linux; elsewhere only the recorded one is found). */
function processesIn(cluster: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readlinkSync(`/proc/${name}/cwd`) === cluster ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function recordedPostmaster(cluster: string): number {
  try {
    return Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return 0;
  }
}

/**
 * Ends what a crashed or killed owner left running in a cluster, and removes a lock file whose number now belongs to
 * some other process (PostgreSQL would refuse to start).
 *
 * @param cluster Real path of the cluster.
 * @throws StoreError when the server cannot be ended.
 */
export async function clearLeftovers(cluster: string): Promise<void> {
  const recorded = recordedPostmaster(cluster);
  const identity = identifyProcess(recorded);
  const isServer =
    process.platform === 'linux'
      ? processesIn(cluster).includes(recorded)
      : (identity?.command.includes('postgres') ?? false);

  if (isServer) await stopProcess(recorded, SHUTDOWN, () => identifyProcess(recorded) === null);
  // A killed server's helpers see its death and go; a new server beside them would harm the data.
  const deadline = performance.now() + 10_000;
  while (processesIn(cluster).length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const remaining = processesIn(cluster);
  if (remaining.length > 0) {
    throw new StoreError(
      `A former PostgreSQL still runs in ${cluster} and does not end (process ${remaining.join(', ')}). End it, then start again.`,
    );
  }
  if (identity !== null) await rm(join(cluster, 'postmaster.pid'), { force: true });
}
