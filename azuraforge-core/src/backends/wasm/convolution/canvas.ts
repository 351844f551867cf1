import { FLOAT_BYTES } from '../gemm/tile.ts';
import type { Machine } from '../machine.ts';
import { convolutionModule } from './module.ts';

type Size = readonly [number, number];

/** 0, step, 2·step, … */
export function every(count: number, step = 1): number[] {
  return Array.from({ length: count }, (_, i) => i * step);
}

/** Images as tiles read them: all planes of one, then those of the next. */
export interface Images {
  readonly pointer: number;
  readonly imageBytes: number;
}

/** About how many numbers one thread copies in a nanosecond. */
export const COPIED_PER_NANOSECOND = 2;

/** Bytes of canvases that are drawn before they are used: they stay in the second-level cache, beside what is made of them. */
const DRAWN_BYTES = 1 << 19;
/** But no fewer images, so that there is something to share between threads. */
const DRAWN_IMAGES = 8;

/** How many images of a batch to draw at a time. */
export function imagesAtATime(batch: number, bytesEach: number): number {
  return Math.min(batch, Math.max(DRAWN_IMAGES, Math.floor(DRAWN_BYTES / Math.max(1, bytesEach))));
}

/** The part of a plane that has a place on a canvas. */
interface Cut {
  readonly from: Size;
  readonly to: Size;
  readonly size: Size;
}

/**
 * Planes as tiles read them: a window at any place of the output finds all its taps there, those outside of the plane as
 * zeros. Where nothing surrounds the planes they are read where they lie.
 */
export class Canvas {
  /** Numbers from row to row and from plane to plane. */
  readonly rowLength: number;
  readonly planeLength: number;
  readonly #size: Size;
  readonly #cut: Cut | null;

  /** The first number of a plane of `size` is put at `origin`, which may be negative; the canvas has `extent`. */
  constructor(size: Size, origin: Size, extent: Size) {
    this.#size = size;
    const isPlane = origin.every((at) => at === 0) && extent.every((length, axis) => length <= size[axis]!);
    const [height, width] = isPlane ? size : extent;
    this.rowLength = width;
    this.planeLength = height * width;
    if (isPlane) {
      this.#cut = null;
      return;
    }
    const [vertical, horizontal] = ([0, 1] as const).map((axis) => {
      const [from, to] = [Math.max(0, -origin[axis]), Math.max(0, origin[axis])];
      return { from, to, length: Math.max(0, Math.min(size[axis] - from, extent[axis] - to)) };
    }) as [Span, Span];
    this.#cut = {
      from: [vertical.from, horizontal.from],
      to: [vertical.to, horizontal.to],
      size: [vertical.length, horizontal.length],
    };
  }

  /** Bytes of memory that `count` planes need. */
  bytes(count: number): number {
    return this.#cut === null ? 0 : count * this.planeLength * FLOAT_BYTES;
  }

  /** Byte distances of the places in some rows and columns, row by row, in each of some planes. */
  distances(planes: number, rows: readonly number[], columns: readonly number[]): Int32Array {
    const distances = new Int32Array(planes * rows.length * columns.length);
    let next = 0;
    for (let plane = 0; plane < planes; plane++) {
      for (const row of rows) {
        const start = plane * this.planeLength + row * this.rowLength;
        for (const column of columns) distances[next++] = (start + column) * FLOAT_BYTES;
      }
    }
    return distances;
  }

  /** Puts images of some planes each, which lie one after the other, on canvases at `pointer`. */
  draw(machine: Machine, pointer: number, source: number, images: number, planes: number): Images {
    const imageBytes = planes * this.planeLength * FLOAT_BYTES;
    if (this.#cut === null) return { pointer: source, imageBytes };
    const { from, to, size } = this.#cut;
    const [height, width] = this.#size;
    const sourceBytes = planes * height * width * FLOAT_BYTES;
    machine.run({
      native: convolutionModule(machine).drawPlanes!,
      calls: every(images).map((image) => [
        pointer + image * imageBytes,
        pointer + image * imageBytes + (to[0] * this.rowLength + to[1]) * FLOAT_BYTES,
        source + image * sourceBytes + (from[0] * width + from[1]) * FLOAT_BYTES,
        planes,
        this.planeLength * FLOAT_BYTES,
        height * width * FLOAT_BYTES,
        size[0],
        this.rowLength * FLOAT_BYTES,
        width * FLOAT_BYTES,
        size[1],
      ]),
      nanoseconds: (images * planes * this.planeLength) / COPIED_PER_NANOSECOND,
    });
    return { pointer, imageBytes };
  }
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}
