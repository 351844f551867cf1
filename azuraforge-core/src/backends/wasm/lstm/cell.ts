import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import { ELEMENT_BYTES } from '../elementwise.ts';
import type { Code } from '../instruction.ts';
import { f32x4, i32 } from '../instruction.ts';
import { sigmoid, tanh } from '../math.ts';
import { cursorsOf, emitNest, nestParameters } from '../nest.ts';

/** The next elements of all arrays: `load` reads one of them, `store` writes it. */
interface Elements {
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
  const cell: Callee = module.define(nestParameters(2, arrays), [], (f) => {
    const operands = Array.from(
      { length: arrays },
      () => ({ step: 'next', elementBytes: ELEMENT_BYTES }) as const,
    );
    const cursors = cursorsOf(f, 2, operands);
    const body = (count: 1 | 4): Code =>
      write(f, {
        load: (array) => cursors[array]!.loadVector(count),
        store: (array, value) => cursors[array]!.storeVector(count, value),
      });
    return emitNest(f, { rank: 2, cursors, body, isVector: true });
  });
  return (rows, hidden, operands) =>
    cell(
      rows,
      hidden,
      ...operands.flatMap(({ pointer, stride }) => [
        pointer,
        i32.const(ELEMENT_BYTES),
        i32.sub(stride, i32.mul(hidden, i32.const(ELEMENT_BYTES))),
      ]),
    );
}

/** Arrays: the four gates' projections, their recurrent sums, the cell before; writes the gates, the cell, the output. */
export function forwardCell(f: FunctionBuilder, { load, store }: Elements): Code {
  const [cell, output] = [f.local('v128'), f.local('v128')];
  const gates = [sigmoid, sigmoid, tanh, sigmoid].map((activate, gate) => {
    const value = f.local('v128');
    const code = value.set(activate(f, f32x4.add(load(gate), load(4 + gate))));
    return { value, code };
  });
  const [input, forget, candidate, through] = gates.map(({ value }) => value.get);
  return [
    gates.map(({ code }) => code),
    cell.set(f32x4.add(f32x4.mul(forget!, load(8)), f32x4.mul(input!, candidate!))),
    output.set(f32x4.mul(through!, tanh(f, cell.get))),
    gates.map(({ value }, gate) => store(9 + gate, value)),
    store(13, cell),
    store(14, output),
  ];
}

/**
 * Arrays: the four gates, cell, cell before, gradient of the output, carried gradients of hidden state and cell; writes the
 * gradients of the four gates' sums and the carried gradient of the cell.
 */
export function backwardCell(f: FunctionBuilder, { load, store }: Elements): Code {
  const names = ['v128', 'v128', 'v128', 'v128'] as const;
  const gates = names.map((type) => f.local(type));
  const [input, forget, candidate, through] = gates.map((gate) => gate.get);
  const [cellTanh, gradH, gradC, result] = names.map((type) => f.local(type)) as Local[];
  const one = f.splat(1);
  /** g·s·(1 − s), the slope of a sigmoid whose value is s. */
  const throughSigmoid = (gradient: Code, value: Code): Code =>
    f32x4.mul(f32x4.mul(gradient, value), f32x4.sub(one, value));
  const belowTanh = (value: Code): Code => f32x4.sub(one, f32x4.mul(value, value));
  const write = (array: number, value: Code): Code => [result!.set(value), store(array, result!)];
  return [
    gates.map((gate, i) => gate.set(load(i))),
    cellTanh!.set(tanh(f, load(4))),
    gradH!.set(f32x4.add(load(7), load(6))),
    gradC!.set(f32x4.add(load(8), f32x4.mul(f32x4.mul(gradH!.get, through!), belowTanh(cellTanh!.get)))),
    write(9, throughSigmoid(f32x4.mul(gradC!.get, candidate!), input!)),
    write(10, throughSigmoid(f32x4.mul(gradC!.get, load(5)), forget!)),
    write(11, f32x4.mul(f32x4.mul(gradC!.get, input!), belowTanh(candidate!))),
    write(12, throughSigmoid(f32x4.mul(gradH!.get, cellTanh!.get), through!)),
    write(13, f32x4.mul(gradC!.get, forget!)),
  ];
}
