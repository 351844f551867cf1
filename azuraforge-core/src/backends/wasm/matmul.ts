import type { MatmulKernel, MatrixOperand } from '../../kernel.ts';
import type { Shape } from '../../shape.ts';
import { sizeOf } from '../../shape.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import { PACKING_POINTERS, packedBytes, PRODUCT_POINTERS, SEPARATE_POINTERS } from './gemm.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';
import { relocated } from './program.ts';
import type { Job } from './threads.ts';

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

/** A job whose calls have addresses counted from the start of the buffers, in place. */
function placed(job: Job, at: readonly number[], pointers: readonly number[]): Job {
  return { ...job, calls: job.calls.map((args) => relocated(args, at, pointers)) };
}

export function matmulProgram(machine: Machine, kernel: MatmulKernel): Program {
  const { batch, m, n, k, a, b } = kernel;
  const { gemm } = machine;
  const products = Array.from({ length: sizeOf(batch) }, (_, i) => ({
    a: { ...a, pointer: startOf(i, batch, a) * ELEMENT_BYTES },
    b: { ...b, pointer: startOf(i, batch, b) * ELEMENT_BYTES },
    c: { pointer: i * m * n * ELEMENT_BYTES, rowStride: n },
  }));
  const bias = kernel.bias && { pointer: kernel.bias.offset * ELEMENT_BYTES, stride: kernel.bias.stride };
  const biasOf = (pointers: readonly number[]): number => (bias === null ? 0 : pointers[2]!);
  if (k === 0) {
    return (pointers) => {
      const c = { pointer: pointers.at(-1)!, rowStride: n };
      const own = bias && { ...bias, pointer: biasOf(pointers) + bias.pointer };
      gemm.fillRows(c, products.length * m, n, own);
    };
  }
  const isShared = products.every((product) => product.b.pointer === products[0]!.b.pointer);
  if (m * n * k < LARGE && (!isShared || products.length === 1)) {
    const job = gemm.separateProducts(products, { m, k, n }, bias);
    return (pointers) =>
      machine.run(
        placed(job, SEPARATE_POINTERS, [pointers[1]!, pointers.at(-1)!, pointers[0]!, biasOf(pointers)]),
      );
  }
  const groups = (isShared ? [products] : products.map((product) => [product])).map((group) => ({
    packing: gemm.packing(group[0]!.b, k, n, 0),
    job: gemm.products(group, { pointer: 0, k, n }, m, bias),
  }));
  return (pointers) =>
    machine.withScratch(packedBytes(k, n), (scratch) => {
      for (const { packing, job } of groups) {
        machine.run(placed(packing, PACKING_POINTERS, [scratch, pointers[1]!]));
        const own = [pointers.at(-1)!, pointers[0]!, scratch, biasOf(pointers)];
        machine.run(placed(job, PRODUCT_POINTERS, own));
      }
    });
}
