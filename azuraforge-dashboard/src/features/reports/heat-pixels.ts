import type { Palette } from '../../theme/palette.ts';

type Colors = Pick<Palette, 'accent' | 'chartNaive'>;

/** Numbers row after row; `null` leaves a hole. */
interface Grid {
  rows: number;
  columns: number;
  values: (number | null)[];
}

/** `limit` is the largest distance from 0, which has the full colour; the range ends there, or at 0 if nothing is beyond. */
export function heatRange(values: (number | null)[]): { low: number; high: number; limit: number } {
  const limit = values.reduce<number>((largest, value) => Math.max(largest, Math.abs(value ?? 0)), 0);
  const isBelow = values.some((value) => value !== null && value < 0);
  const isAbove = values.some((value) => value !== null && value > 0);
  return { low: isBelow ? -limit : 0, high: isAbove ? limit : 0, limit };
}

/**
 * Red, green, blue and opacity of each cell: one colour above 0, one below, the fuller the farther; none where the grid has
 * no number.
 */
export function heatPixels(
  { rows, columns, values }: Grid,
  { accent, chartNaive }: Colors,
): Uint8ClampedArray<ArrayBuffer> {
  const limit = heatRange(values).limit || 1;
  const pixels = new Uint8ClampedArray(rows * columns * 4);
  for (const [index, value] of values.slice(0, rows * columns).entries()) {
    if (value === null) continue;
    const color = value < 0 ? chartNaive : accent;
    for (const channel of [0, 1, 2]) {
      pixels[index * 4 + channel] = Number.parseInt(color.slice(1 + 2 * channel, 3 + 2 * channel), 16);
    }
    pixels[index * 4 + 3] = Math.round((255 * Math.abs(value)) / limit);
  }
  return pixels;
}
