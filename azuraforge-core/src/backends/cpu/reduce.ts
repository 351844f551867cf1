import type { ReduceKernel, Reducer } from '../../kernel.ts';
import { sizeOf } from '../../shape.ts';
import type { Program } from './buffer.ts';
import { load } from './elementwise.ts';
import { CHUNK, compileExpression } from './expression.ts';
import { StridedWalk } from './walk.ts';

const START: Record<Reducer, number> = {
  sum: 0,
  max: -Infinity,
  min: Infinity,
  argmax: -Infinity,
  argmin: Infinity,
};

interface Totals {
  /** Best or summed value per output element. */
  readonly values: Float64Array;
  /** For argmax and argmin: where the best value was, and how many values have been seen. */
  readonly positions: Float64Array;
  readonly seen: Float64Array;
}

type Fold = (
  totals: Totals,
  values: Float64Array,
  from: number,
  to: number,
  position: number,
  stride: number,
) => void;

function foldSum(
  { values: totals }: Totals,
  values: Float64Array,
  from: number,
  to: number,
  position: number,
  stride: number,
): void {
  if (stride === 0) {
    let total = totals[position]!;
    for (let i = from; i < to; i++) total += values[i]!;
    totals[position] = total;
    return;
  }
  for (let i = from, at = position; i < to; i++, at += stride) totals[at]! += values[i]!;
}

function foldMax(
  { values: totals }: Totals,
  values: Float64Array,
  from: number,
  to: number,
  position: number,
  stride: number,
): void {
  for (let i = from, at = position; i < to; i++, at += stride) totals[at] = Math.max(totals[at]!, values[i]!);
}

function foldMin(
  { values: totals }: Totals,
  values: Float64Array,
  from: number,
  to: number,
  position: number,
  stride: number,
): void {
  for (let i = from, at = position; i < to; i++, at += stride) totals[at] = Math.min(totals[at]!, values[i]!);
}

function foldPosition(sign: 1 | -1): Fold {
  return ({ values: totals, positions, seen }, values, from, to, position, stride) => {
    for (let i = from, at = position; i < to; i++, at += stride) {
      const [value, best] = [values[i]!, totals[at]!];
      const isFirst = seen[at] === 0;
      if (isFirst || sign * value > sign * best || (Number.isNaN(value) && !Number.isNaN(best))) {
        totals[at] = value;
        positions[at] = seen[at]!;
      }
      seen[at]! += 1;
    }
  };
}

const FOLD: Record<Reducer, Fold> = {
  sum: foldSum,
  max: foldMax,
  min: foldMin,
  argmax: foldPosition(1),
  argmin: foldPosition(-1),
};

/**
 * Reads the inputs in the order in which they lie in memory, whichever axes are reduced, and adds each value to the total
 * it belongs to: along reduced axes the output's stride is 0.
 */
export function reduceProgram(kernel: ReduceKernel): Program {
  const size = sizeOf(kernel.shape);
  const outputSize = sizeOf(kernel.shape.filter((_, axis) => !kernel.reduced[axis]));
  const expression = compileExpression(kernel.expression, kernel.inputs.length);
  const finish = kernel.finish === null ? null : compileExpression(kernel.finish, 1);
  const walks = kernel.inputs.map((operand) => new StridedWalk(kernel.shape, operand));
  const outputWalk = new StridedWalk(kernel.shape, kernel.output);
  const fold = FOLD[kernel.reducer];
  const keepsPosition = kernel.reducer === 'argmax' || kernel.reducer === 'argmin';

  return (buffers, scalars) => {
    const sources = kernel.inputs.map((operand, i) => buffers[i]!.view(operand.dtype));
    const target = buffers[kernel.inputs.length]!.view(kernel.output.dtype);
    const totals: Totals = {
      values: new Float64Array(outputSize).fill(START[kernel.reducer]),
      positions: new Float64Array(keepsPosition ? outputSize : 0),
      seen: new Float64Array(keepsPosition ? outputSize : 0),
    };
    for (const walk of walks) walk.rewind();
    outputWalk.rewind();
    expression.start(scalars, Math.min(size, CHUNK));
    for (let first = 0; first < size; first += CHUNK) {
      const count = Math.min(CHUNK, size - first);
      for (const [i, walk] of walks.entries()) load(expression.inputs[i]!, sources[i]!, walk, count);
      expression.step(first, count);
      for (let done = 0; done < count;) {
        const run = outputWalk.take(count - done);
        fold(totals, expression.result, done, done + run, outputWalk.position, outputWalk.stride);
        done += run;
      }
    }
    const results = keepsPosition ? totals.positions : totals.values;
    if (finish === null) {
      target.set(results, kernel.output.offset);
      return;
    }
    finish.start(scalars, Math.min(outputSize, CHUNK));
    for (let first = 0; first < outputSize; first += CHUNK) {
      const part = results.subarray(first, first + CHUNK);
      finish.inputs[0]!.set(part);
      finish.step(first, part.length);
      target.set(finish.result.subarray(0, part.length), kernel.output.offset + first);
    }
  };
}
