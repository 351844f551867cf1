import type { MatmulKernel, MatrixOperand } from '../../kernel.ts';
import type { Shape } from '../../shape.ts';
import { sizeOf } from '../../shape.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import type { BiasView, Gemm, MatrixView, RowsView } from './gemm.ts';
import {
  PACKING_POINTERS,
  packedBytes,
  PRODUCT_POINTERS,
  SEPARATE_POINTERS,
  VECTOR_POINTERS,
} from './gemm.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';
import { relocated } from './program.ts';
import type { Job } from './threads.ts';

/** A product of at least so many multiply-adds is shared by all threads. */
const LARGE = 1 << 19;
/** Those of a stack are done side by side when they are smaller than this. */
const LARGE_OF_MANY = 1 << 24;

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

interface Product {
  readonly a: MatrixView;
  readonly b: MatrixView;
  readonly c: RowsView;
}

/** Products with a single row or column as those of a matrix and a vector, when both lie in order; null otherwise. */
function vectorJob(
  gemm: Gemm,
  products: readonly Product[],
  { m, n, k, a, b }: MatmulKernel,
  bias: BiasView | null,
): Job | null {
  const isColumn = n === 1;
  if (!isColumn && m !== 1) return null;
  const [matrix, step] = isColumn ? [a, b.rowStride] : [turned(b), a.columnStride];
  const inOrder = k === 1 || step === 1;
  if (!inOrder || (matrix.rowStride !== 1 && matrix.columnStride !== 1) || products.length === 0) return null;
  return gemm.vectorProducts(
    products.map((product) => ({
      y: product.c.pointer,
      matrix: isColumn ? product.a : turned(product.b),
      x: isColumn ? product.b.pointer : product.a.pointer,
    })),
    isColumn ? m : n,
    k,
    // A product of one column has one bias for all its rows.
    bias && isColumn ? { ...bias, stride: 0 } : bias,
  );
}

/** A matrix with its rows and columns exchanged. */
function turned<T extends { readonly rowStride: number; readonly columnStride: number }>(matrix: T): T {
  return { ...matrix, rowStride: matrix.columnStride, columnStride: matrix.rowStride };
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
  const vector = vectorJob(gemm, products, kernel, bias);
  if (vector !== null) {
    return (pointers) => {
      const [y, a0, b0] = [pointers.at(-1)!, pointers[0]!, pointers[1]!];
      const own = n === 1 ? [y, a0, b0, biasOf(pointers)] : [y, b0, a0, biasOf(pointers)];
      machine.run(placed(vector, VECTOR_POINTERS, own));
    };
  }
  const isShared = products.every((product) => product.b.pointer === products[0]!.b.pointer);
  const isOne = products.length === 1;
  if (m * n * k < (isOne ? LARGE : LARGE_OF_MANY) && (isOne || !isShared)) {
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
