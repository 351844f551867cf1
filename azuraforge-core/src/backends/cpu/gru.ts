import type { GruBackwardKernel, GruForwardKernel } from '../../kernel.ts';
import type { Program } from './buffer.ts';
import { multiplyPacked, packRight } from './matmul.ts';

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function gruForwardProgram({ batch, steps, hidden }: GruForwardKernel): Program {
  const width = 3 * hidden;
  const size = { m: batch, n: width, k: hidden };
  return (buffers) => {
    const [projection, weight, bias, h0, output, gates] = buffers.map((buffer) => buffer.float32);
    const sums = new Float32Array(batch * width);
    const transposed = { data: weight!, offset: 0, rowStride: 1, columnStride: hidden };
    const packed = packRight(transposed, hidden, width);
    const start = { data: bias!, offset: 0, stride: 1 };
    for (let t = 0; t < steps; t++) {
      const [data, offset, rowStride] =
        t === 0 ? [h0!, 0, hidden] : [output!, (t - 1) * hidden, steps * hidden];
      const before = { data, offset, rowStride, columnStride: 1 };
      multiplyPacked(sums, { offset: 0, rowStride: width }, before, packed, size, start);
      for (let b = 0; b < batch; b++) {
        const step = b * steps + t;
        for (let j = 0; j < hidden; j++) {
          const from = step * width + j;
          const sum = b * width + j;
          const to = step * 4 * hidden + j;
          const reset = sigmoid(projection![from]! + sums[sum]!);
          const update = sigmoid(projection![from + hidden]! + sums[sum + hidden]!);
          const scaled = sums[sum + 2 * hidden]!;
          const candidate = Math.tanh(projection![from + 2 * hidden]! + reset * scaled);
          gates![to] = reset;
          gates![to + hidden] = update;
          gates![to + 2 * hidden] = candidate;
          gates![to + 3 * hidden] = scaled;
          output![step * hidden + j] = (1 - update) * candidate + update * data[offset + b * rowStride + j]!;
        }
      }
    }
  };
}

export function gruBackwardProgram({ batch, steps, hidden }: GruBackwardKernel): Program {
  const width = 3 * hidden;
  const size = { m: batch, n: hidden, k: width };
  return (buffers) => {
    const [gradOutput, gradLast, weight, gates, output, h0, gradProjection, gradHidden, carried] =
      buffers.map((buffer) => buffer.float32);
    const packed = packRight({ data: weight!, offset: 0, rowStride: hidden, columnStride: 1 }, width, hidden);
    // The gradient of the hidden state goes from one step to the one before it, and ends as that of h0.
    carried!.set(gradLast!.subarray(0, batch * hidden));
    for (let t = steps - 1; t >= 0; t--) {
      for (let b = 0; b < batch; b++) {
        const step = b * steps + t;
        for (let j = 0; j < hidden; j++) {
          const at = step * hidden + j;
          const gate = step * 4 * hidden + j;
          const [reset, update] = [gates![gate]!, gates![gate + hidden]!];
          const [candidate, scaled] = [gates![gate + 2 * hidden]!, gates![gate + 3 * hidden]!];
          const before = t === 0 ? h0![b * hidden + j]! : output![at - hidden]!;
          const gradient = carried![b * hidden + j]! + gradOutput![at]!;
          const gradCandidate = gradient * (1 - update) * (1 - candidate * candidate);
          const gradReset = gradCandidate * scaled * reset * (1 - reset);
          const gradUpdate = gradient * (before - candidate) * update * (1 - update);
          const to = step * width + j;
          for (const [target, last] of [
            [gradProjection!, gradCandidate],
            [gradHidden!, gradCandidate * reset],
          ] as const) {
            target[to] = gradReset;
            target[to + hidden] = gradUpdate;
            target[to + 2 * hidden] = last;
          }
          carried![b * hidden + j] = gradient * update;
        }
      }
      const sums = { data: gradHidden!, offset: t * width, rowStride: steps * width, columnStride: 1 };
      multiplyPacked(carried!, { offset: 0, rowStride: hidden }, sums, packed, size, 'content');
    }
  };
}
