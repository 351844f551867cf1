import { Socket } from 'node:net';
import type { TrainingEvent } from 'azuraforge-dbmodels/contract';
import { type ChildAnswer, type ChildMessage, eventProblem, MAX_EVENT_BYTES } from './protocol.ts';

/** Batch events closer together than this many milliseconds become one: nobody can watch more. */
const BATCH_INTERVAL_MS = 100;

type BatchEvent = Extract<TrainingEvent, { type: 'batch' }>;

/**
 * The child's side of the channel. While the worker does not read, because Postgres is slow, only the newest batch
 * event waits; all other events wait in order.
 */
export class ChildOutbox {
  readonly #socket: Socket;
  #batch: BatchEvent | null = null;
  #lastBatch = 0;

  constructor(fd: number) {
    this.#socket = new Socket({ fd, readable: false, writable: true });
    this.#socket.on('drain', () => this.#flushBatch());
    // A closed channel means that the worker has given this process up.
    this.#socket.on('error', () => process.exit(0));
  }

  /** Throws when the event cannot be stored, so that the pipeline's author sees where it came from. */
  event(event: TrainingEvent): void {
    const problem = eventProblem(event);
    if (problem) throw new TypeError(`A pipeline's event cannot be used: ${problem}.`);
    if (event.type === 'batch') {
      this.#batch = event;
      const now = performance.now();
      if (this.#socket.writableNeedDrain || now - this.#lastBatch < BATCH_INTERVAL_MS) return;
      this.#lastBatch = now;
      this.#flushBatch();
      return;
    }
    this.#flushBatch();
    this.#write({ kind: 'event', event });
  }

  /** Sends the last message; resolves when the worker's end has everything. */
  end(message: ChildAnswer): Promise<void> {
    this.#flushBatch();
    this.#write(message);
    return new Promise((resolve) => this.#socket.end(resolve));
  }

  #flushBatch(): void {
    if (!this.#batch) return;
    const event = this.#batch;
    this.#batch = null;
    this.#write({ kind: 'event', event });
  }

  #write(message: ChildMessage): void {
    const line = JSON.stringify(message);
    if (message.kind === 'event' && Buffer.byteLength(line) > MAX_EVENT_BYTES) {
      throw new RangeError(`A pipeline's event may have ${MAX_EVENT_BYTES / 1024} KiB; send less at once.`);
    }
    this.#socket.write(`${line}\n`);
  }
}
