import { TensorError } from '../../error.ts';
import type { Heap } from './heap.ts';
import type { NativeFunction } from './machine.ts';
import type { SpawnedWorker } from './threads/spawn.ts';
import { spawn } from './threads/spawn.ts';
import { HALF, JOB, JOB_WORDS, MAX_CALLS, STATE, WORD, WORDS } from './threads/worker.ts';

/** How long the main thread waits for workers when it has nothing left to do, before it takes them for dead. */
const PATIENCE_MILLISECONDS = 3000;
/** How long it looks for their end before it lets the system run something else, where it may. */
const SPIN_MILLISECONDS = 0.1;
/** Milliseconds of one such pause; a longer one does not count as waiting, because the whole program stood still. */
const PAUSE_MILLISECONDS = 10;

/**
 * More parts than threads, so that one that is held up is left with less: so many for each, and more of them when they would
 * take longer than `PART_NANOSECONDS`, but no more than `MOST_PARTS_PER_THREAD`.
 */
const PARTS_PER_THREAD = 4;
const PART_NANOSECONDS = 500_000;
const MOST_PARTS_PER_THREAD = 32;

/** Where a worker finds a function: number `index` of the exports of a module. */
interface Origin {
  readonly module: number;
  readonly bytes: Uint8Array;
  readonly index: number;
}

/** Neighbours among the things that a job is about. */
export interface Range {
  readonly start: number;
  readonly length: number;
}

/** A list of calls of one function, none of which needs another's result. */
export interface Job {
  readonly native: NativeFunction;
  readonly calls: readonly (readonly number[])[];
  /** About how long one thread takes for all of them. */
  readonly nanoseconds: number;
  /** Bytes of memory that each call may use while it runs; their address is its last argument. */
  readonly scratchBytes?: number;
  /** Whether a call that has stopped in the middle can be done again from its start: it reads nothing that it writes. */
  readonly isRepeatable?: boolean;
}

/**
 * Runs calls on this thread and on workers that share the heap. Workers start with the first job; none is waited for: what
 * no worker takes this thread does itself, so a job ends even when all workers are late, blocked or dead.
 */
export class Threads {
  readonly #heap: Heap;
  readonly #words = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
  readonly #origins = new Map<NativeFunction, Origin>();
  readonly #modulePointers = new Map<number, number>();
  readonly #parallelFrom: number;
  readonly #canPause: boolean;
  #modules = 0;
  #workers: SpawnedWorker[] | null = null;
  #count: number;
  #problem: string | null = null;

  /** `count` threads, this one among them, which share jobs that take at least `parallelFrom` nanoseconds on one. */
  constructor(heap: Heap, count: number, parallelFrom: number) {
    this.#heap = heap;
    this.#count = count;
    this.#parallelFrom = parallelFrom;
    this.#canPause = canPause(this.#words);
  }

  /** Threads that share the work, or will when they have started. */
  get count(): number {
    return this.#count;
  }

