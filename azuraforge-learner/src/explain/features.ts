import { checkCount } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { sizeOf } from '../nn/shape.ts';

/** Which values of a sample are one feature: they are shuffled, hidden and scored together. */
export interface FeatureGroups {
  /** One for each feature. */
  names: readonly string[];
  /** For each value of a sample, row-major, the number of its feature. */
  groupOf: readonly number[];
}

/** Names of the places on the last axis of a sample, or groups of values. */
export type Features = readonly string[] | FeatureGroups;

/**
 * One feature for each place on an axis of a sample: of a window `[steps, features]` and its last axis, each feature with
 * all its steps; of an image `[channels, height, width]` and axis 0, each channel.
 */
export function featuresAlongAxis(
  shape: readonly number[],
  { axis = -1, names }: { axis?: number; names?: readonly string[] } = {},
): FeatureGroups {
  const place = axis < 0 ? axis + shape.length : axis;
  const count = shape[place];
  if (count === undefined) {
    throw new ArgumentError(`There is no axis ${axis} in a sample of shape [${shape.join(', ')}].`);
  }
  if (names !== undefined && names.length !== count) {
    throw new ArgumentError(
      `There are ${names.length} feature names for ${count} features; give one for each place on axis ${axis} of [${shape.join(', ')}].`,
    );
  }
  const inner = sizeOf(shape.slice(place + 1));
  return {
    names: names ?? Array.from({ length: count }, (_, index) => `feature ${index}`),
    groupOf: Array.from({ length: sizeOf(shape) }, (_, at) => Math.floor(at / inner) % count),
  };
}

/**
 * Squares of `cell` × `cell` pixels of an image `[channels, height, width]`, all channels together; those at the right and
 * at the bottom may be smaller.
 */
export function gridFeatures(shape: readonly number[], cell: number): FeatureGroups {
  checkCount('gridFeatures: cell', cell);
  if (shape.length !== 3) {
    throw new ArgumentError(
      `gridFeatures() takes the shape [channels, height, width] of an image and was given [${shape.join(', ')}].`,
    );
  }
  const [, height, width] = shape as [number, number, number];
  const [rows, columns] = [Math.ceil(height / cell), Math.ceil(width / cell)];
  return {
    names: Array.from(
      { length: rows * columns },
      (_, index) => `row ${Math.floor(index / columns)}, column ${index % columns}`,
    ),
    groupOf: Array.from({ length: sizeOf(shape) }, (_, at) => {
      const [row, column] = [Math.floor(at / width) % height, at % width];
      return Math.floor(row / cell) * columns + Math.floor(column / cell);
    }),
  };
}

/** The groups that `features` means for a sample of this shape. Throws ArgumentError where they do not fit. */
export function groupsFor(shape: readonly number[], features: Features | undefined): FeatureGroups {
  if (features === undefined) return featuresAlongAxis(shape);
  if (!('groupOf' in features)) return featuresAlongAxis(shape, { names: features });
  const { names, groupOf } = features;
  if (groupOf.length !== sizeOf(shape)) {
    throw new ArgumentError(
      `The features are groups of ${groupOf.length} values, but a sample of shape [${shape.join(', ')}] has ${sizeOf(shape)}.`,
    );
  }
  const wrong = groupOf.find((group) => names[group] === undefined);
  if (wrong !== undefined) {
    throw new ArgumentError(
      `The features put a value into group ${wrong}, but there are the groups 0 to ${names.length - 1} alone.`,
    );
  }
  const used = new Set(groupOf);
  const empty = names.findIndex((_, group) => !used.has(group));
  if (empty >= 0) throw new ArgumentError(`The feature "${names[empty]}" holds no value; leave it out.`);
  return features;
}
