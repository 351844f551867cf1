import { blockDepth, MULTIPLY_ADDS_PER_NANOSECOND } from '../gemm.ts';
import { FLOAT_BYTES, TILE_COLUMNS, TILE_ROW_BYTES } from '../gemm/tile.ts';
import type { Machine } from '../machine.ts';
import type { Program } from '../program.ts';
import type { Canvas, Images } from './canvas.ts';
import { COPIED_PER_NANOSECOND, every, imagesAtATime } from './canvas.ts';
import { convolutionModule } from './module.ts';
import { ScratchPlan } from '../scratch.ts';
import { planTiles, tileCount } from './tile.ts';

/** Some places of the target planes, which all have the same taps. Distances are in bytes. */
export interface Part {
  /** Where the window begins on the canvas, for each place. */
  readonly places: Int32Array;
  /** From there to each number of the source that counts, in all channels of a group. */
  readonly taps: Int32Array;
  /** From the weights of a channel to that of each tap. */
  readonly weights: Int32Array;
  /** How the places are spread over the target planes; null where they are those planes, one number after the other. */
  readonly spread: {
    readonly first: number;
    readonly rows: number;
    readonly columns: number;
    readonly rowBytes: number;
    readonly columnBytes: number;
  } | null;
}

/** Channels of one group, and the size of their planes. */
interface Planes {
  readonly channels: number;
  readonly size: readonly [number, number];
}

/** Every number of the target is the sum, over the taps at its place, of source times weight, and perhaps a bias. */
export interface Correlation {
  readonly batch: number;
  readonly groups: number;
  readonly bias: boolean;
  readonly source: Planes;
  readonly target: Planes;
  readonly canvas: Canvas;
  readonly parts: readonly Part[];
  /** From the weights of one channel of the target to those of the next, and from group to group. */
  readonly weightBytes: { readonly channel: number; readonly group: number };
}

/** Places whose sums are made together: they and a panel of weights fit the first-level cache. */
const MAX_PLACES = 400;

/** Cuts the places of a part into blocks of nearly equal size. */
function blocksOf(machine: Machine, plan: ScratchPlan, places: Int32Array) {
  const count = Math.ceil(places.length / MAX_PLACES);
  const edge = (block: number): number => Math.floor((block * places.length) / count);
  return Array.from({ length: count }, (_, block) => {
    const own = places.subarray(edge(block), edge(block + 1));
    const tiles = planTiles(machine, own);
    return {
      first: edge(block),
      places: { at: plan.table(own), count: own.length },
      tiles: { at: plan.table(tiles), count: tileCount(tiles) },
    };
  });
}

function planeBytes({ size }: Planes): number {
  return size[0] * size[1] * FLOAT_BYTES;
}

