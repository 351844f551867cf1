import type { FunctionBuilder, Local } from '../assembler.ts';
import type { Elements } from '../cell.ts';
import { throughSigmoid, throughTanh } from '../cell.ts';
import type { Code } from '../instruction.ts';
import { f32x4 } from '../instruction.ts';
import { sigmoid, tanh } from '../math.ts';

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
  const write = (array: number, value: Code): Code => [result!.set(value), store(array, result!)];
  return [
    gates.map((gate, i) => gate.set(load(i))),
    cellTanh!.set(tanh(f, load(4))),
    gradH!.set(f32x4.add(load(7), load(6))),
    gradC!.set(f32x4.add(load(8), throughTanh(f, f32x4.mul(gradH!.get, through!), cellTanh!.get))),
    write(9, throughSigmoid(f, f32x4.mul(gradC!.get, candidate!), input!)),
    write(10, throughSigmoid(f, f32x4.mul(gradC!.get, load(5)), forget!)),
    write(11, throughTanh(f, f32x4.mul(gradC!.get, input!), candidate!)),
    write(12, throughSigmoid(f, f32x4.mul(gradH!.get, cellTanh!.get), through!)),
    write(13, f32x4.mul(gradC!.get, forget!)),
  ];
}
