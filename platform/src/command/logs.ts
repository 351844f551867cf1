import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import type { Home } from '../home.ts';

const POLL_MS = 200;

export interface LogsOptions {
  /** One component's log; all by default. */
  component?: string;
  /** How many lines of each, from the end. */
  lines: number;
  /** Keeps printing until this is raised. */
  follow?: AbortSignal;
}

function logFiles(home: Home, component: string | undefined): string[] {
  const names = existsSync(home.logs)
    ? readdirSync(home.logs)
        .filter((name) => name.endsWith('.log'))
        .sort()
    : [];
  if (component === undefined) {
    if (names.length === 0)
      throw new Failure(`There are no logs in ${home.logs} yet. Start with \`azuraforge up\`.`);
    return names.map((name) => join(home.logs, name));
  }
  if (!names.includes(`${component}.log`)) {
    const known = names.map((name) => basename(name, '.log')).join(', ') || 'none yet';
    throw new Failure(`There is no log of "${component}" in ${home.logs}. There are: ${known}.`);
  }
  return [join(home.logs, `${component}.log`)];
}

function lastLines(file: string, count: number): string[] {
  const text = [`${file}.1`, file]
    .map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : ''))
    .join('');
  return count === 0 ? [] : text.split('\n').slice(0, -1).slice(-count);
}

/** Reads what is appended to a file, also after it was set aside and begun anew. */
class Tail {
  readonly #file: string;
  #descriptor: number;
  #position: number;
  #rest = '';

  constructor(file: string) {
    this.#file = file;
    this.#descriptor = openSync(file, 'r');
    this.#position = fstatSync(this.#descriptor).size;
  }

  newLines(): string[] {
    const lines = this.#read();
    const current = openSync(this.#file, 'r');
    if (fstatSync(current).ino === fstatSync(this.#descriptor).ino) {
      closeSync(current);
      return lines;
    }
    closeSync(this.#descriptor);
    this.#descriptor = current;
    this.#position = 0;
    return [...lines, ...this.#read()];
  }

  #read(): string[] {
    const buffer = Buffer.alloc(64 * 1024);
    for (;;) {
      const count = readSync(this.#descriptor, buffer, 0, buffer.length, this.#position);
      if (count === 0) break;
      this.#position += count;
      this.#rest += buffer.toString('utf8', 0, count);
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Prints the logs; with several, each line after its component's name. */
export async function logs(home: Home, options: LogsOptions): Promise<number> {
  const files = logFiles(home, options.component);
  const width = Math.max(...files.map((file) => basename(file, '.log').length));
  const print = (file: string, line: string): void =>
    console.log(files.length === 1 ? line : `${basename(file, '.log').padEnd(width)} | ${line}`);

  const tails = options.follow ? files.map((file) => ({ file, tail: new Tail(file) })) : [];
  for (const file of files) for (const line of lastLines(file, options.lines)) print(file, line);
  while (options.follow && !options.follow.aborted) {
    for (const { file, tail } of tails) for (const line of tail.newLines()) print(file, line);
    await sleep(POLL_MS, undefined, { signal: options.follow }).catch(() => undefined);
  }
  for (const { tail } of tails) tail.close();
  return 0;
}
