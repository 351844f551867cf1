import type { MatmulKernel, MatrixOperand } from '../../kernel.ts';
import type { Shape } from '../../shape.ts';
import { sizeOf } from '../../shape.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import { packedBytes } from './gemm.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';

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
  const count = sizeOf(batch);
  return (pointers) => {
    const output = pointers.at(-1)!;
    if (bias !== null || k === 0) fillRows(machine, output, count * m, n, bias, pointers[2]!);
    if (k === 0) return;
    const { gemm } = machine;
    machine.withScratch(packedBytes(k, n), (scratch) => {
      let packedFrom = -1;
      for (let i = 0; i < count; i++) {
        const right = startOf(i, batch, b);
        // A right factor that is shared by the whole batch is packed once.
        if (right !== packedFrom) {
          gemm.packRight({ ...b, pointer: pointers[1]! + right * ELEMENT_BYTES }, k, n, scratch);
          packedFrom = right;
        }
        const left = { ...a, pointer: pointers[0]! + startOf(i, batch, a) * ELEMENT_BYTES };
        const c = { pointer: output + i * m * n * ELEMENT_BYTES, rowStride: n };
        gemm.multiply(c, left, { pointer: scratch, k, n }, m, bias !== null);
      }
    });
  };
}

/** Sets each row to the bias, or to 0 when there is none. */
function fillRows(
  machine: Machine,
  output: number,
  rows: number,
  n: number,
  bias: MatmulKernel['bias'],
  biasPointer: number,
): void {
  const numbers = new Float32Array(machine.heap.bytes.buffer);
  const first = output / ELEMENT_BYTES;
  if (bias === null) {
    numbers.fill(0, first, first + rows * n);
    return;
  }
  const source = biasPointer / ELEMENT_BYTES + bias.offset;
  for (let j = 0; j < n; j++) numbers[first + j] = numbers[source + j * bias.stride]!;
  for (let row = 1; row < rows; row++) numbers.copyWithin(first + row * n, first, first + n);
}
