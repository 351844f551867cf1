import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const DEFAULT_LIMIT = 5 * 1024 * 1024;

/** A log file of bounded size: when it is full it becomes `<file>.1`, which replaces the one before. */
export class LogFile {
  readonly path: string;
  readonly #limit: number;
  #descriptor: number;
  #size: number;

  /** @param limit Size in bytes at which the file is set aside. */
  constructor(path: string, limit = DEFAULT_LIMIT) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.path = path;
    this.#limit = limit;
    this.#descriptor = openSync(path, 'a', 0o600);
    this.#size = fstatSync(this.#descriptor).size;
  }

  /** Appends one line. */
  line(text: string): void {
    const bytes = Buffer.from(`${text}\n`);
    if (this.#size > 0 && this.#size + bytes.length > this.#limit) this.#rotate();
    writeSync(this.#descriptor, bytes);
    this.#size += bytes.length;
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    renameSync(this.path, `${this.path}.1`);
    this.#descriptor = openSync(this.path, 'a', 0o600);
    this.#size = 0;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
