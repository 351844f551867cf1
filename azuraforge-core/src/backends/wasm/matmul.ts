import type { MatmulKernel, MatrixOperand } from '../../kernel.ts';
import type { Shape } from '../../shape.ts';
import { sizeOf } from '../../shape.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import type { MatrixView, Start } from './gemm.ts';
import { packedBytes } from './gemm.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';

/** A product of at least so many multiply-adds is shared by all threads, smaller ones of a stack are done side by side. */
const LARGE = 1 << 24;

/** Where matrix number `index` of a stack starts, in elements. */
function startOf(index: number, batch: Shape, operand: MatrixOperand): number {
  let rest = index;
  let start = operand.offset;
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    start += (rest % batch[axis]!) * operand.batchStrides[axis]!;
    rest = Math.floor(rest / batch[axis]!);
  }
  return start;
}

export function matmulProgram(machine: Machine, kernel: MatmulKernel): Program {
  const { batch, m, n, k, a, b, bias } = kernel;
  const starts = Array.from({ length: sizeOf(batch) }, (_, i) => ({
    a: startOf(i, batch, a) * ELEMENT_BYTES,
    b: startOf(i, batch, b) * ELEMENT_BYTES,
    c: i * m * n * ELEMENT_BYTES,
  }));
  const isRightShared = starts.every((start) => start.b === starts[0]!.b);
  return (pointers) => {
    const output = pointers.at(-1)!;
    const start: Start =
      bias === null ? 'zero' : { pointer: pointers[2]! + bias.offset * ELEMENT_BYTES, stride: bias.stride };
    if (k === 0) {
      machine.gemm.fillRows({ pointer: output, rowStride: n }, starts.length * m, n, start);
      return;
    }
    const left = (offset: number): MatrixView => ({ ...a, pointer: pointers[0]! + offset });
    const right = (offset: number): MatrixView => ({ ...b, pointer: pointers[1]! + offset });
    const products = starts.map((own) => ({
      a: left(own.a),
      b: right(own.b),
      c: { pointer: output + own.c, rowStride: n },
    }));
    const { gemm } = machine;
    if (!isRightShared && m * n * k < LARGE) {
      gemm.multiplyAll(products, { m, k, n }, start);
      return;
    }
    machine.withScratch(packedBytes(k, n), (scratch) => {
      for (const [first, ...others] of isRightShared ? [products] : products.map((product) => [product])) {
        const packed = gemm.packRight(first!.b, k, n, scratch);
        gemm.multiply([first!, ...others], packed, m, start);
      }
    });
  };
}
