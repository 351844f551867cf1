import type { LstmBackwardKernel, LstmForwardKernel } from '../../kernel.ts';
import type { Local, ModuleBuilder } from './assembler.ts';
import { defineCell } from './cell.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import { packedBytes } from './gemm.ts';
import { defineProducts, PRODUCT_ARGUMENTS, words } from './gemm/product.ts';
import { choose, doWhile, i32 } from './instruction.ts';
import { backwardCell, forwardCell } from './lstm/cell.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';
import { gateRows, placesFrom, recurrenceNanoseconds, sequenceRanges, stridesOf } from './recurrence.ts';

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
      const { row, sequence, wide } = stridesOf(f, hidden!, steps!);
      const four = wide(4);
      const cellStride = f.once('i32', row);
      const left = f.once('i32', i32.add(sums!.get, i32.mul(rows!.get, four.row)));
      const oneStep = [
        multiply(...product.map((argument) => argument.get), left.get),
        cell(rows!.get, hidden!.get, [
          ...gateRows(4, projection!.get, four.sequence, row),
          ...gateRows(4, sums!.get, four.row, row),
          { pointer: cellBefore!.get, stride: cellStride.get },
          ...gateRows(4, gates!.get, four.sequence, row),
          { pointer: cells!.get, stride: sequence },
          { pointer: output!.get, stride: sequence },
        ]),
        before!.set(output!.get),
        beforeStride!.set(sequence),
        cellBefore!.set(cells!.get),
        cellStride.set(sequence),
        [projection!, gates!].map((pointer) => pointer.increase(four.row)),
        [cells!, output!].map((pointer) => pointer.increase(row)),
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
      const { row, sequence, wide } = stridesOf(f, hidden!, steps!);
      const four = wide(4);
      const oneStep = [
        steps!.decrease(i32.const(1)),
        cell(rows!.get, hidden!.get, [
          ...gateRows(4, gates!.get, four.sequence, row),
          { pointer: cells!.get, stride: sequence },
          {
            pointer: choose(steps!.get, i32.sub(cells!.get, row), c0!.get),
            stride: choose(steps!.get, sequence, row),
          },
          { pointer: gradOutput!.get, stride: sequence },
          { pointer: carriedHidden!.get, stride: row },
          { pointer: carriedCell!.get, stride: row },
          ...gateRows(4, gradGates!.get, four.sequence, row),
          { pointer: gradCell!.get, stride: row },
        ]),
        a!.set(gradGates!.get),
        multiply(...product.map((argument) => argument.get), left!.get),
        carriedHidden!.set(gradHidden!.get),
        carriedCell!.set(gradCell!.get),
        [gates!, gradGates!].map((pointer) => pointer.decrease(four.row)),
        [cells!, gradOutput!].map((pointer) => pointer.decrease(row)),
      ];
      return doWhile(oneStep, steps!.get);
    },
    'run',
  );
}

export function lstmForwardProgram(machine: Machine, kernel: LstmForwardKernel): Program {
  const { steps, hidden } = kernel;
  const width = 4 * hidden;
  const { gemm } = machine;
  const native = machine.module('lstm forward', (module) => writeForward(module, machine)).run!;
  return (pointers) => {
    const [projection, weight, h0, c0, output, gates, cells] = pointers as number[];
    machine.withScratch(packedBytes(hidden, width), (scratch) => {
      const transposed = { pointer: weight!, rowStride: 1, columnStride: hidden };
      const packed = gemm.packRight(transposed, hidden, width, scratch);
      const ranges = sequenceRanges(machine, kernel, 4);
      const calls = ranges.map(({ start, length }) => {
        const { at } = placesFrom(start, steps);
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
      machine.run({ native, calls, nanoseconds: recurrenceNanoseconds(kernel, 4), scratchBytes });
    });
  };
}

export function lstmBackwardProgram(machine: Machine, kernel: LstmBackwardKernel): Program {
  const { steps, hidden } = kernel;
  const width = 4 * hidden;
  const { gemm } = machine;
  const native = machine.module('lstm backward', (module) => writeBackward(module, machine)).run!;
  return (pointers) => {
    const [gradOutput, gradLastHidden, gradLastCell, weight, gates, cells, c0, gradProjection, gradH, gradC] =
      pointers as number[];
    machine.withScratch(packedBytes(width, hidden), (scratch) => {
      const matrix = { pointer: weight!, rowStride: hidden, columnStride: 1 };
      const packed = gemm.packRight(matrix, width, hidden, scratch);
      const ranges = sequenceRanges(machine, kernel, 4);
      const calls = ranges.map(({ start, length }) => {
        const { at, atLastStep } = placesFrom(start, steps);
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
      machine.run({ native, calls, nanoseconds: recurrenceNanoseconds(kernel, 4), scratchBytes });
    });
  };
}
