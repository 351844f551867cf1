import type { ElementwiseKernel } from '../../kernel.ts';
import { sizeOf } from '../../shape.ts';
import type { Program } from './buffer.ts';
import { CHUNK, compileExpression } from './expression.ts';
import { StridedWalk } from './walk.ts';

type Numbers = Float32Array | Int32Array;

/** Loads the next `count` elements of an operand. */
export function load(out: Float64Array, source: Numbers, walk: StridedWalk, count: number): void {
  const { stride } = walk;
  for (let done = 0; done < count;) {
    const run = walk.take(count - done);
    const end = done + run;
    let position = walk.position;
    if (stride === 1) {
      for (; done < end; done++, position++) out[done] = source[position]!;
    } else if (stride === 0) {
      out.fill(source[position]!, done, end);
      done = end;
    } else {
      for (; done < end; done++, position += stride) out[done] = source[position]!;
    }
  }
}

function store(target: Numbers, values: Float64Array, walk: StridedWalk, count: number): void {
  const { stride } = walk;
  for (let done = 0; done < count;) {
    const run = walk.take(count - done);
    const end = done + run;
    let position = walk.position;
    for (; done < end; done++, position += stride) target[position] = values[done]!;
  }
}

export function elementwiseProgram(kernel: ElementwiseKernel): Program {
  const size = sizeOf(kernel.shape);
  const expression = compileExpression(kernel.expression, kernel.inputs.length);
  const walks = kernel.inputs.map((operand) => new StridedWalk(kernel.shape, operand));
  const outputWalk = new StridedWalk(kernel.shape, kernel.output);

  return (buffers, scalars) => {
    const sources = kernel.inputs.map((operand, i) => buffers[i]!.view(operand.dtype));
    const target = buffers[kernel.inputs.length]!.view(kernel.output.dtype);
    for (const walk of walks) walk.rewind();
    outputWalk.rewind();
    expression.start(scalars, Math.min(size, CHUNK));
    for (let first = 0; first < size; first += CHUNK) {
      const count = Math.min(CHUNK, size - first);
      for (const [i, walk] of walks.entries()) load(expression.inputs[i]!, sources[i]!, walk, count);
      expression.step(first, count);
      store(target, expression.result, outputWalk, count);
    }
  };
}
