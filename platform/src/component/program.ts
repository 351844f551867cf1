import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { StoreExit } from 'azuraforge-stores';
import { Failure } from '../failure.ts';
import type { LogFile } from '../log-file.ts';
import { descendants, killRemaining, sendSignal } from '../process-tree.ts';

const KEPT_LINES = 8;
const READY_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;

/** A part of the platform that runs, however it was started. */
export interface Running {
  pid: number;
  kind: string;
  /** Where it is reached, without a password; null when it is not reached from outside. */
  address: string | null;
  exited: Promise<StoreExit>;
  /** Ends it in order, by force when that takes too long. */
  stop(): Promise<void>;
  /** Ends it and all its processes at once. */
  kill(): void;
}

export interface Program {
  name: string;
  /** The JavaScript file. */
  file: string;
  args?: string[];
  environment: NodeJS.ProcessEnv;
  cwd: string;
  log: LogFile;
}

interface Started {
  child: ChildProcess;
  lastLines: string[];
  /** Resolves when the process is gone and its last line is read. */
  exited: Promise<StoreExit>;
  expectExit(): void;
}

/** In a process group of its own: a Ctrl-C in the terminal reaches the runner alone, who ends its parts in order. */
function startNode(program: Program, withChannel: boolean, onOutput?: (line: string) => void): Started {
  const child = spawn(process.execPath, [program.file, ...(program.args ?? [])], {
    cwd: program.cwd,
    env: program.environment,
    stdio: ['ignore', 'pipe', 'pipe', ...(withChannel ? (['ipc'] as const) : [])],
    detached: true,
  });
  const lastLines: string[] = [];
  const logs = [child.stdout, child.stderr].flatMap((stream) => {
    if (!stream) return [];
    const reader = createInterface({ input: stream });
    reader.on('line', (line) => {
      if (onOutput && stream === child.stdout) {
        onOutput(line);
        return;
      }
      program.log.line(line);
      if (lastLines.push(line) > KEPT_LINES) lastLines.shift();
    });
    return [once(reader, 'close')];
  });
  let expected = false;
  const exited = new Promise<StoreExit>((resolve) => {
    child.once('exit', (code, signal) => {
      // What it left behind in its group would keep its output open for ever.
      if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
      void Promise.allSettled(logs).then(() => resolve({ code, signal, expected }));
    });
    child.once('error', (error) => {
      lastLines.push(error.message);
      resolve({ code: null, signal: null, expected });
    });
  });
  return {
    child,
    lastLines,
    exited,
    expectExit: () => {
      expected = true;
    },
  };
}

/** Log lines are JSON objects; people want the sentence in them. */
function sentenceOf(line: string): string {
  try {
    const entry: unknown = JSON.parse(line);
    if (
      typeof entry === 'object' &&
      entry !== null &&
      'message' in entry &&
      typeof entry.message === 'string'
    ) {
      return entry.message;
    }
  } catch {
    return line;
  }
  return line;
}

function describeEnd(program: Program, exit: StoreExit, lastLines: string[]): Failure {
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  const words = lastLines.map((line) => `  ${sentenceOf(line)}`).join('\n');
  return new Failure(
    `${program.name} ended (${how}). Its log is ${program.log.path}.${words ? `\n${words}` : ''}`,
  );
}

/**
 * Runs a program to its end.
 *
 * @returns The last line that it printed.
 * @throws Failure when its exit code is not 0.
 */
export async function runToEnd(program: Program, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted();
  const output: string[] = [];
  const started = startNode(program, false, (line) => output.push(line));
  const abort = (): void => {
    if (started.child.pid !== undefined) sendSignal(-started.child.pid, 'SIGKILL');
  };
  signal?.addEventListener('abort', abort, { once: true });
  const exit = await started.exited;
  signal?.removeEventListener('abort', abort);
  signal?.throwIfAborted();
  // The answer may hold a password, so only a failed program's words reach the log.
  if (exit.code !== 0) {
    for (const line of output) program.log.line(line);
    throw describeEnd(program, exit, [...output.slice(-KEPT_LINES), ...started.lastLines]);
  }
  return output.at(-1) ?? '';
}

function isReady(message: unknown): message is { type: 'ready'; url?: string } {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready';
}

/**
 * Starts a program that serves and waits until it says that it is ready.
 *
 * @throws Failure with its last words when it ends instead; the signal's reason when that is raised.
 */
export async function launchProgram(program: Program, signal?: AbortSignal): Promise<Running> {
  signal?.throwIfAborted();
  const started = startNode(program, true);
  const { child, exited } = started;
  const pid = child.pid ?? 0;
  let gone = false;
  void exited.finally(() => {
    gone = true;
  });

  const kill = (): void => {
    started.expectExit();
    if (pid === 0 || gone) return;
    const below = descendants(pid);
    sendSignal(-pid, 'SIGKILL');
    killRemaining(below);
  };
  const stop = async (): Promise<void> => {
    started.expectExit();
    if (pid === 0 || gone) return;
    // A descendant may have left the group, and cannot be found once its parent is gone.
    const below = descendants(pid);
    sendSignal(pid, 'SIGTERM');
    const timer = setTimeout(kill, STOP_LIMIT_MS);
    await exited;
    clearTimeout(timer);
    killRemaining(below);
  };

  signal?.addEventListener('abort', kill, { once: true });
  let timer: NodeJS.Timeout | undefined;
  const outcome = await Promise.race([
    new Promise<{ url: string | null }>((resolve) => {
      child.on('message', (message) => {
        if (isReady(message)) resolve({ url: message.url ?? null });
      });
    }),
    exited,
    new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, READY_LIMIT_MS, 'late');
    }),
  ]);
  clearTimeout(timer);
  signal?.removeEventListener('abort', kill);
  if (signal?.aborted) {
    await exited;
    signal.throwIfAborted();
  }
  if (outcome === 'late') {
    kill();
    throw new Failure(
      `${program.name} was not ready after ${READY_LIMIT_MS / 1000} s and was ended. Its log is ${program.log.path}.`,
    );
  }
  if (!('url' in outcome)) throw describeEnd(program, outcome, started.lastLines);
  return { pid, kind: 'node', address: outcome.url, exited, stop, kill };
}
