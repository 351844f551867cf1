import type { DType, ElementwiseKernel, Operand } from '../../kernel.ts';
import { uses } from '../../expression/analysis.ts';
import { countScalars, liftConstants } from '../../expression/scalars.ts';
import { sizeOf } from '../../shape.ts';
import type { Local } from './assembler.ts';
import { emitVector, emitWide, nanosecondsOf, powerFunction } from './expression.ts';
import type { Code } from './instruction.ts';
import { choose, f32, f64, i32, i64 } from './instruction.ts';
import type { Machine } from './machine.ts';
import type { Cursor } from './nest.ts';
import { cursorsOf, emitNest, nestParameters, planLoops, splitLoops } from './nest.ts';
import type { Program } from './program.ts';
import { relocated } from './program.ts';

/** Bytes of one element of either dtype. */
export const ELEMENT_BYTES = 4;

/** Converts a double as JavaScript does when it stores one in an Int32Array: modulo 2³², NaN and infinities to 0. */
export function toInt32(value: Local): Code {
  // Above 2⁶³ a number made of floats is a multiple of 2³².
  const isSmall = f64.lt(f64.abs(value.get), f64.const(2 ** 63));
  return choose(isSmall, i32.wrapI64(i64.truncSatF64S(value.get)), i32.const(0));
}

export function storeDouble(address: Code, value: Local, dtype: DType): Code {
  return dtype === 'int32'
    ? i32.store(address, toInt32(value))
    : f32.store(address, f32.demoteF64(value.get));
}

/** Whether an expression needs doubles: int32 operands do, and so do positions. */
export function isWide(operands: readonly Operand[], expression: ElementwiseKernel['expression']): boolean {
  return operands.some(({ dtype }) => dtype === 'int32') || uses(expression, 'index');
}

export function elementwiseProgram(machine: Machine, kernel: ElementwiseKernel): Program {
  const { inputs, output, shape } = kernel;
  const operands = [...inputs, output];
  const wide = isWide(operands, kernel.expression);
  const scalarCount = countScalars(kernel.expression);
  const { expression, constants } = liftConstants(kernel.expression, scalarCount);
  const plan = planLoops(
    shape,
    operands.map(({ strides }) => ({ strides, elementBytes: ELEMENT_BYTES })),
  );
  const { rank, steps } = plan;
  const key = JSON.stringify(['elementwise', rank, steps, operands.map(({ dtype }) => dtype), expression]);
  const native = machine.module(key, (builder) => {
    const power = uses(expression, 'pow') ? powerFunction(builder) : null;
    const loops = nestParameters(rank, operands.length);
    const numbers = Array.from({ length: scalarCount + constants.length }, () => 'f64' as const);
    builder.define(
      [...loops, ...numbers],
      [],
      (f) => {
        const cursors = cursorsOf(
          f,
          rank,
          steps.map((step) => ({ step, elementBytes: ELEMENT_BYTES })),
        );
        const target: Cursor = cursors.at(-1)!;
        const scalars = f.parameters.slice(loops.length);
        if (!wide) {
          const value = f.local('v128');
          const body = (count: 1 | 4): Code => {
            const input = (i: number): Code => cursors[i]!.loadVector(count);
            return [
              value.set(emitVector(f, expression, { input, scalars, power })),
              target.storeVector(count, value),
            ];
          };
          return emitNest(f, { rank, cursors, body, isVector: true });
        }
        const value = f.local('f64');
        const position = f.local('i32');
        const input = (i: number): Code => cursors[i]!.loadDouble(inputs[i]!.dtype);
        const index = f64.convertI32U(position.get);
        const body = (): Code => [
          value.set(emitWide(f, expression, { input, scalars, index, power })),
          storeDouble(target.pointer.get, value, output.dtype),
          position.increase(i32.const(1)),
        ];
        return emitNest(f, { rank, cursors, body, isVector: false });
      },
      'run',
    );
  });
  const nanoseconds = sizeOf(shape) * nanosecondsOf(expression, wide);
  // A position counts from the start of the whole.
  const parts = uses(expression, 'index') ? [plan.args] : splitLoops(machine, plan, nanoseconds);
  const offsets = operands.map(({ offset }) => offset * ELEMENT_BYTES);
  const placed = parts.map((part) => relocated(part, plan.pointerAt, offsets));
  return (pointers, scalars) => {
    const more = scalarCount === 0 ? constants : [...scalars.slice(0, scalarCount), ...constants];
    const calls = placed.map((part) => relocated(part, plan.pointerAt, pointers, more));
    // In place, a call cannot be done twice.
    const isRepeatable = pointers.indexOf(pointers.at(-1)!) === inputs.length;
    machine.run({ native: native.run!, calls, nanoseconds, isRepeatable });
  };
}
