import type {
  Conv2dGeometry,
  Conv2dInputGradientKernel,
  Conv2dKernel,
  Conv2dWeightGradientKernel,
} from '../../kernel.ts';
import { Canvas } from './convolution/canvas.ts';
import type { Correlation, Part } from './convolution/correlation.ts';
import { correlationProgram } from './convolution/correlation.ts';
import { convolutionModule, panelsOf } from './convolution/loops.ts';
import { ScratchPlan } from './convolution/scratch.ts';
import { blockDepth, packedBytes } from './gemm.ts';
import { FLOAT_BYTES, TILE_COLUMNS, TILE_ROW_BYTES } from './gemm/tile.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';

/** 0, step, 2·step, … */
function every(step: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => i * step);
}

/** What a window sees of the input, from its first place to its last. */
function inputCanvas({ inputSize, outputSize, window }: Conv2dGeometry): Canvas {
  const { size, stride, padding, dilation } = window;
  const extent = ([0, 1] as const).map(
    (axis) => (outputSize[axis] - 1) * stride[axis] + (size[axis] - 1) * dilation[axis] + 1,
  ) as [number, number];
  return new Canvas(inputSize, padding, extent);
}

/** On the input's canvas: where the window begins for each place of the output, and its taps in the channels of a group. */
function windowsOf(geometry: Conv2dGeometry, canvas: Canvas) {
  const { groups, inChannels, outputSize, window } = geometry;
  const { size, stride, dilation } = window;
  return {
    places: canvas.distances(1, every(stride[0], outputSize[0]), every(stride[1], outputSize[1])),
    taps: canvas.distances(inChannels / groups, every(dilation[0], size[0]), every(dilation[1], size[1])),
  };
}

export function conv2dProgram(machine: Machine, kernel: Conv2dKernel): Program {
  const canvas = inputCanvas(kernel);
  const { places, taps } = windowsOf(kernel, canvas);
  return correlationProgram(machine, {
    batch: kernel.batch,
    groups: kernel.groups,
    bias: kernel.bias,
    source: { channels: kernel.inChannels / kernel.groups, size: kernel.inputSize },
    target: { channels: kernel.outChannels / kernel.groups, size: kernel.outputSize },
    canvas,
    parts: [
      {
        places,
        taps,
        weights: Int32Array.from(taps, (_, tap) => tap * FLOAT_BYTES),
        spread: null,
      },
    ],
    weightBytes: {
      channel: taps.length * FLOAT_BYTES,
      group: (kernel.outChannels / kernel.groups) * taps.length * FLOAT_BYTES,
    },
  });
}

/** Along one axis: the positions of the input that have the same rest, and which taps reach them from where. */
interface Phase {
  readonly first: number;
  readonly count: number;
  readonly taps: readonly { readonly tap: number; readonly from: number }[];
}

/**
 * Position first + q·stride of the input is reached by tap t from position q + from of the output, if
 * first + padding − t·dilation is from·stride. Which taps do, and from where, is the same for all positions of a phase.
 */
function phasesOf({ inputSize, window }: Conv2dGeometry, axis: 0 | 1): Phase[] {
  const [stride, padding, dilation] = [window.stride[axis], window.padding[axis], window.dilation[axis]];
  const length = inputSize[axis];
  return every(1, Math.min(stride, length)).map((first) => ({
    first,
    count: Math.ceil((length - first) / stride),
    taps: every(1, window.size[axis])
      .map((tap) => ({ tap, from: (first + padding - tap * dilation) / stride }))
      .filter(({ from }) => Number.isInteger(from)),
  }));
}

