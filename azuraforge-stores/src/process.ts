import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What tells one process from a later one that got the same number. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque; equal for the same process only. */
  startedAt: string;
  /** Command line, arguments separated by blanks. */
  command: string;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The living process with this number, or null; a zombie counts as dead. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  if (process.platform === 'linux') {
    const stat = readText(`/proc/${pid}/stat`);
    // The second field is the program's name in brackets, which may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    if (!startTicks || state === 'Z' || state === 'X') return null;
    const boot = readText('/proc/sys/kernel/random/boot_id').trim();
    const command = readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    return { pid, startedAt: `${boot}/${startTicks}`, command };
  }
  try {
    const line = execFileSync('ps', ['-o', 'lstart=', '-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    }).trim();
    // `lstart` is always 24 characters: `Fri Nov 20 05:34:37 2026`.
    return line === '' ? null : { pid, startedAt: line.slice(0, 24), command: line.slice(24).trim() };
  } catch {
    return null;
  }
}

/** Absolute path of a program on the PATH, or null. */
export function findProgram(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      continue;
    }
  }
  return null;
}

export interface Account {
  uid: number;
  gid: number;
}

/**
 * Starts a server in a process group of its own (a Ctrl-C in the terminal reaches the caller alone, who then stops
 * its servers in order). On Linux the kernel sends it `deathSignal` when the caller dies without a chance to do so.
 */
export function spawnServer(
  program: string,
  args: string[],
  options: SpawnOptions & { deathSignal: 'INT' | 'TERM'; account?: Account | null },
): ChildProcess {
  const { deathSignal, account, ...spawnOptions } = options;
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : null;
  if (setpriv === null) {
    return spawn(program, args, { ...spawnOptions, ...account, detached: true });
  }
  const wrapper = ['--pdeathsig', deathSignal];
  if (account) wrapper.push(`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups');
  return spawn(setpriv, [...wrapper, '--', program, ...args], { ...spawnOptions, detached: true });
}

export interface StopStep {
  signal: NodeJS.Signals;
  /** How long to wait for the process to go before the next step, in milliseconds. */
  patience: number;
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Sends each signal in turn until `isGone` is true; true when it went. */
export async function stopProcess(pid: number, steps: StopStep[], isGone: () => boolean): Promise<boolean> {
  for (const { signal, patience } of steps) {
    if (isGone()) return true;
    signalQuietly(pid, signal);
    const deadline = performance.now() + patience;
    while (performance.now() < deadline) {
      if (isGone()) return true;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  return isGone();
}

/** The process that a file records, if it still lives. A file that is not there, or was cut short by a crash, records none. */
export function recordedProcess(file: string): ProcessIdentity | null {
  try {
    const recorded = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
    const living = identifyProcess(recorded.pid);
    return living?.startedAt === recorded.startedAt ? living : null;
  } catch {
    return null;
  }
}
