import { ModuleBuilder } from './assembler.ts';
import { Gemm } from './gemm.ts';
import { Heap } from './heap.ts';
import type { Code } from './instruction.ts';
import { f32x4, v128 } from './instruction.ts';

/** A function of a module; arguments and results are numbers. */
export type NativeFunction = (...args: number[]) => number;

export type NativeModule = Readonly<Record<string, NativeFunction>>;

/** What the host lends to modules, for the few functions that SIMD code has no good way to compute. */
const HOST_FUNCTIONS = { pow: Math.pow, log: Math.log, cos: Math.cos, sin: Math.sin };

/** The heap of one device, and the modules that work on it. */
export class Machine {
  readonly heap = new Heap();
  /** Whether to use relaxed SIMD, which has a fused multiply-add. */
  readonly isRelaxed: boolean;
  readonly #modules = new Map<string, NativeModule>();
  #gemm: Gemm | null = null;

  constructor(isRelaxed: boolean) {
    this.isRelaxed = isRelaxed;
  }

  get gemm(): Gemm {
    this.#gemm ??= new Gemm(this);
    return this.#gemm;
  }

  /** The module of that key, written and compiled at its first use. */
  module(key: string, write: (module: ModuleBuilder) => void): NativeModule {
    let known = this.#modules.get(key);
    if (known === undefined) {
      const builder = new ModuleBuilder();
      write(builder);
      const env = { memory: this.heap.memory, ...HOST_FUNCTIONS };
      const instance = new WebAssembly.Instance(new WebAssembly.Module(builder.encode()), { env });
      known = instance.exports as NativeModule;
      this.#modules.set(key, known);
    }
    return known;
  }

  /** a·b + c on four floats, fused where the machine can. */
  multiplyAdd(a: Code, b: Code, c: Code): Code {
    return this.isRelaxed ? f32x4.relaxedMultiplyAdd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
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
