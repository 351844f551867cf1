import type { Pool2dGeometry } from './kernel.ts';

/** The places of one window along one axis: the first that lies in the plane, and how many do. */
export interface Span {
  readonly first: number;
  readonly count: number;
  /** Places in the plane or its padding. */
  readonly padded: number;
}

/** The positions p from 0 up to `count` for which `start + p·step` lies in 0 to `length`, as a half-open range. */
export function inside(start: number, step: number, length: number, count: number): [number, number] {
  const from = Math.max(0, Math.ceil(-start / step));
  const to = Math.min(count, Math.ceil((length - start) / step));
  return [from, Math.max(from, to)];
}

/** One span for each position of the output along an axis. */
export function spansOf({ inputSize, outputSize, window }: Pool2dGeometry, axis: 0 | 1): Span[] {
  const [length, size] = [inputSize[axis], window.size[axis]];
  const [step, padding] = [window.dilation[axis], window.padding[axis]];
  return Array.from({ length: outputSize[axis] }, (_, position) => {
    const start = position * window.stride[axis] - padding;
    const [from, to] = inside(start, step, length, size);
    return {
      first: start + from * step,
      count: to - from,
      padded: Math.min(size, length + padding - start),
    };
  });
}
