import type { LstmBackwardKernel, LstmForwardKernel } from '../../kernel.ts';
import type { Program } from './buffer.ts';
import { multiplyPacked, packRight } from './matmul.ts';

export function lstmForwardProgram({ batch, steps, hidden }: LstmForwardKernel): Program {
  const width = 4 * hidden;
  return (buffers) => {
    const [projection, weight, h0, c0, output, gates, cells] = buffers.map((buffer) => buffer.float32);
    gates!.set(projection!.subarray(0, batch * steps * width));
    const transposed = { data: weight!, offset: 0, rowStride: 1, columnStride: hidden };
    const packed = packRight(transposed, hidden, width);
    for (let t = 0; t < steps; t++) {
      const before =
        t === 0
          ? { data: h0!, offset: 0, rowStride: hidden, columnStride: 1 }
          : { data: output!, offset: (t - 1) * hidden, rowStride: steps * hidden, columnStride: 1 };
      const target = { offset: t * width, rowStride: steps * width };
      multiplyPacked(gates!, target, before, packed, { m: batch, n: width, k: hidden }, 'content');
      for (let b = 0; b < batch; b++) {
        const step = b * steps + t;
        const cellBefore = t === 0 ? c0! : cells!;
        const beforeAt = t === 0 ? b * hidden : (step - 1) * hidden;
        activateCell(gates!, step * width, cellBefore, beforeAt, cells!, output!, step * hidden, hidden);
      }
    }
  };
}

/** One step of one sequence: turns the four sums per unit into gates, the new cell and the new output. */
function activateCell(
  gates: Float32Array,
  gatesAt: number,
  cellBefore: Float32Array,
  beforeAt: number,
  cells: Float32Array,
  output: Float32Array,
  at: number,
  hidden: number,
): void {
  for (let j = 0; j < hidden; j++) {
    const i = gatesAt + j;
    const f = i + hidden;
    const g = f + hidden;
    const o = g + hidden;
    const inputGate = 1 / (1 + Math.exp(-gates[i]!));
    const forgetGate = 1 / (1 + Math.exp(-gates[f]!));
    const candidate = Math.tanh(gates[g]!);
    const outputGate = 1 / (1 + Math.exp(-gates[o]!));
    const cell = forgetGate * cellBefore[beforeAt + j]! + inputGate * candidate;
    gates[i] = inputGate;
    gates[f] = forgetGate;
    gates[g] = candidate;
    gates[o] = outputGate;
    cells[at + j] = cell;
    output[at + j] = outputGate * Math.tanh(cell);
  }
}

export function lstmBackwardProgram({ batch, steps, hidden }: LstmBackwardKernel): Program {
  const width = 4 * hidden;
  return (buffers) => {
    const [
      gradOutput,
      gradLastHidden,
      gradLastCell,
      weight,
      gates,
      cells,
      c0,
      gradProjection,
      gradHidden,
      gradCell,
    ] = buffers.map((buffer) => buffer.float32);
    const packed = packRight({ data: weight!, offset: 0, rowStride: hidden, columnStride: 1 }, width, hidden);
    // gradHidden and gradCell carry the gradient from one step to the one before it, and end as those of h0 and c0.
    gradHidden!.set(gradLastHidden!.subarray(0, batch * hidden));
    gradCell!.set(gradLastCell!.subarray(0, batch * hidden));
    for (let t = steps - 1; t >= 0; t--) {
      for (let b = 0; b < batch; b++) {
        const step = b * steps + t;
        const at = step * hidden;
        const cellBefore = t === 0 ? c0! : cells!;
        const beforeAt = t === 0 ? b * hidden : at - hidden;
        for (let j = 0; j < hidden; j++) {
          const i = step * width + j;
          const f = i + hidden;
          const g = f + hidden;
          const o = g + hidden;
          const carry = b * hidden + j;
          const [inputGate, forgetGate, candidate, outputGate] = [
            gates![i]!,
            gates![f]!,
            gates![g]!,
            gates![o]!,
          ];
          const cellTanh = Math.tanh(cells![at + j]!);
          const gradH = gradHidden![carry]! + gradOutput![at + j]!;
          const gradC = gradCell![carry]! + gradH * outputGate * (1 - cellTanh * cellTanh);
          gradProjection![i] = gradC * candidate * inputGate * (1 - inputGate);
          gradProjection![f] = gradC * cellBefore[beforeAt + j]! * forgetGate * (1 - forgetGate);
          gradProjection![g] = gradC * inputGate * (1 - candidate * candidate);
          gradProjection![o] = gradH * cellTanh * outputGate * (1 - outputGate);
          gradCell![carry] = gradC * forgetGate;
        }
      }
      const gradGates = {
        data: gradProjection!,
        offset: t * width,
        rowStride: steps * width,
        columnStride: 1,
      };
      const target = { offset: 0, rowStride: hidden };
      multiplyPacked(gradHidden!, target, gradGates, packed, { m: batch, n: hidden, k: width }, null);
    }
  };
}
