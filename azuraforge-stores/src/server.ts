import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { type StopStep, stopProcess } from './process.ts';
import { StoreError, type StoreExit } from './store.ts';

const KEPT_LINES = 12;

export interface ServerProcessOptions {
  /** What people call it, for messages. */
  name: string;
  /** True for the log line that says that clients are welcome. */
  isReady(line: string): boolean;
  /** How long the start may take, in milliseconds. */
  startLimit: number;
  /** How it is ended, from polite to forced. */
  shutdown: StopStep[];
  onLog(line: string): void;
}

/** A database server's process: when it is ready, when it is gone, how it is ended. */
export class ServerProcess {
  readonly pid: number;
  readonly exited: Promise<StoreExit>;
  /** The last lines of its log. */
  readonly lastLines: string[] = [];
  readonly #options: ServerProcessOptions;
  readonly #logs: Interface[];
  readonly #ready: Promise<void>;
  #stopping: Promise<void> | null = null;
  #gone = false;

  constructor(child: ChildProcess, options: ServerProcessOptions) {
    this.#options = options;
    this.pid = child.pid ?? 0;
    this.#logs = [child.stdout, child.stderr].flatMap((stream) =>
      stream ? [createInterface({ input: stream })] : [],
    );
    this.#ready = new Promise((resolve) => {
      for (const log of this.#logs) {
        log.on('line', (line) => {
          options.onLog(line);
          if (this.lastLines.push(line) > KEPT_LINES) this.lastLines.shift();
          if (options.isReady(line)) resolve();
        });
      }
    });
    this.exited = new Promise((resolve) => {
      const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#gone = true;
        resolve({ code, signal, expected: this.#stopping !== null });
      };
      child.once('exit', finish);
      child.once('error', (error) => {
        this.lastLines.push(error.message);
        finish(null, null);
      });
    });
  }

  /** @throws StoreError with the last log lines when the server ends instead, or takes too long. */
  async untilReady(): Promise<void> {
    const { name, startLimit } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, startLimit, 'late');
    });
    const outcome = await Promise.race([this.#ready, this.exited, tooLong]);
    clearTimeout(timer);
    if (outcome === undefined) return;
    if (outcome === 'late') {
      await this.stop();
    } else {
      await this.#drained();
    }
    const what =
      outcome === 'late'
        ? `was not ready after ${startLimit / 1000} s`
        : `ended while starting (${outcome.signal ?? `exit code ${outcome.code}`})`;
    throw new StoreError(`${name} ${what}. Its last words:\n${this.lastLines.join('\n')}`);
  }

  /** The exit may be heard before the last lines are. A grandchild could keep the pipe open, so the wait is short. */
  async #drained(): Promise<void> {
    const signal = AbortSignal.timeout(1_000);
    await Promise.all(this.#logs.map((log) => once(log, 'close', { signal }).catch(() => undefined)));
  }

  /** Ends the server; resolves when it is gone. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<void> {
    if (this.#gone) return;
    const ended = await stopProcess(this.pid, this.#options.shutdown, () => this.#gone);
    if (!ended) {
      throw new StoreError(`${this.#options.name} (process ${this.pid}) does not end. End it by hand.`);
    }
  }
}
