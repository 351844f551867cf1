import type { FunctionBuilder, Local } from './assembler.ts';
import type { Rows } from './cell.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import type { Code } from './instruction.ts';
import { i32 } from './instruction.ts';
import type { Machine } from './machine.ts';
import type { Range } from './threads.ts';

/** Sequences are independent of each other, so threads share the batch; fewer sequences make a product inefficient. */
const SEQUENCES_PER_CALL = 8;
/** About how long one thread takes for a gate of one unit of one sequence at one step, and for each term of its sum. */
const GATE_NANOSECONDS = 2.5;
const TERM_NANOSECONDS = 0.05;

export interface RecurrenceSizes {
  readonly batch: number;
  readonly steps: number;
  readonly hidden: number;
}

/** About how long one thread takes for all steps of all sequences. */
export function recurrenceNanoseconds({ batch, steps, hidden }: RecurrenceSizes, gates: number): number {
  return batch * steps * hidden * gates * (GATE_NANOSECONDS + hidden * TERM_NANOSECONDS);
}

/** Which sequences go together into a call. The first range is the longest. */
export function sequenceRanges(machine: Machine, sizes: RecurrenceSizes, gates: number): Range[] {
  return machine.split(sizes.batch, recurrenceNanoseconds(sizes, gates), SEQUENCES_PER_CALL);
}

/** Bytes from one row to the next: of the units of one step, and of the same step of another sequence. */
export function stridesOf(f: FunctionBuilder, hidden: Local, steps: Local) {
  const row = f.once('i32', i32.mul(hidden.get, i32.const(ELEMENT_BYTES)));
  const sequence = f.once('i32', i32.mul(row.get, steps.get));
  return {
    row: row.get,
    sequence: sequence.get,
    /** The same, when there are `count` rows of units side by side. */
    wide: (count: number) => ({
      row: i32.mul(row.get, i32.const(count)),
      sequence: i32.mul(sequence.get, i32.const(count)),
    }),
  };
}

/** `count` rows side by side, one per gate. */
export function gateRows(count: number, pointer: Code, stride: Code, row: Code): Rows[] {
  return Array.from({ length: count }, (_, gate) => ({
    pointer: i32.add(pointer, i32.mul(row, i32.const(gate))),
    stride,
  }));
}

/** Addresses within arrays [batch, steps, each], for the sequences from `first` on: at their first and at their last step. */
export function placesFrom(first: number, steps: number) {
  const at = (pointer: number | undefined, each: number): number => pointer! + first * each * ELEMENT_BYTES;
  const atLastStep = (pointer: number | undefined, each: number): number =>
    at(pointer, steps * each) + (steps - 1) * each * ELEMENT_BYTES;
  return { at, atLastStep };
}
