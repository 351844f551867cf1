import type { FunctionBuilder } from '../assembler.ts';
import type { Elements } from '../cell.ts';
import { throughSigmoid, throughTanh } from '../cell.ts';
import type { Code } from '../instruction.ts';
import { f32x4 } from '../instruction.ts';
import { sigmoid, tanh } from '../math.ts';

/**
 * Arrays: the three gates' projections, their recurrent sums, their recurrent biases, the hidden state before; writes the
 * gates, the hidden projection of the third, the hidden state.
 */
export function forwardCell(f: FunctionBuilder, { load, store }: Elements): Code {
  const names = ['v128', 'v128', 'v128', 'v128', 'v128'] as const;
  const [reset, update, candidate, scaled, output] = names.map((type) => f.local(type));
  const hiddenSum = (gate: number): Code => f32x4.add(load(3 + gate), load(6 + gate));
  const inner = f32x4.add(load(2), f32x4.mul(reset!.get, scaled!.get));
  const kept = f32x4.mul(update!.get, f32x4.sub(load(9), candidate!.get));
  return [
    reset!.set(sigmoid(f, f32x4.add(load(0), hiddenSum(0)))),
    update!.set(sigmoid(f, f32x4.add(load(1), hiddenSum(1)))),
    scaled!.set(hiddenSum(2)),
    candidate!.set(tanh(f, inner)),
    output!.set(f32x4.add(candidate!.get, kept)),
    [reset!, update!, candidate!, scaled!, output!].map((value, i) => store(10 + i, value)),
  ];
}

/**
 * Arrays: the three gates and the hidden projection of the third, the hidden state before, gradient of the output, carried
 * gradient; writes the gradients of the three projections, those of the three recurrent sums, and what is carried beside
 * them.
 */
export function backwardCell(f: FunctionBuilder, { load, store }: Elements): Code {
  const names = ['v128', 'v128', 'v128', 'v128'] as const;
  const [reset, update, candidate, gradient] = names.map((type) => f.local(type));
  const [gradReset, gradUpdate, gradCandidate, result] = names.map((type) => f.local(type));
  const throughUpdate = f32x4.mul(gradient!.get, f32x4.sub(load(4), candidate!.get));
  const intoCandidate = f32x4.mul(gradient!.get, f32x4.sub(f.splat(1), update!.get));
  return [
    [reset!, update!, candidate!].map((gate, i) => gate.set(load(i))),
    gradient!.set(f32x4.add(load(6), load(5))),
    gradCandidate!.set(throughTanh(f, intoCandidate, candidate!.get)),
    gradUpdate!.set(throughSigmoid(f, throughUpdate, update!.get)),
    gradReset!.set(throughSigmoid(f, f32x4.mul(gradCandidate!.get, load(3)), reset!.get)),
    [7, 10].map((first) => [store(first, gradReset!), store(first + 1, gradUpdate!)]),
    store(9, gradCandidate!),
    result!.set(f32x4.mul(gradCandidate!.get, reset!.get)),
    store(12, result!),
    result!.set(f32x4.mul(gradient!.get, update!.get)),
    store(13, result!),
  ];
}
