import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** No descriptor: the number of a closed one may soon be another file's. */
const CLOSED = -1;
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

  /** Appends one line. One that cannot be written, because the disk is full, is lost: the platform goes on without it. */
  line(text: string): void {
    const bytes = Buffer.from(`${text}\n`);
    try {
      if (this.#size > 0 && this.#size + bytes.length > this.#limit) this.#rotate();
      writeSync(this.#descriptor, bytes);
      this.#size += bytes.length;
    } catch {
      return;
    }
  }

  #rotate(): void {
    this.close();
    renameSync(this.path, `${this.path}.1`);
    this.#descriptor = openSync(this.path, 'a', 0o600);
    this.#size = 0;
  }

  /** Lines that come later are dropped. */
  close(): void {
    if (this.#descriptor === CLOSED) return;
    closeSync(this.#descriptor);
    this.#descriptor = CLOSED;
  }
}
