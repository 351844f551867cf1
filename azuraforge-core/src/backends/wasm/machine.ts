import { ModuleBuilder } from './assembler.ts';
import { Gemm } from './gemm.ts';
import { Heap } from './heap.ts';
import type { Code } from './instruction.ts';
import { f32x4, i32x4, v128 } from './instruction.ts';
import type { Job, Range } from './threads.ts';
import { runAlone, Threads } from './threads.ts';
import { HOST_FUNCTIONS } from './threads/worker.ts';

/** A function of a module; arguments and results are numbers. */
export type NativeFunction = (...args: number[]) => number;

export type NativeModule = Readonly<Record<string, NativeFunction>>;

export interface ThreadOptions {
  readonly threads?: number;
  /** Work of less than so many nanoseconds, as far as one can tell before, stays on one thread. */
  readonly parallelFrom?: number;
}

/** Waking a worker takes about as long, but between the kernels of a step it stays awake. */
const PARALLEL_FROM = 50_000;

/** The heap of one device, and the modules that work on it. */
export class Machine {
  readonly heap: Heap;
  /** Whether to use relaxed SIMD, which has a fused multiply-add. */
  readonly isRelaxed: boolean;
  readonly threads: Threads | null;
  readonly #modules = new Map<string, NativeModule>();
  #gemm: Gemm | null = null;

  constructor(isRelaxed: boolean, { threads = 1, parallelFrom = PARALLEL_FROM }: ThreadOptions = {}) {
    this.heap = new Heap(undefined, threads > 1);
    this.isRelaxed = isRelaxed;
    this.threads = threads > 1 ? new Threads(this.heap, threads, parallelFrom) : null;
  }

  get gemm(): Gemm {
    this.#gemm ??= new Gemm(this);
    return this.#gemm;
  }

  /** The module of that key, written and compiled at its first use. */
  module(key: string, write: (module: ModuleBuilder) => void): NativeModule {
    let known = this.#modules.get(key);
    if (known === undefined) {
      const builder = new ModuleBuilder({ sharedMemory: this.threads !== null });
      write(builder);
      const env: Record<string, WebAssembly.ImportValue> = { memory: this.heap.memory };
      for (const name of HOST_FUNCTIONS) env[name] = Math[name];
      const bytes = builder.encode();
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
      known = instance.exports as NativeModule;
      this.threads?.register(Object.values(known), bytes);
      this.#modules.set(key, known);
    }
    return known;
  }

  /** Does a list of calls, in any order, on all threads. */
  run(job: Job): void {
    if (this.threads === null) runAlone(this.heap, job);
    else this.threads.run(job);
  }

  /** Cuts `length` things into ranges for the calls of a job, as `Threads.split` does. */
  split(length: number, nanoseconds: number, grain = 1): Range[] {
    return this.threads?.split(length, nanoseconds, grain) ?? [{ start: 0, length }];
  }

  /** a·b + c on four floats, fused where the machine can. */
  multiplyAdd(a: Code, b: Code, c: Code): Code {
    return this.isRelaxed ? f32x4.relaxedMultiplyAdd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
  }

  /** The lanes of `a` where those of the mask are all ones, of `b` where they are all zeros. */
  pick(a: Code, b: Code, mask: Code): Code {
    return this.isRelaxed ? i32x4.relaxedLaneSelect(a, b, mask) : v128.select(a, b, mask);
  }

  /** Runs `work` with `byteLength` bytes of memory that it may use until it returns. */
  withScratch<T>(byteLength: number, work: (pointer: number) => T): T {
    const pointer = this.heap.allocate(byteLength);
    try {
      return work(pointer);
    } finally {
      this.heap.free(pointer);
    }
  }
}

/** Whether this runtime has the instructions of `code`, which makes a vector. */
function accepts(code: Code): boolean {
  const builder = new ModuleBuilder();
  builder.define([], ['v128'], () => code);
  return WebAssembly.validate(builder.encode());
}

/** Whether this runtime accepts the vector instructions that every kernel uses, and those of relaxed SIMD. */
export function probeSimd(): { readonly simd: boolean; readonly relaxed: boolean } {
  const zero = v128.zero();
  return { simd: accepts(zero), relaxed: accepts(f32x4.relaxedMultiplyAdd(zero, zero, zero)) };
}
