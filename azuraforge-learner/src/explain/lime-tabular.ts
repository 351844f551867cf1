import { checkCount, checkRange } from '../argument.ts';
import { normal, sampleGenerator } from '../data/sample-generator.ts';
import { ArgumentError } from '../error.ts';
import type { FeatureValue, OutputOptions, Predictor } from '../explain.ts';
import type { Values } from '../trainer/dataset.ts';
import { groupsFor } from './features.ts';
import { Inquiry, rowsOf } from './inquiry.ts';
import { fitLocally } from './local-fit.ts';
import { checkBackground, checkValues } from './sample.ts';

export interface LimeOptions extends OutputOptions {
  /** Inputs near the sample that the model is asked about. Default 1000. */
  samples?: number;
  /** Pulls the coefficients to 0, as in the package lime, where it is 1. Default 0. */
  ridge?: number;
  /** Default 0. */
  seed?: number;
}

export interface LimeTabularOptions extends LimeOptions {
  /** Rows `[count, features]`, of the training part: they tell how much each feature varies. */
  background: Values;
  /** Default `feature 0` and so on. */
  featureNames?: readonly string[];
  /** How far from the sample inputs still count, in standard deviations. Default 0.75 · √features. */
  kernelWidth?: number;
}

/** The linear model that stands for the model near one sample. */
export interface LimeExplanation<Feature extends FeatureValue = FeatureValue> {
  target: number;
  /** What the model says of the sample. */
  prediction: number;
  /** What the linear model says of the sample; where it is far from the prediction, do not trust the rest. */
  localPrediction: number;
  /** Weighted R² of the linear model near the sample, at most 1; null where the model says the same everywhere. */
  fit: number | null;
  features: Feature[];
}

export interface LimeFeature extends FeatureValue {
  /** Change of the output for a change of the feature by 1; `value` is for one standard deviation. */
  slope: number;
}

/**
 * A linear model of the model near one row: what the output does when one feature rises by one standard deviation. Inputs
 * are drawn normally around the sample and count the less the farther they are. A constant feature of the background has
 * the value 0. `sample` is `[features]`, of numbers; for windows and images see kernelShap, integratedGradients, limeImage.
 *
 * Costs `samples` + 1 forward passes. Repeatable for a seed, whatever the batch size.
 * Ribeiro, Singh & Guestrin, "Why should I trust you? Explaining the predictions of any classifier" (2016).
 */
export async function limeTabular(
  model: Predictor,
  sample: Values,
  options: LimeTabularOptions,
): Promise<LimeExplanation<LimeFeature>> {
  const method = 'limeTabular';
  const { background, featureNames, samples = 1000, ridge = 0, seed = 0, ...asking } = options;
  checkValues(`${method}: sample`, sample);
  if (sample.shape.length !== 1) {
    throw new ArgumentError(
      `${method} explains one row, [features], and was given the shape [${sample.shape.join(', ')}]. Use kernelShap(), or limeImage() for images.`,
    );
  }
  checkBackground(method, sample, background);
  checkCount(`${method}: samples`, samples);
  checkRange(`${method}: ridge`, ridge, { minimum: 0 });
  const { names } = groupsFor(sample.shape, featureNames);
  const deviations = deviationsOf(background);
  const varying = [...deviations.keys()].filter((feature) => deviations[feature]! > 0);
  if (varying.length === 0) {
    throw new ArgumentError(`${method}: no feature varies in the background; give more rows of the data.`);
  }
  const kernelWidth = options.kernelWidth ?? 0.75 * Math.sqrt(varying.length);
  checkRange(`${method}: kernelWidth`, kernelWidth, { above: 0 });

  const points = Array.from({ length: samples }, (_, index) => {
    const generator = sampleGenerator(seed, 0, index);
    return Float64Array.from(varying, () => normal(generator));
  });
  const inquiry = new Inquiry(method, samples + 1, asking);
  const [prediction] = await inquiry.targets(model, rowsOf({ ...sample, shape: [1, ...sample.shape] }));
  const answers = await inquiry.targets(model, {
    length: samples,
    shape: sample.shape,
    write: (index, into) => {
      into.set(sample.data);
      for (const [at, feature] of varying.entries())
        into[feature]! += points[index]![at]! * deviations[feature]!;
    },
  });
  const weights = Float64Array.from(points, (point) => {
    const squared = point.reduce((sum, value) => sum + value * value, 0);
    return Math.exp(-squared / (2 * kernelWidth * kernelWidth));
  });
  const { coefficients, errors, intercept, r2 } = fitLocally(points, answers, weights, { method, ridge });
  return {
    target: inquiry.target,
    prediction: prediction!,
    localPrediction: intercept,
    fit: r2,
    features: names.map((name, feature) => {
      const at = varying.indexOf(feature);
      const value = coefficients[at] ?? 0;
      return { name, value, error: errors[at] ?? 0, slope: at < 0 ? 0 : value / deviations[feature]! };
    }),
  };
}

/** The standard deviation of each column. */
function deviationsOf({ data, shape: [count = 0, width = 0] }: Values): Float64Array {
  return Float64Array.from({ length: width }, (_, column) => {
    const values = Float64Array.from({ length: count }, (__, row) => data[row * width + column]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  });
}
