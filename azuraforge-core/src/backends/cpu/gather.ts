import { TensorError } from '../../error.ts';
import type { GatherKernel, Operand, ScatterAddKernel } from '../../kernel.ts';
import type { Shape } from '../../shape.ts';
import { contiguousStrides, sizeOf } from '../../shape.ts';
import type { CpuBuffer, Program } from './buffer.ts';

/** Calls `visit` for each index of `shape` with the positions in two operands. */
function forEachPair(shape: Shape, a: Operand, b: Operand, visit: (a: number, b: number) => void): void {
  const index = shape.map(() => 0);
  const size = sizeOf(shape);
  let [atA, atB] = [a.offset, b.offset];
  for (let done = 0; done < size; done++) {
    visit(atA, atB);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      atA += a.strides[axis]!;
      atB += b.strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      atA -= shape[axis]! * a.strides[axis]!;
      atB -= shape[axis]! * b.strides[axis]!;
      index[axis] = 0;
    }
  }
}

/** Looks an index up and refuses one that lies outside. */
function pick(buffer: CpuBuffer, position: number, length: number): number {
  const index = buffer.int32[position]!;
  if (index < 0 || index >= length) {
    throw new TensorError('INDEX_OUT_OF_RANGE', `index ${index} is outside an axis of length ${length}`, {
      op: 'gather',
      details: { index, length },
    });
  }
  return index;
}

/** The operand without its stride along `axis`, which the index replaces. */
function withoutAxis(operand: Operand, axis: number): Operand {
  return { ...operand, strides: operand.strides.map((stride, i) => (i === axis ? 0 : stride)) };
}

export function gatherProgram(kernel: GatherKernel): Program {
  const { shape, axis, length } = kernel;
  const base = withoutAxis(kernel.source, axis);
  const step = kernel.source.strides[axis]!;
  return ([sourceBuffer, indexBuffer, outputBuffer]) => {
    const source = sourceBuffer!.view(kernel.source.dtype);
    const output = outputBuffer!.view(kernel.source.dtype);
    let next = 0;
    forEachPair(shape, base, kernel.index, (at, indexAt) => {
      output[next++] = source[at + pick(indexBuffer!, indexAt, length) * step]!;
    });
  };
}

export function scatterAddProgram(kernel: ScatterAddKernel): Program {
  const { shape, axis, outputShape } = kernel;
  const strides = contiguousStrides(outputShape);
  const target = withoutAxis({ dtype: 'float32', strides, offset: 0 }, axis);
  const step = strides[axis]!;
  const length = outputShape[axis]!;
  return ([sourceBuffer, indexBuffer, outputBuffer]) => {
    const source = sourceBuffer!.float32;
    // Sums are kept in 64 bits until the end, as everywhere on this device.
    const totals = new Float64Array(sizeOf(outputShape));
    const sources = new Float64Array(sizeOf(shape));
    let next = 0;
    forEachPair(shape, kernel.source, kernel.index, (at) => {
      sources[next++] = source[at]!;
    });
    next = 0;
    forEachPair(shape, target, kernel.index, (at, indexAt) => {
      totals[at + pick(indexBuffer!, indexAt, length) * step]! += sources[next++]!;
    });
    outputBuffer!.float32.set(totals);
  };
}