  /** Workers that have started. */
  get ready(): number {
    return Atomics.load(this.#words, WORD.ready);
  }

  /** Why there is only one thread left, if so. */
  get problem(): string | null {
    return this.#problem;
  }

  /**
   * Cuts `length` things, which take `nanoseconds` together on one thread, into ranges for the calls of a job: one when they
   * are too few to share. A range starts at a multiple of `grain`.
   */
  split(length: number, nanoseconds: number, grain = 1): Range[] {
    const step = Math.ceil(length / this.#partsOf(nanoseconds) / grain) * grain;
    return Array.from({ length: Math.ceil(length / step) }, (_, i) => ({
      start: i * step,
      length: Math.min(step, length - i * step),
    }));
  }

  #partsOf(nanoseconds: number): number {
    if (this.#count < 2 || nanoseconds < this.#parallelFrom) return 1;
    const most = this.#count * MOST_PARTS_PER_THREAD;
    return Math.max(this.#count * PARTS_PER_THREAD, Math.min(most, nanoseconds / PART_NANOSECONDS));
  }

  /** Makes the exported functions of a module known, in the order in which it exports them. */
  register(natives: readonly NativeFunction[], bytes: Uint8Array): void {
    const id = this.#modules++;
    for (const [index, native] of natives.entries()) this.#origins.set(native, { module: id, bytes, index });
  }

  run(job: Job): void {
    if (job.nanoseconds < this.#parallelFrom || job.calls.length < 2 || this.#count < 2) {
      runAlone(this.#heap, job);
      return;
    }
    if (this.#workers === null) this.#start();
    if (this.ready === 0) {
      runAlone(this.#heap, job);
      return;
    }
    // After a failure workers may still be at it, so that nothing of the job is freed.
    const scratch = this.#heap.allocate((job.scratchBytes ?? 0) * this.#count);
    for (let first = 0; first < job.calls.length; first += MAX_CALLS) {
      this.#share({ ...job, calls: job.calls.slice(first, first + MAX_CALLS) }, scratch);
    }
    this.#heap.free(scratch);
  }

  #start(): void {
    this.#workers = [];
    try {
      for (let index = 1; index < this.#count; index++) {
        const data = { memory: this.#heap.memory, words: this.#words, index };
        this.#workers.push(spawn(data, (reason) => this.#giveUp(reason)));
      }
    } catch (error) {
      this.#giveUp(String(error));
    }
  }

  #share(job: Job, scratch: number): void {
    const { calls } = job;
    const words = this.#words;
    const { pointer, states } = this.#describe(job, scratch);
    Atomics.store(words, WORD.job, pointer);
    Atomics.add(words, WORD.number, 1);
    Atomics.store(words, WORD.unfinished, calls.length);
    Atomics.store(words, WORD.open, calls.length << HALF);
    Atomics.add(words, WORD.sequence, 1);
    if (Atomics.load(words, WORD.sleeping) > 0) Atomics.notify(words, WORD.sequence);
    try {
      this.#takeCalls(job, states, scratch);
    } catch (error) {
      this.#giveUp(String(error));
      throw error;
    }
    this.#await();
    this.#repair(job, states, scratch);
    this.#heap.free(pointer);
  }

  /** Does calls, last one first, until none is open. */
  #takeCalls({ native, calls }: Job, states: Int32Array, scratch: number): void {
    const words = this.#words;
    for (;;) {
      const open = Atomics.load(words, WORD.open);
      const call = (open >>> HALF) - 1;
      if (call < (open & MAX_CALLS)) return;
      if (Atomics.compareExchange(words, WORD.open, open, open - (1 << HALF)) !== open) continue;
      native(...calls[call]!, scratch);
      Atomics.store(states, call, STATE.done);
      Atomics.sub(words, WORD.unfinished, 1);
    }
  }

  /** Writes a job into the heap. */
  #describe(job: Job, scratch: number): { pointer: number; states: Int32Array } {
    const { native, calls, scratchBytes = 0 } = job;
    const origin = this.#origins.get(native)!;
    const modulePointer = this.#modulePointer(origin);
    const count = calls[0]!.length;
    const doublesAt = Math.ceil((JOB_WORDS + calls.length) / 2) * 2 * Int32Array.BYTES_PER_ELEMENT;
    const pointer = this.#heap.allocate(doublesAt + calls.length * count * Float64Array.BYTES_PER_ELEMENT);
    const { buffer } = this.#heap.bytes;
    const head = new Int32Array(buffer, pointer, JOB_WORDS);
    head[JOB.calls] = calls.length;
    head[JOB.arguments] = count;
    head[JOB.module] = origin.module;
    head[JOB.modulePointer] = modulePointer;
    head[JOB.moduleBytes] = origin.bytes.length;
    head[JOB.function] = origin.index;
    head[JOB.scratch] = scratch;
    head[JOB.scratchBytes] = scratchBytes;
    const states = new Int32Array(buffer, pointer + head.byteLength, calls.length);
    states.fill(STATE.waiting);
    const values = new Float64Array(buffer, pointer + doublesAt, calls.length * count);
    for (const [i, args] of calls.entries()) values.set(args, i * count);
    return { pointer, states };
  }

  #modulePointer({ module, bytes }: Origin): number {
    let pointer = this.#modulePointers.get(module);
    if (pointer === undefined) {
      pointer = this.#heap.allocate(bytes.length);
      this.#heap.bytes.set(bytes, pointer);
      this.#modulePointers.set(module, pointer);
    }
    return pointer;
  }

  /** Waits for the calls that workers have taken. */
  #await(): void {
    const words = this.#words;
    let waited = 0;
    for (let last = performance.now(); ;) {
      const unfinished = Atomics.load(words, WORD.unfinished);
      if (unfinished === 0) return;
      if (this.#canPause && waited > SPIN_MILLISECONDS) {
        Atomics.wait(words, WORD.unfinished, unfinished, PAUSE_MILLISECONDS);
      }
      const now = performance.now();
      waited += Math.min(now - last, PAUSE_MILLISECONDS);
      last = now;
      if (waited > PATIENCE_MILLISECONDS) {
        this.#giveUp('a worker does not answer');
        return;
      }
    }
  }

  /** Does what workers that have failed left undone. */
  #repair({ native, calls, isRepeatable = true }: Job, states: Int32Array, scratch: number): void {
    for (const [i, args] of calls.entries()) {
      const state = Atomics.load(states, i);
      if (state === STATE.done) continue;
      if (state === STATE.begun && !isRepeatable) {
        throw new TensorError(
          'DEVICE_UNAVAILABLE',
          'a thread of the wasm device has died while it changed tensors in place; restore them from a copy',
        );
      }
      native(...args, scratch);
    }
  }

  #giveUp(reason: string): void {
    if (this.#count < 2) return;
    this.#problem = reason;
    this.end();
  }

  /** Ends the workers; from here on this thread does all the work. */
  end(): void {
    this.#count = 1;
    for (const worker of this.#workers ?? []) worker.terminate();
  }
}

/** Does the calls of a job one after the other. */
export function runAlone(heap: Heap, { native, calls, scratchBytes = 0 }: Job): void {
  if (scratchBytes === 0) {
    for (const args of calls) native(...args);
    return;
  }
  const scratch = heap.allocate(scratchBytes);
  try {
    for (const args of calls) native(...args, scratch);
  } finally {
    heap.free(scratch);
  }
}

/** Whether this thread may wait; the main thread of a page may not. */
function canPause(words: Int32Array): boolean {
  try {
    Atomics.wait(words, 0, -1, 0);
    return true;
  } catch {
    return false;
  }
}
