import type { GruBackwardKernel, GruForwardKernel } from '../../kernel.ts';
import type { FunctionBuilder } from './assembler.ts';
import type { Elements } from './cell.ts';
import { CellFunction, rowsOf, throughSigmoid, throughTanh } from './cell.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import { packedBytes } from './gemm.ts';
import type { Code } from './instruction.ts';
import { f32x4 } from './instruction.ts';
import type { Machine } from './machine.ts';
import { sigmoid, tanh } from './math.ts';
import type { Program } from './program.ts';

/**
 * Arrays: the three gates' projections, their recurrent sums, their recurrent biases, the hidden state before; writes the
 * gates, the hidden projection of the third, the hidden state.
 */
function forwardCell(f: FunctionBuilder, { load, store }: Elements): Code {
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
function backwardCell(f: FunctionBuilder, { load, store }: Elements): Code {
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

export function gruForwardProgram(machine: Machine, { batch, steps, hidden }: GruForwardKernel): Program {
  const width = 3 * hidden;
  const { gemm } = machine;
  const cellFunction = new CellFunction(machine, 'gru forward', 15, forwardCell);
  const packedLength = packedBytes(hidden, width);
  return (pointers) => {
    const [projection, weight, bias, h0, output, gates] = pointers as number[];
    machine.withScratch(packedLength + batch * width * ELEMENT_BYTES, (scratch) => {
      const transposed = { pointer: weight!, rowStride: 1, columnStride: hidden };
      const packed = gemm.packRight(transposed, hidden, width, scratch);
      const sums = scratch + packedLength;
      let before = { pointer: h0!, stride: hidden };
      for (let t = 0; t < steps; t++) {
        const left = { pointer: before.pointer, rowStride: before.stride, columnStride: 1 };
        gemm.multiply({ pointer: sums, rowStride: width }, left, packed, batch, false);
        const at = t * hidden * ELEMENT_BYTES;
        const hiddenState = { pointer: output! + at, stride: steps * hidden };
        cellFunction.run(batch, hidden, [
          ...rowsOf(3, projection! + 3 * at, steps * width, hidden),
          ...rowsOf(3, sums, width, hidden),
          ...rowsOf(3, bias!, 0, hidden),
          before,
          ...rowsOf(4, gates! + 4 * at, steps * 4 * hidden, hidden),
          hiddenState,
        ]);
        before = hiddenState;
      }
    });
  };
}

export function gruBackwardProgram(machine: Machine, { batch, steps, hidden }: GruBackwardKernel): Program {
  const width = 3 * hidden;
  const { gemm } = machine;
  const cellFunction = new CellFunction(machine, 'gru backward', 14, backwardCell);
  return (pointers) => {
    const [gradOutput, gradLast, weight, gates, output, h0, gradProjection, gradHidden, gradH0] =
      pointers as number[];
    machine.withScratch(packedBytes(width, hidden), (scratch) => {
      const matrix = { pointer: weight!, rowStride: hidden, columnStride: 1 };
      const packed = gemm.packRight(matrix, width, hidden, scratch);
      const [sequence, wideSequence] = [steps * hidden, steps * width];
      // The gradient of the hidden state goes from one step to the one before it, and ends as that of h0.
      const carried = { pointer: gradH0!, stride: hidden };
      machine.heap.bytes.copyWithin(gradH0!, gradLast!, gradLast! + batch * hidden * ELEMENT_BYTES);
      for (let t = steps - 1; t >= 0; t--) {
        const at = t * hidden * ELEMENT_BYTES;
        const before =
          t === 0
            ? { pointer: h0!, stride: hidden }
            : { pointer: output! + at - hidden * ELEMENT_BYTES, stride: sequence };
        cellFunction.run(batch, hidden, [
          ...rowsOf(4, gates! + 4 * at, steps * 4 * hidden, hidden),
          before,
          { pointer: gradOutput! + at, stride: sequence },
          carried,
          ...rowsOf(3, gradProjection! + 3 * at, wideSequence, hidden),
          ...rowsOf(3, gradHidden! + 3 * at, wideSequence, hidden),
          carried,
        ]);
        const left = { pointer: gradHidden! + 3 * at, rowStride: wideSequence, columnStride: 1 };
        gemm.multiply({ pointer: gradH0!, rowStride: hidden }, left, packed, batch, true);
      }
    });
  };
}
