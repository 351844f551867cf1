import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { TrainingEvent } from 'azuraforge-dbmodels/contract';
import type { Log } from '../log.ts';
import { readLines } from './lines.ts';
import {
  ANSWER_FD,
  type ChildAnswer,
  type ChildRequest,
  MAX_LINE_BYTES,
  parseMessage,
  ProtocolError,
} from './protocol.ts';
import { type Sandbox, sandboxFlags } from './sandbox.ts';

const OUTPUT_TAIL_CHARACTERS = 4000;

/** How a child process ended. */
export type ChildOutcome =
  | ChildAnswer
  /** It went away without an answer; `reason` completes "the process …". */
  | { kind: 'died'; reason: string }
  /** It was killed because it did not keep to the protocol. */
  | { kind: 'violation'; message: string }
  | { kind: 'timeout' }
  /** It was killed through `kill()`. */
  | { kind: 'killed' };

export interface ChildOptions {
  request: ChildRequest;
  sandbox: Sandbox;
  log: Log;
  /** Each event, one after the other; the child is not read further until the promise resolves. */
  onEvent?(event: TrainingEvent): Promise<void>;
  timeoutMs?: number;
}

const CHILD_ENTRY = join(import.meta.dirname, 'child.js');

/** A running child process. Never throws: whatever plugin code does ends as an outcome. */
export class Child {
  /** Resolves when the process is gone and its last message has been handled. */
  readonly outcome: Promise<ChildOutcome>;
  readonly #process: ChildProcess;
  readonly #options: ChildOptions;
  #killed: 'killed' | 'timeout' | null = null;
  #grace: NodeJS.Timeout | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
    const { request, sandbox } = options;
    const access = {
      probe: {},
      train: { writable: request.kind === 'train' ? request.directory : undefined },
      predict: { readable: request.kind === 'predict' ? request.directory : undefined },
    }[request.kind];
    this.#process = spawn(process.execPath, [...sandboxFlags(sandbox, access), CHILD_ENTRY], {
      cwd: '/',
      env: sandbox.env,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      // A Ctrl-C in the terminal is for the worker, which then gives the run back; the child is not to die of it first.
      detached: true,
      windowsHide: true,
    });
    // Writing to a child that has just died is no error: its death is an outcome already.
    this.#process.stdin?.on('error', () => {});
    this.outcome = this.#supervise();
    this.#send(request);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Asks the pipeline to stop; kills the process when it has not within `graceMs`. */
  abort(graceMs: number): void {
    if (this.#grace) return;
    this.#send({ kind: 'abort' });
    this.#grace = setTimeout(() => this.kill(), graceMs);
  }

  kill(why: 'killed' | 'timeout' = 'killed'): void {
    this.#killed ??= why;
    this.#process.kill('SIGKILL');
  }

  #send(message: unknown): void {
    this.#process.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  async #supervise(): Promise<ChildOutcome> {
    const { timeoutMs } = this.#options;
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.kill('timeout'), timeoutMs);
    const exited = this.#exit();
    const output = this.#collectOutput();
    const heard = await this.#listen();
    // After its answer a child has nothing left to do; a pipeline that keeps it busy is not waited for.
    if (heard) this.#process.kill('SIGKILL');
    const exit = await exited;
    clearTimeout(timer);
    clearTimeout(this.#grace);
    if (heard) return heard;
    if (this.#killed) return { kind: this.#killed };
    const outOfMemory = output().includes('heap out of memory');
    return { kind: 'died', reason: outOfMemory ? `ran out of memory (${exit})` : exit };
  }

  /** Handles messages until the answer or the end of the channel. */
  async #listen(): Promise<ChildOutcome | null> {
    const channel = this.#process.stdio[ANSWER_FD] as Readable;
    try {
      for await (const line of readLines(channel, MAX_LINE_BYTES)) {
        const message = parseMessage(line);
        if (message.kind !== 'event') return message;
        await this.#options.onEvent?.(message.event);
      }
    } catch (error) {
      if (error instanceof ProtocolError) return { kind: 'violation', message: error.message };
      // A channel that breaks is a process that dies; anything else is the worker's own fault and must be seen.
      if (error instanceof Error && 'syscall' in error) return null;
      this.kill();
      throw error;
    }
    return null;
  }

  #exit(): Promise<string> {
    return new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(`could not be started (${error.message})`));
      this.#process.once('exit', (code, signal) =>
        resolve(signal ? `was ended by ${signal}` : `exited with code ${code} before it had finished`),
      );
    });
  }

  /** Keeps the pipes of the pipeline's own prints empty; returns what came last, for the diagnosis of a death. */
  #collectOutput(): () => string {
    let tail = '';
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (chunk: string) => {
        tail = (tail + chunk).slice(-OUTPUT_TAIL_CHARACTERS);
        this.#options.log.debug('A pipeline printed something', {
          text: chunk.slice(0, 2000),
          child: this.pid,
        });
      });
    }
    return () => tail;
  }
}
