import type { LstmBackwardKernel, LstmForwardKernel } from '../../kernel.ts';
import type { FunctionBuilder, Local, ModuleBuilder } from './assembler.ts';
import type { Rows } from './cell.ts';
import { defineCell } from './cell.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import { packedBytes } from './gemm.ts';
import { defineProducts, PRODUCT_ARGUMENTS } from './gemm/product.ts';
import type { Code } from './instruction.ts';
import { choose, doWhile, i32 } from './instruction.ts';
import { backwardCell, forwardCell } from './lstm/cell.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';

/** Sequences are independent of each other, so threads share the batch; fewer sequences make a product inefficient. */
const SEQUENCES_PER_CALL = 8;
/** Nanoseconds that one thread takes for one unit of one sequence at one step, and for each of its products' terms. */
const CELL_NANOSECONDS = 10;
const TERM_NANOSECONDS = 0.2;

function nanoseconds({ batch, steps, hidden }: LstmForwardKernel | LstmBackwardKernel): number {
  return batch * steps * hidden * (CELL_NANOSECONDS + hidden * TERM_NANOSECONDS);
}

/** Bytes from one row to the next: of one step's state or gates, and of the same step of another sequence. */
function stridesOf(f: FunctionBuilder, hidden: Local, steps: Local) {
  const row = f.once('i32', i32.mul(hidden.get, i32.const(ELEMENT_BYTES)));
  const wideRow = f.once('i32', i32.shl(row.get, i32.const(2)));
  const sequence = f.once('i32', i32.mul(row.get, steps.get));
  const wideSequence = f.once('i32', i32.mul(wideRow.get, steps.get));
  return { row, wideRow, sequence, wideSequence };
}

/** Four neighbouring rows, one per gate. */
function gateRows(pointer: Code, stride: Code, row: Code): Rows[] {
  return [0, 1, 2, 3].map((gate) => ({ pointer: i32.add(pointer, i32.mul(row, i32.const(gate))), stride }));
}

function words(count: number): 'i32'[] {
  return Array.from({ length: count }, () => 'i32');
}

/** Arguments: those of a product, which makes the recurrent sums, then eight of its own, and scratch memory. */
function writeForward(module: ModuleBuilder, machine: Machine): void {
  const { multiply } = defineProducts(module, machine);
  const cell = defineCell(module, 15, forwardCell);
  module.define(
    words(PRODUCT_ARGUMENTS + 9),
    [],
    (f) => {
      const product = f.parameters.slice(0, PRODUCT_ARGUMENTS);
      const [rows, steps, hidden, projection, cellBefore, output, gates, cells, sums] = f.parameters.slice(
        PRODUCT_ARGUMENTS,
      ) as Local[];
      const [c, , before, beforeStride] = product as Local[];
      const { row, wideRow, sequence, wideSequence } = stridesOf(f, hidden!, steps!);
      const cellStride = f.once('i32', row.get);
      const left = f.once('i32', i32.add(sums!.get, i32.mul(rows!.get, wideRow.get)));
      const oneStep = [
        multiply(...product.map((argument) => argument.get), left.get),
        cell(rows!.get, hidden!.get, [
          ...gateRows(projection!.get, wideSequence.get, row.get),
          ...gateRows(sums!.get, wideRow.get, row.get),
          { pointer: cellBefore!.get, stride: cellStride.get },
          ...gateRows(gates!.get, wideSequence.get, row.get),
          { pointer: cells!.get, stride: sequence.get },
          { pointer: output!.get, stride: sequence.get },
        ]),
        before!.set(output!.get),
        beforeStride!.set(sequence.get),
        cellBefore!.set(cells!.get),
        cellStride.set(sequence.get),
        [projection!, gates!].map((pointer) => pointer.increase(wideRow.get)),
        [cells!, output!].map((pointer) => pointer.increase(row.get)),
        steps!.decrease(i32.const(1)),
      ];
      return [c!.set(sums!.get), doWhile(oneStep, steps!.get)];
    },
    'run',
  );
}

/**
 * Arguments: those of a product, which makes the gradient of the hidden state before, then eleven of its own, of which the
 * arrays over time point to the last step, and scratch memory.
 */
