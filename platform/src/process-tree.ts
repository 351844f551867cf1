import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { identifyProcess, type ProcessIdentity } from 'azuraforge-stores';

/** Every living process and its parent. */
function parents(): Map<number, number> {
  const found = new Map<number, number>();
  if (process.platform === 'linux') {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The second field is the program's name in brackets, which may hold blanks.
        found.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      } catch {
        continue;
      }
    }
    return found;
  }
  for (const line of execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n')) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid !== undefined && parent !== undefined) found.set(pid, parent);
  }
  return found;
}

/** The children of a process and theirs, as they are now, so that they can be told from later processes. */
export function descendants(root: number): ProcessIdentity[] {
  const all = parents();
  const isBelow = (pid: number): boolean => {
    for (let up = all.get(pid); up !== undefined && up > 1; up = all.get(up)) if (up === root) return true;
    return false;
  };
  return [...all.keys()].filter(isBelow).flatMap((pid) => identifyProcess(pid) ?? []);
}

/** Sends a signal to a process (or, with a negative number, to a process group) that may be gone. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Kills those of the given processes that still live. */
export function killRemaining(processes: ProcessIdentity[]): void {
  for (const { pid, startedAt } of processes) {
    if (identifyProcess(pid)?.startedAt === startedAt) sendSignal(pid, 'SIGKILL');
  }
}
