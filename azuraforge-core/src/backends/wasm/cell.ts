import type { FunctionBuilder, Local } from './assembler.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import type { Code } from './instruction.ts';
import { f32x4 } from './instruction.ts';
import type { Machine, NativeFunction } from './machine.ts';
import type { Cursor } from './nest.ts';
import { cursorsOf, emitNest, nestParameters } from './nest.ts';

/** The next elements of all arrays: `load` reads one of them, `store` writes it. */
export interface Elements {
  load(array: number): Code;
  store(array: number, value: Local): Code;
}

/** A function over all units of all sequences at one time step; its arrays are rows of `hidden` numbers. */
export class CellFunction {
  readonly #run: NativeFunction;
  readonly #arrays: number;

  constructor(
    machine: Machine,
    key: string,
    arrays: number,
    write: (f: FunctionBuilder, elements: Elements) => Code,
  ) {
    this.#arrays = arrays;
    const native = machine.module(key, (builder) => {
      builder.define(
        nestParameters(2, arrays),
        [],
        (f) => {
          const cursors: Cursor[] = cursorsOf(
            f,
            2,
            Array.from({ length: arrays }, () => ({ step: 'next', elementBytes: ELEMENT_BYTES }) as const),
          );
          const body = (count: 1 | 4): Code =>
            write(f, {
              load: (array) => cursors[array]!.loadVector(count),
              store: (array, value) => cursors[array]!.storeVector(count, value),
            });
          return emitNest(f, { rank: 2, cursors, body, isVector: true });
        },
        'run',
      );
    });
    this.#run = native.run!;
  }

  /** Row strides in elements and addresses, in the order of the arrays. */
  run(batch: number, hidden: number, rows: readonly { pointer: number; stride: number }[]): void {
    const args = [batch, hidden];
    for (let i = 0; i < this.#arrays; i++) {
      const { pointer, stride } = rows[i]!;
      args.push(pointer, ELEMENT_BYTES, (stride - hidden) * ELEMENT_BYTES);
    }
    this.#run(...args);
  }
}

/** `count` neighbouring rows of `hidden` numbers each, one per gate. */
export function rowsOf(count: number, pointer: number, stride: number, hidden: number) {
  return Array.from({ length: count }, (_, gate) => ({
    pointer: pointer + gate * hidden * ELEMENT_BYTES,
    stride,
  }));
}

/** The gradient below a sigmoid whose value is given. */
export function throughSigmoid(f: FunctionBuilder, gradient: Code, value: Code): Code {
  return f32x4.mul(f32x4.mul(gradient, value), f32x4.sub(f.splat(1), value));
}

/** The gradient below a tanh whose value is given. */
export function throughTanh(f: FunctionBuilder, gradient: Code, value: Code): Code {
  return f32x4.mul(gradient, f32x4.sub(f.splat(1), f32x4.mul(value, value)));
}
