import type { LstmBackwardKernel, LstmForwardKernel } from '../../kernel.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import type { Elements } from './cell.ts';
import { CellFunction, rowsOf, throughSigmoid, throughTanh } from './cell.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import { packedBytes } from './gemm.ts';
import type { Code } from './instruction.ts';
import { f32x4 } from './instruction.ts';
import type { Machine } from './machine.ts';
import { sigmoid, tanh } from './math.ts';
import type { Program } from './program.ts';

/** Arrays: the four gates' projections, their recurrent sums, the cell before; writes the gates, the cell, the output. */
function forwardCell(f: FunctionBuilder, { load, store }: Elements): Code {
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
function backwardCell(f: FunctionBuilder, { load, store }: Elements): Code {
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

export function lstmForwardProgram(machine: Machine, { batch, steps, hidden }: LstmForwardKernel): Program {
  const width = 4 * hidden;
  const { gemm } = machine;
  const cellFunction = new CellFunction(machine, 'lstm forward', 15, forwardCell);
  const packedLength = packedBytes(hidden, width);
  return (pointers) => {
    const [projection, weight, h0, c0, output, gates, cells] = pointers as number[];
    machine.withScratch(packedLength + batch * width * ELEMENT_BYTES, (scratch) => {
      const transposed = { pointer: weight!, rowStride: 1, columnStride: hidden };
      const packed = gemm.packRight(transposed, hidden, width, scratch);
      const sums = scratch + packedLength;
      const [sequence, wideSequence] = [steps * hidden, steps * width];
      let before = { pointer: h0!, rowStride: hidden, columnStride: 1 };
      let cellBefore = { pointer: c0!, stride: hidden };
      for (let t = 0; t < steps; t++) {
        gemm.multiply({ pointer: sums, rowStride: width }, before, packed, batch, false);
        const at = t * hidden * ELEMENT_BYTES;
        const cell = { pointer: cells! + at, stride: sequence };
        const hiddenState = { pointer: output! + at, stride: sequence };
        cellFunction.run(batch, hidden, [
          ...rowsOf(4, projection! + 4 * at, wideSequence, hidden),
          ...rowsOf(4, sums, width, hidden),
          cellBefore,
          ...rowsOf(4, gates! + 4 * at, wideSequence, hidden),
          cell,
          hiddenState,
        ]);
        before = { pointer: hiddenState.pointer, rowStride: sequence, columnStride: 1 };
        cellBefore = cell;
      }
    });
  };
}

export function lstmBackwardProgram(machine: Machine, { batch, steps, hidden }: LstmBackwardKernel): Program {
  const width = 4 * hidden;
  const { gemm } = machine;
  const cellFunction = new CellFunction(machine, 'lstm backward', 14, backwardCell);
  return (pointers) => {
    const [gradOutput, gradLastHidden, gradLastCell, weight, gates, cells, c0, gradProjection, gradH, gradC] =
      pointers as number[];
    machine.withScratch(packedBytes(width, hidden), (scratch) => {
      const matrix = { pointer: weight!, rowStride: hidden, columnStride: 1 };
      const packed = gemm.packRight(matrix, width, hidden, scratch);
      const [sequence, wideSequence] = [steps * hidden, steps * width];
      // The gradients of hidden state and cell go from one step to the one before it, and end as those of h0 and c0.
      const carried = batch * hidden * ELEMENT_BYTES;
      machine.heap.bytes.copyWithin(gradH!, gradLastHidden!, gradLastHidden! + carried);
      machine.heap.bytes.copyWithin(gradC!, gradLastCell!, gradLastCell! + carried);
      for (let t = steps - 1; t >= 0; t--) {
        const at = t * hidden * ELEMENT_BYTES;
        const cell = { pointer: cells! + at, stride: sequence };
        const cellBefore =
          t === 0
            ? { pointer: c0!, stride: hidden }
            : { pointer: cell.pointer - hidden * ELEMENT_BYTES, stride: sequence };
        const gradGates = gradProjection! + 4 * at;
        const carriedCell = { pointer: gradC!, stride: hidden };
        cellFunction.run(batch, hidden, [
          ...rowsOf(4, gates! + 4 * at, wideSequence, hidden),
          cell,
          cellBefore,
          { pointer: gradOutput! + at, stride: sequence },
          { pointer: gradH!, stride: hidden },
          carriedCell,
          ...rowsOf(4, gradGates, wideSequence, hidden),
          carriedCell,
        ]);
        const left = { pointer: gradGates, rowStride: wideSequence, columnStride: 1 };
        gemm.multiply({ pointer: gradH!, rowStride: hidden }, left, packed, batch, false);
      }
    });
  };
}
