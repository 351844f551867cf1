import { checkCount } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import type { FeatureAttribution, OutputOptions, Predictor } from '../explain.ts';
import { sizeOf } from '../nn/shape.ts';
import type { Values } from '../trainer/dataset.ts';
import type { Coalitions } from './coalitions.ts';
import { allCoalitions, drawnCoalitions } from './coalitions.ts';
import type { FeatureGroups, Features } from './features.ts';
import { groupsFor } from './features.ts';
import type { Rows } from './inquiry.ts';
import { Inquiry, rowsOf } from './inquiry.ts';
import { checkBackground, checkValues } from './sample.ts';
import { addSquare, apply, inverse, sandwichDiagonal } from './symmetric-matrix.ts';

export interface KernelShapOptions extends OutputOptions {
  /** Samples `[count, …]` whose values stand in for features that are not known; 20 to 100 from the training part. */
  background: Values;
  /** Default: one feature for each place on the last axis of the sample. Pixels want `gridFeatures()`. */
  features?: Features;
  /** Sets of features to ask about; where all sets are no more, all are asked. Default 2 · features + 2048. */
  samples?: number;
  /** Default 0. */
  seed?: number;
}

/**
 * SHAP values of any model: how much each feature moved the prediction away from the mean prediction of a background, the
 * fair share of it among all orders in which features can become known. They sum to prediction − baseValue. With few
 * features (up to 11 by default) all sets are asked about, and the values are the Shapley values of this background
 * exactly; with more, sets are drawn in pairs, and `error` tells how far the values may be off. `sample` is one input
 * without the batch's axis. Features that depend on each other are taken apart all the same, so that the model is asked
 * about inputs that do not occur.
 *
 * Costs up to (samples + 1) × background + 1 forward passes. Repeatable for a seed, whatever the batch size.
 * Lundberg & Lee, "A unified approach to interpreting model predictions" (2017); Covert & Lee, "Improving KernelSHAP:
 * practical Shapley value estimation via linear regression" (2021), for the pairs.
 */
export async function kernelShap(
  model: Predictor,
  sample: Values,
  { background, features, samples, seed = 0, ...options }: KernelShapOptions,
): Promise<FeatureAttribution> {
  const method = 'kernelShap';
  checkValues(`${method}: sample`, sample);
  const count = checkBackground(method, sample, background);
  const groups = groupsFor(sample.shape, features);
  const width = groups.names.length;
  const limit = samples ?? 2 * width + 2048;
  checkCount(`${method}: samples`, limit);
  const isExact = 2 ** width - 2 <= limit;
  const coalitions = isExact ? allCoalitions(width) : drawnCoalitions(width, Math.ceil(limit / 2), seed);

  const inquiry = new Inquiry(method, 1 + count * (1 + coalitions.masks.length), options);
  const [prediction] = await inquiry.targets(model, rowsOf({ ...sample, shape: [1, ...sample.shape] }));
  const baseValue = mean(await inquiry.targets(model, rowsOf(background)));
  const asked = await inquiry.targets(model, mixedRows(sample, background, groups, coalitions.masks));
  const gains = coalitions.masks.map(
    (_, index) => mean(asked.subarray(index * count, (index + 1) * count)) - baseValue,
  );
  const gain = prediction! - baseValue;
  const { values, errors } = shares(gain, gains, coalitions, width);
  return {
    target: inquiry.target,
    baseValue,
    prediction: prediction!,
    remainder: gain - values.reduce((sum, value) => sum + value, 0),
    features: groups.names.map((name, feature) => ({
      name,
      value: values[feature]!,
      error: isExact ? null : errors[feature]!,
    })),
  };
}

/** For each mask all samples of the background, with the known features of the sample. */
function mixedRows(
  sample: Values,
  background: Values,
  { groupOf }: FeatureGroups,
  masks: readonly Uint8Array[],
): Rows {
  const count = background.shape[0]!;
  const size = sizeOf(sample.shape);
  return {
    length: masks.length * count,
    shape: sample.shape,
    write: (index, into) => {
      const mask = masks[Math.floor(index / count)]!;
      const start = (index % count) * size;
      for (const [at, group] of groupOf.entries()) {
        into[at] = mask[group] === 1 ? sample.data[at]! : background.data[start + at]!;
      }
    },
  };
}

/**
 * The weighted least squares fit of `gains` by sums of shares, among those shares that sum to `gain`, and the standard errors
 * that come from which pairs were drawn.
 */
function shares(
  gain: number,
  gains: readonly number[],
  coalitions: Coalitions,
  width: number,
): { values: Float64Array; errors: Float64Array } {
  if (width === 1) return { values: Float64Array.of(gain), errors: new Float64Array(1) };
  const { masks, pairs } = coalitions;
  const matrix = new Float64Array(width * width);
  for (const { mask, complement, weight } of pairs) {
    addSquare(matrix, masks[mask]!, weight);
    addSquare(matrix, masks[complement]!, weight);
  }
  const inverted = inverse(matrix, width);
  if (inverted === null) {
    throw new ArgumentError(
      `kernelShap: ${masks.length} sets cannot tell ${width} features apart; raise samples, or join features into groups.`,
    );
  }
  // The inverse within the plane of shares that sum to 0.
  const across = apply(inverted, new Float64Array(width).fill(1));
  const total = across.reduce((sum, value) => sum + value, 0);
  const plane = inverted.slice();
  addSquare(plane, across, -1 / total);

  const within = apply(plane, sumOf(pulls(coalitions, gains, width), width));
  const values = within.map((value, feature) => value + (across[feature]! * gain) / total);
  const left = gains.map((value, index) => value - dot(masks[index]!, values));
  // What they sum to is the same for all features at the fit, and so nothing within the plane.
  const scatter = new Float64Array(width * width);
  for (const pull of pulls(coalitions, left, width)) addSquare(scatter, pull, 1);
  const errors = sandwichDiagonal(plane, scatter, width).map((square) => Math.sqrt(Math.max(0, square)));
  return { values, errors };
}

/** For each pair what its two sets' amounts ask of the features in them. */
function pulls({ masks, pairs }: Coalitions, amounts: readonly number[], width: number): Float64Array[] {
  return pairs.map(({ mask, complement, weight }) => {
    const [kept, others] = [masks[mask]!, masks[complement]!];
    return Float64Array.from(
      { length: width },
      (_, feature) => weight * (kept[feature]! * amounts[mask]! + others[feature]! * amounts[complement]!),
    );
  });
}

function sumOf(vectors: readonly Float64Array[], width: number): Float64Array {
  const sum = new Float64Array(width);
  for (const vector of vectors) for (const [at, value] of vector.entries()) sum[at]! += value;
  return sum;
}

function dot(mask: Uint8Array, values: Float64Array): number {
  return values.reduce((sum, value, at) => sum + mask[at]! * value, 0);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
