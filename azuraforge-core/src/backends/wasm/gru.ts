import type { GruBackwardKernel, GruForwardKernel } from '../../kernel.ts';
import type { Local, ModuleBuilder } from './assembler.ts';
import { defineCell } from './cell.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import { packedBytes } from './gemm.ts';
import { defineProducts, PRODUCT_ARGUMENTS, words } from './gemm/product.ts';
import { backwardCell, forwardCell } from './gru/cell.ts';
import { choose, doWhile, i32 } from './instruction.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';
import { gateRows, placesFrom, recurrenceNanoseconds, sequenceRanges, stridesOf } from './recurrence.ts';

/** Arguments: those of a product, which makes the recurrent sums, then seven of its own, and scratch memory. */
function writeForward(module: ModuleBuilder, machine: Machine): void {
  const { multiply } = defineProducts(module, machine);
  const cell = defineCell(module, 15, forwardCell);
  module.define(
    words(PRODUCT_ARGUMENTS + 8),
    [],
    (f) => {
      const product = f.parameters.slice(0, PRODUCT_ARGUMENTS);
      const [rows, steps, hidden, projection, bias, output, gates, sums] = f.parameters.slice(
        PRODUCT_ARGUMENTS,
      ) as Local[];
      const [c, , before, beforeStride] = product as Local[];
      const { row, sequence, wide } = stridesOf(f, hidden!, steps!);
      const [three, four] = [wide(3), wide(4)];
      const left = f.once('i32', i32.add(sums!.get, i32.mul(rows!.get, three.row)));
      const oneStep = [
        multiply(...product.map((argument) => argument.get), left.get),
        cell(rows!.get, hidden!.get, [
          ...gateRows(3, projection!.get, three.sequence, row),
          ...gateRows(3, sums!.get, three.row, row),
          ...gateRows(3, bias!.get, i32.const(0), row),
          { pointer: before!.get, stride: beforeStride!.get },
          ...gateRows(4, gates!.get, four.sequence, row),
          { pointer: output!.get, stride: sequence },
        ]),
        before!.set(output!.get),
        beforeStride!.set(sequence),
        projection!.increase(three.row),
        gates!.increase(four.row),
        output!.increase(row),
        steps!.decrease(i32.const(1)),
      ];
      return [c!.set(sums!.get), doWhile(oneStep, steps!.get)];
    },
    'run',
  );
}

/**
 * Arguments: those of a product, which adds to the gradient of the hidden state before, then ten of its own, of which the
 * arrays over time point to the last step, and memory for left panels.
 */
function writeBackward(module: ModuleBuilder, machine: Machine): void {
  const { multiply } = defineProducts(module, machine);
  const cell = defineCell(module, 14, backwardCell);
  module.define(
    words(PRODUCT_ARGUMENTS + 11),
    [],
    (f) => {
      const product = f.parameters.slice(0, PRODUCT_ARGUMENTS);
      const [rows, steps, hidden, gates, output, h0, gradOutput, carried, gradProjection, gradSums, left] =
        f.parameters.slice(PRODUCT_ARGUMENTS) as Local[];
      const [gradHidden, , a] = product as Local[];
      const { row, sequence, wide } = stridesOf(f, hidden!, steps!);
      const [three, four] = [wide(3), wide(4)];
      const oneStep = [
        steps!.decrease(i32.const(1)),
        cell(rows!.get, hidden!.get, [
          ...gateRows(4, gates!.get, four.sequence, row),
          {
            pointer: choose(steps!.get, i32.sub(output!.get, row), h0!.get),
            stride: choose(steps!.get, sequence, row),
          },
          { pointer: gradOutput!.get, stride: sequence },
          { pointer: carried!.get, stride: row },
          ...gateRows(3, gradProjection!.get, three.sequence, row),
          ...gateRows(3, gradSums!.get, three.sequence, row),
          { pointer: gradHidden!.get, stride: row },
        ]),
        a!.set(gradSums!.get),
        multiply(...product.map((argument) => argument.get), left!.get),
        carried!.set(gradHidden!.get),
        gates!.decrease(four.row),
        [gradProjection!, gradSums!].map((pointer) => pointer.decrease(three.row)),
        [output!, gradOutput!].map((pointer) => pointer.decrease(row)),
      ];
      return doWhile(oneStep, steps!.get);
    },
    'run',
  );
}

export function gruForwardProgram(machine: Machine, kernel: GruForwardKernel): Program {
  const { steps, hidden } = kernel;
  const width = 3 * hidden;
  const { gemm } = machine;
  const native = machine.module('gru forward', (module) => writeForward(module, machine)).run!;
  return (pointers) => {
    const [projection, weight, bias, h0, output, gates] = pointers as number[];
    machine.withScratch(packedBytes(hidden, width), (scratch) => {
      const transposed = { pointer: weight!, rowStride: 1, columnStride: hidden };
      const packed = gemm.packRight(transposed, hidden, width, scratch);
      const ranges = sequenceRanges(machine, kernel, 3);
      const calls = ranges.map(({ start, length }) => {
        const { at } = placesFrom(start, steps);
        const before = { pointer: at(h0, hidden), rowStride: hidden, columnStride: 1 };
        return [
          ...gemm.arguments({ pointer: 0, rowStride: width }, before, packed, length),
          length,
          steps,
          hidden,
          at(projection, steps * width),
          bias!,
          at(output, steps * hidden),
          at(gates, steps * 4 * hidden),
        ];
      });
      const rows = ranges[0]!.length;
      const scratchBytes = rows * width * ELEMENT_BYTES + gemm.leftBytes(rows, hidden);
      machine.run({ native, calls, nanoseconds: recurrenceNanoseconds(kernel, 3), scratchBytes });
    });
  };
}

export function gruBackwardProgram(machine: Machine, kernel: GruBackwardKernel): Program {
  const { steps, hidden } = kernel;
  const width = 3 * hidden;
  const { gemm } = machine;
  const native = machine.module('gru backward', (module) => writeBackward(module, machine)).run!;
  return (pointers) => {
    const [gradOutput, gradLast, weight, gates, output, h0, gradProjection, gradHidden, gradH0] =
      pointers as number[];
    machine.withScratch(packedBytes(width, hidden), (scratch) => {
      const matrix = { pointer: weight!, rowStride: hidden, columnStride: 1 };
      const packed = gemm.packRight(matrix, width, hidden, scratch);
      const ranges = sequenceRanges(machine, kernel, 3);
      const calls = ranges.map(({ start, length }) => {
        const { at, atLastStep } = placesFrom(start, steps);
        const target = { pointer: at(gradH0, hidden), rowStride: hidden };
        const left = { pointer: 0, rowStride: steps * width, columnStride: 1 };
        return [
          ...gemm.arguments(target, left, packed, length, { accumulate: true }),
          length,
          steps,
          hidden,
          atLastStep(gates, 4 * hidden),
          atLastStep(output, hidden),
          at(h0, hidden),
          atLastStep(gradOutput, hidden),
          at(gradLast, hidden),
          atLastStep(gradProjection, width),
          atLastStep(gradHidden, width),
        ];
      });
      const scratchBytes = gemm.leftBytes(ranges[0]!.length, width);
      machine.run({ native, calls, nanoseconds: recurrenceNanoseconds(kernel, 3), scratchBytes });
    });
  };
}
