import type { FunctionBuilder, Local, ModuleBuilder } from './assembler.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import type { Code } from './instruction.ts';
import { f32x4, i32 } from './instruction.ts';
import { cursorsOf, emitNest, nestParameters } from './nest.ts';

/** The next elements of all arrays: `load` reads one of them, `store` writes it. */
export interface Elements {
  load(array: number): Code;
  store(array: number, value: Local): Code;
}

/** Rows of numbers: the address of the first, and the bytes from one to the next. */
export interface Rows {
  readonly pointer: Code;
  readonly stride: Code;
}

/** Calls a cell function over `rows` rows of `hidden` numbers of each array. */
export type CellCall = (rows: Code, hidden: Code, arrays: readonly Rows[]) => Code;

/** Defines a function over all units of some sequences at one time step. */
export function defineCell(
  module: ModuleBuilder,
  arrays: number,
  write: (f: FunctionBuilder, elements: Elements) => Code,
): CellCall {
  const operands = Array.from(
    { length: arrays },
    () => ({ step: 'next', elementBytes: ELEMENT_BYTES }) as const,
  );
  const cell = module.define(nestParameters(2, arrays), [], (f) => {
    const cursors = cursorsOf(f, 2, operands);
    const body = (count: 1 | 4): Code =>
      write(f, {
        load: (array) => cursors[array]!.loadVector(count),
        store: (array, value) => cursors[array]!.storeVector(count, value),
      });
    return emitNest(f, { rank: 2, cursors, body, isVector: true });
  });
  return (rows, hidden, places) =>
    cell(
      rows,
      hidden,
      ...places.flatMap(({ pointer, stride }) => [
        pointer,
        i32.const(ELEMENT_BYTES),
        i32.sub(stride, i32.mul(hidden, i32.const(ELEMENT_BYTES))),
      ]),
    );
}

/** The gradient below a sigmoid whose value is given. */
export function throughSigmoid(f: FunctionBuilder, gradient: Code, value: Code): Code {
  return f32x4.mul(f32x4.mul(gradient, value), f32x4.sub(f.splat(1), value));
}

/** The gradient below a tanh whose value is given. */
export function throughTanh(f: FunctionBuilder, gradient: Code, value: Code): Code {
  return f32x4.mul(gradient, f32x4.sub(f.splat(1), f32x4.mul(value, value)));
}
