import { CancelledError } from '../error.ts';

/** How long the event loop may wait for signals, sockets and IPC while batches are computed. */
const YIELD_EVERY_MS = 20;

/** Lets the event loop turn at a steady pace and ends the run when its signal is aborted. */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  #lastYield = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** To be awaited after each batch. Throws CancelledError once the signal is aborted. */
  async breathe(): Promise<void> {
    this.check();
    if (performance.now() - this.#lastYield < YIELD_EVERY_MS) return;
    await nextTurn();
    this.#lastYield = performance.now();
    this.check();
  }

  check(): void {
    if (this.#signal?.aborted) {
      throw new CancelledError('The run was cancelled.', { cause: this.#signal.reason });
    }
  }
}

/** True at most once per interval, and the first time at once. */
export class Throttle {
  readonly #intervalMs: number;
  #last = Number.NEGATIVE_INFINITY;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  due(): boolean {
    const now = performance.now();
    if (now - this.#last < this.#intervalMs) return false;
    this.#last = now;
    return true;
  }
}

/** One turn of the event loop. A message is faster than a timer, which browsers clamp to 4 ms. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}
