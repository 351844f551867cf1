import { ArgumentError } from '../error.ts';
import type { FeatureValue, HeatMap, ValueAttribution } from '../explain.ts';
import { sizeOf } from '../nn/shape.ts';
import type { Features } from './features.ts';
import { groupsFor } from './features.ts';

type Attributed = Pick<ValueAttribution, 'shape' | 'values'>;

/**
 * The values of a sample as a grid: of an image `[channels, height, width]` summed over its channels, of a window
 * `[steps, features]` with the features as rows and time from left to right.
 */
export function heatMap({ shape, values }: Attributed): HeatMap {
  const [columns, rows] = [shape.at(-1) ?? 0, shape.at(-2) ?? 0];
  if (shape.length === 2) {
    const turned = values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
    return { shape: [columns, rows], values: turned };
  }
  if (shape.length !== 3) {
    throw new ArgumentError(
      `heatMap() takes values of the shape [channels, height, width] or [steps, features] and was given [${shape.join(', ')}]. Use sumByFeature().`,
    );
  }
  const pixels = rows * columns;
  const sums = Array.from({ length: pixels }, () => 0);
  for (const [at, value] of values.entries()) sums[at % pixels]! += value;
  return { shape: [rows, columns], values: sums };
}

/**
 * The values of a sample summed for each feature, by default for each place on the last axis: bars for a window's features.
 * Standard errors of sums are not known from those of their parts, so `error` is null.
 */
export function sumByFeature({ shape, values }: Attributed, features?: Features): FeatureValue[] {
  if (values.length !== sizeOf(shape)) {
    throw new ArgumentError(`sumByFeature(): ${values.length} values do not fill [${shape.join(', ')}].`);
  }
  const { names, groupOf } = groupsFor(shape, features);
  const sums = new Float64Array(names.length);
  for (const [at, value] of values.entries()) sums[groupOf[at]!]! += value;
  return names.map((name, group) => ({ name, value: sums[group]!, error: null }));
}
