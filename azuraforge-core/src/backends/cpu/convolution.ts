import type {
  Conv2dGeometry,
  Conv2dInputGradientKernel,
  Conv2dKernel,
  Conv2dWeightGradientKernel,
} from '../../kernel.ts';
import { inside } from '../../span.ts';
import type { Program } from './buffer.ts';

/** `count` numbers of the input, `step` apart, that one weight joins to as many neighbours of the output. */
type VisitRow = (inputAt: number, step: number, outputAt: number, weightAt: number, count: number) => void;

/** All products of a convolution, row by row of the output; what would read outside of the input is left out. */
function forEachRow(geometry: Conv2dGeometry, visit: VisitRow): void {
  const { batch, groups, inChannels, outChannels, window } = geometry;
  const [height, width] = geometry.inputSize;
  const [outHeight, outWidth] = geometry.outputSize;
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outChannels; o++) {
      const outPlane = (n * outChannels + o) * outHeight * outWidth;
      const firstChannel = Math.floor(o / groupOut) * groupIn;
      for (let c = 0; c < groupIn; c++) {
        const inPlane = (n * inChannels + firstChannel + c) * height * width;
        for (let i = 0; i < window.size[0]; i++) {
          const top = i * window.dilation[0] - window.padding[0];
          const [fromY, toY] = inside(top, window.stride[0], height, outHeight);
          for (let j = 0; j < window.size[1]; j++) {
            const left = j * window.dilation[1] - window.padding[1];
            const step = window.stride[1];
            const [fromX, toX] = inside(left, step, width, outWidth);
            const weightAt = ((o * groupIn + c) * window.size[0] + i) * window.size[1] + j;
            for (let y = fromY; y < toY; y++) {
              const inputAt = inPlane + (top + y * window.stride[0]) * width + left + fromX * step;
              visit(inputAt, step, outPlane + y * outWidth + fromX, weightAt, toX - fromX);
            }
          }
        }
      }
    }
  }
}

/** Sums in 64 bits, which start as the bias of their channel, or as 0. */
function startSums(
  batch: number,
  channels: number,
  [height, width]: readonly [number, number],
  bias: Float32Array | undefined,
): Float64Array {
  const plane = height * width;
  const sums = new Float64Array(batch * channels * plane);
  if (bias === undefined) return sums;
  for (let p = 0; p < batch * channels; p++) sums.fill(bias[p % channels]!, p * plane, (p + 1) * plane);
  return sums;
}

export function conv2dProgram(kernel: Conv2dKernel): Program {
  const { batch, outChannels, outputSize } = kernel;
  return (buffers) => {
    const [input, weight, ...rest] = buffers.map((buffer) => buffer.float32);
    const sums = startSums(batch, outChannels, outputSize, kernel.bias ? rest[0] : undefined);
    forEachRow(kernel, (inputAt, step, outputAt, weightAt, count) => {
      const factor = weight![weightAt]!;
      for (let t = 0; t < count; t++) sums[outputAt + t]! += factor * input![inputAt + t * step]!;
    });
    rest.at(-1)!.set(sums);
  };
}

export function conv2dInputGradientProgram(kernel: Conv2dInputGradientKernel): Program {
  const { batch, inChannels, inputSize } = kernel;
  return (buffers) => {
    const [gradOutput, weight, ...rest] = buffers.map((buffer) => buffer.float32);
    const sums = startSums(batch, inChannels, inputSize, kernel.bias ? rest[0] : undefined);
    forEachRow(kernel, (inputAt, step, outputAt, weightAt, count) => {
      const factor = weight![weightAt]!;
      for (let t = 0; t < count; t++) sums[inputAt + t * step]! += factor * gradOutput![outputAt + t]!;
    });
    rest.at(-1)!.set(sums);
  };
}

export function conv2dWeightGradientProgram(kernel: Conv2dWeightGradientKernel): Program {
  const { outChannels, inChannels, groups, window } = kernel;
  const size = outChannels * (inChannels / groups) * window.size[0] * window.size[1];
  return (buffers) => {
    const [input, gradOutput, gradWeight] = buffers.map((buffer) => buffer.float32);
    const sums = new Float64Array(size);
    forEachRow(kernel, (inputAt, step, outputAt, weightAt, count) => {
      let sum = 0;
      for (let t = 0; t < count; t++) sum += gradOutput![outputAt + t]! * input![inputAt + t * step]!;
      sums[weightAt]! += sum;
    });
    gradWeight!.set(sums);
  };
}