/** Buffers: source, weight, bias when there is one, target. */
export function correlationProgram(machine: Machine, correlation: Correlation): Program {
  const { batch, groups, source, target, canvas, weightBytes } = correlation;
  const native = convolutionModule(machine);
  const panelCount = Math.ceil(target.channels / TILE_COLUMNS);
  const sourceChannels = groups * source.channels;
  const sourceBytes = sourceChannels * planeBytes(source);
  const targetGroupBytes = target.channels * planeBytes(target);
  const isSpread = correlation.parts.some(({ spread }) => spread !== null);
  const targetBytes = groups * targetGroupBytes;
  const images = imagesAtATime(batch, canvas.bytes(sourceChannels) + (isSpread ? targetBytes : 0));

  const plan = new ScratchPlan();
  const canvasAt = plan.reserve(canvas.bytes(images * sourceChannels));
  const biasAt = plan.reserve(groups * panelCount * TILE_ROW_BYTES);
  const parts = correlation.parts.map((part) => ({
    ...part,
    blocks: blocksOf(machine, plan, part.places),
    tapsAt: plan.table(part.taps),
    weightsAt: plan.table(part.weights),
    packedAt: plan.reserve(groups * panelCount * part.taps.length * TILE_ROW_BYTES),
    // What is to be spread is made beside the target first.
    madeAt:
      part.spread === null ? null : plan.reserve(images * groups * target.channels * part.places.byteLength),
  }));

  const packWeights = (base: number, weight: number): void => {
    for (const { taps, weightsAt, packedAt } of parts) {
      if (taps.length === 0) continue;
      const panelBytes = taps.length * TILE_ROW_BYTES;
      const panels = Array.from({ length: groups * panelCount }, (_, i) => {
        const [group, channel] = [Math.floor(i / panelCount), (i % panelCount) * TILE_COLUMNS];
        return [
          base + packedAt + i * panelBytes,
          weight + group * weightBytes.group + channel * weightBytes.channel,
          weightBytes.channel,
          target.channels - channel,
          base + weightsAt,
          taps.length,
        ];
      });
      const nanoseconds = (panels.length * TILE_COLUMNS * taps.length) / COPIED_PER_NANOSECOND;
      machine.run({ native: native.packPanel!, calls: panels, nanoseconds });
    }
  };

  /** Eight numbers for each panel of channels. */
  const setBias = (base: number, bias: number | null): void => {
    const memory = new Float32Array(machine.heap.bytes.buffer);
    const first = (base + biasAt) / FLOAT_BYTES;
    memory.fill(0, first, first + groups * panelCount * TILE_COLUMNS);
    if (bias === null) return;
    for (let group = 0; group < groups; group++) {
      const from = bias / FLOAT_BYTES + group * target.channels;
      memory.copyWithin(first + group * panelCount * TILE_COLUMNS, from, from + target.channels);
    }
  };

  /** All parts of `count` images. */
  const sum = (base: number, drawn: Images, targets: number, count: number): void => {
    const groupBytes = source.channels * canvas.planeLength * FLOAT_BYTES;
    const calls = every(count * groups).flatMap((i) =>
      parts.flatMap(({ blocks, taps, tapsAt, packedAt, madeAt, places }) => {
        const [image, group] = [Math.floor(i / groups), i % groups];
        const panel = group * panelCount;
        const bytes = madeAt === null ? planeBytes(target) : places.byteLength;
        const planes = (madeAt === null ? targets : base + madeAt) + i * target.channels * bytes;
        return blocks.map((block) => [
          base + block.tiles.at,
          block.tiles.count,
          base + block.places.at,
          block.places.count,
          drawn.pointer + image * drawn.imageBytes + group * groupBytes,
          base + tapsAt,
          taps.length,
          blockDepth(Math.max(1, taps.length)),
          base + packedAt + panel * taps.length * TILE_ROW_BYTES,
          target.channels,
          base + biasAt + panel * TILE_ROW_BYTES,
          planes + block.first * FLOAT_BYTES,
          bytes,
        ]);
      }),
    );
    const products = parts.reduce((total, { places, taps }) => total + places.length * taps.length, 0);
    machine.run({
      native: native.correlate!,
      calls,
      nanoseconds: (count * groups * target.channels * products) / MULTIPLY_ADDS_PER_NANOSECOND,
      scratchBytes: MAX_PLACES * TILE_ROW_BYTES,
    });
  };

  const spread = (base: number, targets: number, count: number): void => {
    const calls = parts.flatMap(({ spread: to, madeAt, places }) =>
      to === null || madeAt === null
        ? []
        : every(count * groups).map((i) => [
            targets + i * targetGroupBytes + to.first,
            base + madeAt + i * target.channels * places.byteLength,
            target.channels,
            to.rows,
            to.columns,
            planeBytes(target),
            to.rowBytes,
            to.columnBytes,
          ]),
    );
    const nanoseconds = (count * targetBytes) / FLOAT_BYTES / COPIED_PER_NANOSECOND;
    machine.run({ native: native.spreadPlanes!, calls, nanoseconds });
  };

  return ([sourceAt, weight, ...rest]) =>
    plan.run(machine, (base) => {
      packWeights(base, weight!);
      setBias(base, correlation.bias ? rest[0]! : null);
      for (let n = 0; n < batch; n += images) {
        const count = Math.min(images, batch - n);
        const targets = rest.at(-1)! + n * targetBytes;
        const from = sourceAt! + n * sourceBytes;
        sum(base, canvas.draw(machine, base + canvasAt, from, count, sourceChannels), targets, count);
        if (isSpread) spread(base, targets, count);
      }
    });
}