/** The gradient of the input is a correlation of stride 1 for each pair of phases, with a part of the window turned round. */
export function conv2dInputGradientProgram(machine: Machine, kernel: Conv2dInputGradientKernel): Program {
  const { groups, inChannels, outChannels, window } = kernel;
  const axes = [phasesOf(kernel, 0), phasesOf(kernel, 1)] as const;
  const lowest = axes.map((phases) =>
    Math.min(0, ...phases.flatMap(({ taps }) => taps.map(({ from }) => from))),
  );
  const highest = axes.map((phases) =>
    Math.max(0, ...phases.flatMap(({ taps, count }) => taps.map(({ from }) => from + count - 1))),
  );
  const origin = [-lowest[0]!, -lowest[1]!] as const;
  const canvas = new Canvas(kernel.outputSize, origin, [
    highest[0]! - lowest[0]! + 1,
    highest[1]! - lowest[1]! + 1,
  ]);
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  const area = window.size[0] * window.size[1];
  const width = kernel.inputSize[1];
  const isWhole = window.stride.every((step) => step === 1);
  const parts = axes[0].flatMap((vertical) =>
    axes[1].map((horizontal): Part => {
      const weights = Array.from({ length: groupOut }, (_, channel) =>
        vertical.taps.flatMap(({ tap: i }) =>
          horizontal.taps.map(
            ({ tap: j }) => (channel * groupIn * area + i * window.size[1] + j) * FLOAT_BYTES,
          ),
        ),
      );
      return {
        places: canvas.distances(1, every(1, vertical.count), every(1, horizontal.count)),
        taps: canvas.distances(
          groupOut,
          vertical.taps.map(({ from }) => from + origin[0]),
          horizontal.taps.map(({ from }) => from + origin[1]),
        ),
        weights: Int32Array.from(weights.flat()),
        spread: isWhole
          ? null
          : {
              first: (vertical.first * width + horizontal.first) * FLOAT_BYTES,
              rows: vertical.count,
              columns: horizontal.count,
              rowBytes: window.stride[0] * width * FLOAT_BYTES,
              columnBytes: window.stride[1] * FLOAT_BYTES,
            },
      };
    }),
  );
  const correlation: Correlation = {
    batch: kernel.batch,
    groups,
    bias: kernel.bias,
    source: { channels: groupOut, size: kernel.outputSize },
    target: { channels: groupIn, size: kernel.inputSize },
    canvas,
    parts,
    weightBytes: { channel: area * FLOAT_BYTES, group: groupOut * groupIn * area * FLOAT_BYTES },
  };
  return correlationProgram(machine, correlation);
}

/** Here a row of a tile is a tap and a step a place of the output, over which the products are summed. */
export function conv2dWeightGradientProgram(machine: Machine, kernel: Conv2dWeightGradientKernel): Program {
  const { batch, groups, inChannels, outChannels, inputSize } = kernel;
  const canvas = inputCanvas(kernel);
  const { places, taps } = windowsOf(kernel, canvas);
  const native = convolutionModule(machine);
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  const panelBytes = taps.length * TILE_ROW_BYTES;
  const panelCount = Math.ceil(groupOut / TILE_COLUMNS);
  const rowPanels = panelsOf(machine, taps.length);
  const depth = blockDepth(places.length);
  const inputBytes = inChannels * inputSize[0] * inputSize[1] * FLOAT_BYTES;

  const plan = new ScratchPlan();
  const canvasAt = plan.reserve(canvas.bytes(inChannels));
  const placesAt = plan.table(places);
  const tapsAt = plan.table(taps);
  const packedAt = plan.reserve(packedBytes(places.length, groupOut));
  const sumsAt = plan.reserve(groups * panelCount * panelBytes);

  return ([input, gradOutput, gradWeight]) =>
    plan.run(machine, (base) => {
      canvas.clear(machine, base + canvasAt, inChannels);
      const sums = base + sumsAt;
      machine.heap.bytes.fill(0, sums, sums + groups * panelCount * panelBytes);
      for (let n = 0; n < batch; n++) {
        const image = canvas.draw(machine, base + canvasAt, input! + n * inputBytes, inChannels);
        for (let g = 0; g < groups; g++) {
          const upstream = gradOutput! + (n * outChannels + g * groupOut) * places.length * FLOAT_BYTES;
          const matrix = { pointer: upstream, rowStride: 1, columnStride: places.length };
          machine.gemm.packRight(matrix, places.length, groupOut, base + packedAt);
          for (let start = 0; start < places.length; start += depth) {
            const steps = Math.min(depth, places.length - start);
            for (let panel = 0; panel < panelCount; panel++) {
              native.toRows!(
                base + tapsAt,
                image + g * groupIn * canvas.planeLength * FLOAT_BYTES,
                base + placesAt + start * FLOAT_BYTES,
                base + packedAt + packedBytes(start, groupOut) + panel * steps * TILE_ROW_BYTES,
                steps,
                sums + (g * panelCount + panel) * panelBytes,
                ...rowPanels,
              );
            }
          }
        }
      }
      for (let g = 0; g < groups; g++) {
        for (let panel = 0; panel < panelCount; panel++) {
          const channel = panel * TILE_COLUMNS;
          native.moveNumbers!(
            gradWeight! + (g * groupOut + channel) * taps.length * FLOAT_BYTES,
            sums + (g * panelCount + panel) * panelBytes,
            Math.min(TILE_COLUMNS, groupOut - channel),
            taps.length,
            taps.length * FLOAT_BYTES,
            FLOAT_BYTES,
            FLOAT_BYTES,
            TILE_ROW_BYTES,
          );
        }
      }
    });
}
