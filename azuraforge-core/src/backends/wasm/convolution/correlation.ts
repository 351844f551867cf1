import { blockDepth } from '../gemm.ts';
import { FLOAT_BYTES, TILE_COLUMNS, TILE_ROW_BYTES } from '../gemm/tile.ts';
import type { Machine } from '../machine.ts';
import type { Program } from '../program.ts';
import type { Canvas } from './canvas.ts';
import { convolutionModule, panelsOf } from './loops.ts';
import { ScratchPlan } from './scratch.ts';

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

function planeBytes({ size }: Planes): number {
  return size[0] * size[1] * FLOAT_BYTES;
}

/** Buffers: source, weight, bias when there is one, target. */
export function correlationProgram(machine: Machine, correlation: Correlation): Program {
  const { batch, groups, source, target, canvas, weightBytes } = correlation;
  const native = convolutionModule(machine);
  const panelCount = Math.ceil(target.channels / TILE_COLUMNS);
  const sourceBytes = groups * source.channels * planeBytes(source);
  const sourceGroupBytes = source.channels * canvas.planeLength * FLOAT_BYTES;
  const targetGroupBytes = target.channels * planeBytes(target);

  const plan = new ScratchPlan();
  const canvasAt = plan.reserve(canvas.bytes(groups * source.channels));
  // The numbers that sums start from: the bias for each panel of channels, then zeros.
  const zerosAt = groups * panelCount * TILE_ROW_BYTES;
  const startsAt = plan.reserve(zerosAt + TILE_ROW_BYTES);
  const parts = correlation.parts.map((part) => ({
    ...part,
    placesAt: plan.table(part.places),
    tapsAt: plan.table(part.taps),
    weightsAt: plan.table(part.weights),
    packedAt: plan.reserve(groups * panelCount * part.taps.length * TILE_ROW_BYTES),
    depth: blockDepth(part.taps.length),
    rowPanels: panelsOf(machine, part.places.length),
  }));
  type PlannedPart = (typeof parts)[number];
  const spreadAt = plan.reserve(
    Math.max(
      ...parts.map(({ spread, places }) => (spread === null ? 0 : target.channels * places.byteLength)),
    ),
  );

  const panelAt = ({ packedAt, taps }: PlannedPart, group: number, panel: number): number =>
    packedAt + (group * panelCount + panel) * taps.length * TILE_ROW_BYTES;

  const packWeights = (base: number, weight: number): void => {
    for (const part of parts) {
      for (let group = 0; group < groups; group++) {
        for (let panel = 0; panel < panelCount && part.taps.length > 0; panel++) {
          const channel = panel * TILE_COLUMNS;
          native.packPanel!(
            base + panelAt(part, group, panel),
            weight + group * weightBytes.group + channel * weightBytes.channel,
            weightBytes.channel,
            Math.min(TILE_COLUMNS, target.channels - channel),
            base + part.weightsAt,
            part.taps.length,
          );
        }
      }
    }
  };

  const setStarts = (base: number, bias: number | null): void => {
    const memory = new Float32Array(machine.heap.bytes.buffer);
    const starts = memory.subarray((base + startsAt) / FLOAT_BYTES);
    starts.fill(0, 0, (zerosAt + TILE_ROW_BYTES) / FLOAT_BYTES);
    if (bias === null) return;
    for (let group = 0; group < groups; group++) {
      const first = bias / FLOAT_BYTES + group * target.channels;
      const own = memory.subarray(first, first + target.channels);
      starts.set(own, group * panelCount * TILE_COLUMNS);
    }
  };

  /** One part of the planes of one group, to `planes`, which are `bytes` apart. */
  const sumPart = (
    base: number,
    part: PlannedPart,
    group: number,
    image: number,
    planes: number,
    bytes: number,
  ): void => {
    const { taps, depth } = part;
    // A part without taps has no sums, but it has starts.
    for (let start = 0; start === 0 || start < taps.length; start += depth) {
      for (let panel = 0; panel < panelCount; panel++) {
        const channel = panel * TILE_COLUMNS;
        native.toPlanes!(
          base + part.placesAt,
          image + group * sourceGroupBytes,
          base + part.tapsAt + start * FLOAT_BYTES,
          base + panelAt(part, group, panel) + start * TILE_ROW_BYTES,
          Math.min(depth, taps.length - start),
          base + startsAt + (start === 0 ? (group * panelCount + panel) * TILE_ROW_BYTES : zerosAt),
          planes + channel * bytes,
          bytes,
          target.channels - channel,
          start === 0 ? 0 : 1,
          ...part.rowPanels,
        );
      }
    }
  };

  const sumSpreadPart = (
    base: number,
    part: PlannedPart,
    group: number,
    image: number,
    planes: number,
  ): void => {
    const { spread, places } = part;
    if (spread === null) {
      sumPart(base, part, group, image, planes, planeBytes(target));
      return;
    }
    const made = base + spreadAt;
    sumPart(base, part, group, image, made, places.byteLength);
    for (let channel = 0; channel < target.channels; channel++) {
      native.moveNumbers!(
        planes + channel * planeBytes(target) + spread.first,
        made + channel * places.byteLength,
        spread.rows,
        spread.columns,
        spread.rowBytes,
        spread.columnBytes,
        spread.columns * FLOAT_BYTES,
        FLOAT_BYTES,
      );
    }
  };

  return ([sourceAt, weight, ...rest]) =>
    plan.run(machine, (base) => {
      canvas.clear(machine, base + canvasAt, groups * source.channels);
      packWeights(base, weight!);
      setStarts(base, correlation.bias ? rest[0]! : null);
      for (let n = 0; n < batch; n++) {
        const planes = sourceAt! + n * sourceBytes;
        const image = canvas.draw(machine, base + canvasAt, planes, groups * source.channels);
        for (let group = 0; group < groups; group++) {
          const targets = rest.at(-1)! + (n * groups + group) * targetGroupBytes;
          for (const part of parts) sumSpreadPart(base, part, group, image, targets);
        }
      }
    });
}