function writeBackward(module: ModuleBuilder, machine: Machine): void {
  const { multiply } = defineProducts(module, machine);
  const cell = defineCell(module, 14, backwardCell);
  module.define(
    words(PRODUCT_ARGUMENTS + 12),
    [],
    (f) => {
      const product = f.parameters.slice(0, PRODUCT_ARGUMENTS);
      const [
        rows,
        steps,
        hidden,
        gates,
        cells,
        c0,
        gradOutput,
        carriedHidden,
        carriedCell,
        gradGates,
        gradCell,
        left,
      ] = f.parameters.slice(PRODUCT_ARGUMENTS) as Local[];
      const [gradHidden, , a] = product as Local[];
      const { row, wideRow, sequence, wideSequence } = stridesOf(f, hidden!, steps!);
      const oneStep = [
        steps!.decrease(i32.const(1)),
        cell(rows!.get, hidden!.get, [
          ...gateRows(gates!.get, wideSequence.get, row.get),
          { pointer: cells!.get, stride: sequence.get },
          {
            pointer: choose(steps!.get, i32.sub(cells!.get, row.get), c0!.get),
            stride: choose(steps!.get, sequence.get, row.get),
          },
          { pointer: gradOutput!.get, stride: sequence.get },
          { pointer: carriedHidden!.get, stride: row.get },
          { pointer: carriedCell!.get, stride: row.get },
          ...gateRows(gradGates!.get, wideSequence.get, row.get),
          { pointer: gradCell!.get, stride: row.get },
        ]),
        a!.set(gradGates!.get),
        multiply(...product.map((argument) => argument.get), left!.get),
        carriedHidden!.set(gradHidden!.get),
        carriedCell!.set(gradCell!.get),
        [gates!, gradGates!].map((pointer) => pointer.decrease(wideRow.get)),
        [cells!, gradOutput!].map((pointer) => pointer.decrease(row.get)),
      ];
      return doWhile(oneStep, steps!.get);
    },
    'run',
  );
}

export function lstmForwardProgram(machine: Machine, kernel: LstmForwardKernel): Program {
  const { batch, steps, hidden } = kernel;
  const width = 4 * hidden;
  const { gemm } = machine;
  const native = machine.module('lstm forward', (module) => writeForward(module, machine)).run!;
  return (pointers) => {
    const [projection, weight, h0, c0, output, gates, cells] = pointers as number[];
    machine.withScratch(packedBytes(hidden, width), (scratch) => {
      const transposed = { pointer: weight!, rowStride: 1, columnStride: hidden };
      const packed = gemm.packRight(transposed, hidden, width, scratch);
      const ranges = machine.split(batch, nanoseconds(kernel), SEQUENCES_PER_CALL);
      const calls = ranges.map(({ start, length }) => {
        const at = (pointer: number | undefined, each: number) => pointer! + start * each * ELEMENT_BYTES;
        const before = { pointer: at(h0, hidden), rowStride: hidden, columnStride: 1 };
        return [
          ...gemm.arguments({ pointer: 0, rowStride: width }, before, packed, length),
          length,
          steps,
          hidden,
          at(projection, steps * width),
          at(c0, hidden),
          at(output, steps * hidden),
          at(gates, steps * width),
          at(cells, steps * hidden),
        ];
      });
      const rows = ranges[0]!.length;
      const scratchBytes = rows * width * ELEMENT_BYTES + gemm.leftBytes(rows, hidden);
      machine.run({ native, calls, nanoseconds: nanoseconds(kernel), scratchBytes });
    });
  };
}

export function lstmBackwardProgram(machine: Machine, kernel: LstmBackwardKernel): Program {
  const { batch, steps, hidden } = kernel;
  const width = 4 * hidden;
  const { gemm } = machine;
  const native = machine.module('lstm backward', (module) => writeBackward(module, machine)).run!;
  return (pointers) => {
    const [gradOutput, gradLastHidden, gradLastCell, weight, gates, cells, c0, gradProjection, gradH, gradC] =
      pointers as number[];
    machine.withScratch(packedBytes(width, hidden), (scratch) => {
      const matrix = { pointer: weight!, rowStride: hidden, columnStride: 1 };
      const packed = gemm.packRight(matrix, width, hidden, scratch);
      const ranges = machine.split(batch, nanoseconds(kernel), SEQUENCES_PER_CALL);
      const calls = ranges.map(({ start, length }) => {
        const at = (pointer: number | undefined, each: number) => pointer! + start * each * ELEMENT_BYTES;
        const atLastStep = (pointer: number | undefined, each: number) =>
          at(pointer, steps * each) + (steps - 1) * each * ELEMENT_BYTES;
        const left = { pointer: 0, rowStride: steps * width, columnStride: 1 };
        return [
          ...gemm.arguments({ pointer: at(gradH, hidden), rowStride: hidden }, left, packed, length),
          length,
          steps,
          hidden,
          atLastStep(gates, width),
          atLastStep(cells, hidden),
          at(c0, hidden),
          atLastStep(gradOutput, hidden),
          at(gradLastHidden, hidden),
          at(gradLastCell, hidden),
          atLastStep(gradProjection, width),
          at(gradC, hidden),
        ];
      });
      const scratchBytes = gemm.leftBytes(ranges[0]!.length, width);
      machine.run({ native, calls, nanoseconds: nanoseconds(kernel), scratchBytes });
    });
  };
}
