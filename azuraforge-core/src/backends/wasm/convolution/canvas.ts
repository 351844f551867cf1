import { FLOAT_BYTES } from '../gemm/tile.ts';
import type { Machine } from '../machine.ts';
import { convolutionModule } from './loops.ts';

type Size = readonly [number, number];

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

  /** Clears the memory at `pointer`, once before the first `draw`. */
  clear(machine: Machine, pointer: number, count: number): void {
    machine.heap.bytes.fill(0, pointer, pointer + this.bytes(count));
  }

  /** Puts planes on the canvas at `pointer`. Returns where to read them. */
  draw(machine: Machine, pointer: number, planes: number, count: number): number {
    if (this.#cut === null) return planes;
    const { from, to, size } = this.#cut;
    if (size.includes(0)) return pointer;
    const [height, width] = this.#size;
    convolutionModule(machine).copyPlanes!(
      pointer + (to[0] * this.rowLength + to[1]) * FLOAT_BYTES,
      planes + (from[0] * width + from[1]) * FLOAT_BYTES,
      count,
      this.planeLength * FLOAT_BYTES,
      height * width * FLOAT_BYTES,
      size[0],
      this.rowLength * FLOAT_BYTES,
      width * FLOAT_BYTES,
      size[1],
    );
    return pointer;
  }
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}
