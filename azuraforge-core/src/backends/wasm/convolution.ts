import type {
  Conv2dGeometry,
  Conv2dInputGradientKernel,
  Conv2dKernel,
  Conv2dWeightGradientKernel,
} from '../../kernel.ts';
import type { Images } from './convolution/canvas.ts';
import { Canvas, COPIED_PER_NANOSECOND, every, imagesAtATime } from './convolution/canvas.ts';
import type { Correlation, Part } from './convolution/correlation.ts';
import { correlationProgram } from './convolution/correlation.ts';
import { convolutionModule } from './convolution/module.ts';
import { ScratchPlan } from './scratch.ts';
import { planTiles, tileCount } from './convolution/tile.ts';
import { blockDepth, MULTIPLY_ADDS_PER_NANOSECOND } from './gemm.ts';
import { FLOAT_BYTES, TILE_COLUMNS, TILE_ROW_BYTES } from './gemm/tile.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';

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
    places: canvas.distances(1, every(outputSize[0], stride[0]), every(outputSize[1], stride[1])),
    taps: canvas.distances(inChannels / groups, every(size[0], dilation[0]), every(size[1], dilation[1])),
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
  return every(Math.min(stride, length)).map((first) => ({
    first,
    count: Math.ceil((length - first) / stride),
    taps: every(window.size[axis])
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
        places: canvas.distances(1, every(vertical.count), every(horizontal.count)),
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

/** Sums that are made side by side, at least: what few panels of channels lack in number, parts of the images make up for. */
const SUMS = 32;

/** Here a row of a tile is a tap and a step a place of the output, over which the products are summed. */
export function conv2dWeightGradientProgram(machine: Machine, kernel: Conv2dWeightGradientKernel): Program {
  const { batch, groups, inChannels, outChannels, inputSize } = kernel;
  const native = convolutionModule(machine);
  const canvas = inputCanvas(kernel);
  const { places, taps } = windowsOf(kernel, canvas);
  const tiles = planTiles(machine, taps);
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  const inputBytes = inChannels * inputSize[0] * inputSize[1] * FLOAT_BYTES;
  const panelBytes = taps.length * TILE_ROW_BYTES;
  const block = blockDepth(places.length);
  const images = imagesAtATime(batch, canvas.bytes(inChannels));
  /** Each panel of output channels, the last one of a group perhaps with fewer than eight. */
  const panels = every(groups).flatMap((group) =>
    every(Math.ceil(groupOut / TILE_COLUMNS), TILE_COLUMNS).map((channel) => ({
      group,
      channel: group * groupOut + channel,
      channels: Math.min(TILE_COLUMNS, groupOut - channel),
    })),
  );
  // Not by the number of threads, which must not change the order of additions.
  const partImages = Math.ceil(images / Math.ceil(SUMS / panels.length));
  const parts = every(Math.ceil(images / partImages), partImages);

  const plan = new ScratchPlan();
  const canvasAt = plan.reserve(canvas.bytes(images * inChannels));
  const [placesAt, tapsAt, tilesAt] = [places, taps, tiles].map((words) => plan.table(words));
  const zerosAt = plan.table(new Int32Array(TILE_COLUMNS));
  const sumsAt = plan.reserve(panels.length * parts.length * panelBytes);

  const sum = (base: number, drawn: Images, gradOutput: number, count: number, isFirst: boolean): void => {
    machine.run({
      native: native.sumWeights!,
      calls: parts
        .filter((first) => first < count)
        .flatMap((first, part) =>
          panels.map(({ group, channel, channels }, i) => [
            base + tilesAt!,
            tileCount(tiles),
            base + tapsAt!,
            drawn.pointer + first * drawn.imageBytes + group * groupIn * canvas.planeLength * FLOAT_BYTES,
            drawn.imageBytes,
            Math.min(partImages, count - first),
            base + placesAt!,
            places.length,
            block,
            gradOutput + (first * outChannels + channel) * places.byteLength,
            outChannels * places.byteLength,
            places.byteLength,
            channels,
            base + sumsAt + (part * panels.length + i) * panelBytes,
            isFirst ? 0 : 1,
          ]),
        ),
      nanoseconds: (count * outChannels * places.length * taps.length) / MULTIPLY_ADDS_PER_NANOSECOND,
      scratchBytes: block * TILE_ROW_BYTES,
      isRepeatable: isFirst,
    });
  };

  return ([input, gradOutput, gradWeight]) =>
    plan.run(machine, (base) => {
      for (let n = 0; n < batch; n += images) {
        const count = Math.min(images, batch - n);
        const drawn = canvas.draw(machine, base + canvasAt, input! + n * inputBytes, count, inChannels);
        sum(base, drawn, gradOutput! + n * outChannels * places.byteLength, count, n === 0);
      }
      machine.run({
        native: native.joinWeights!,
        calls: panels.map(({ channel, channels }, i) => [
          gradWeight! + channel * taps.byteLength,
          taps.byteLength,
          base + sumsAt + i * panelBytes,
          panels.length * panelBytes,
          parts.length,
          taps.length,
          channels,
          base + zerosAt,
        ]),
        nanoseconds: (outChannels * taps.length * parts.length) / COPIED_PER_NANOSECOND,
        scratchBytes: panelBytes,
      });
    });
}
