import { sampleGenerator } from '../data/sample-generator.ts';
import { checkCount } from '../argument.ts';
import type { DifferentiableModel, OutputOptions, ValueAttribution } from '../explain.ts';
import { sizeOf } from '../nn/shape.ts';
import type { Values } from '../trainer/dataset.ts';
import { Inquiry, rowsOf } from './inquiry.ts';
import { checkBackground, checkValues } from './sample.ts';

export interface GradientShapOptions extends OutputOptions {
  /** Samples `[count, …]` that stand for "not known"; a hundred from the training part are plenty. */
  background: Values;
  /** Points at which the gradient is taken. Four times as many halve the errors. Default 200. */
  samples?: number;
  /** Default 0. */
  seed?: number;
}

/**
 * SHAP values by expected gradients: integrated gradients averaged over paths from the samples of a background, one random
 * point on the path to one random background sample at a time. The values sum to prediction − baseValue (the mean prediction
 * of the background) but for `remainder`, which is of the size of `errors`. `sample` is one input without the batch's axis.
 *
 * Costs `samples` forward and backward passes, and forward ones for the sample and the background. Repeatable for a seed.
 * Erion, Janizek, Sturmfels, Lundberg & Lee, "Improving performance of deep learning models with axiomatic attribution
 * priors and expected gradients" (2021); as GradientExplainer in the package shap.
 */
export async function gradientShap(
  model: DifferentiableModel,
  sample: Values,
  { background, samples = 200, seed = 0, ...options }: GradientShapOptions,
): Promise<ValueAttribution> {
  const method = 'gradientShap';
  checkValues(`${method}: sample`, sample);
  const count = checkBackground(method, sample, background);
  checkCount(`${method}: samples`, samples);
  const { data, shape } = sample;
  const size = sizeOf(shape);
  const inquiry = new Inquiry(method, samples + count + 1, options);
  const known = await inquiry.targetsOfTensors(model, rowsOf(background));
  const [prediction] = await inquiry.targetsOfTensors(model, rowsOf({ data, shape: [1, ...shape] }));

  const draws = Array.from({ length: samples }, (_, index) => {
    const generator = sampleGenerator(seed, 0, index);
    return { start: Math.floor(generator.random() * count) * size, share: generator.random() };
  });
  const path = {
    length: samples,
    shape,
    write: (index: number, into: Float32Array): void => {
      const { start, share } = draws[index]!;
      for (const [at, value] of data.entries()) {
        const from = background.data[start + at]!;
        into[at] = from + share * (value - from);
      }
    },
  };
  const [sums, squares] = [new Float64Array(size), new Float64Array(size)];
  await inquiry.gradients(model, path, (index, gradient) => {
    for (const [at, slope] of gradient.entries()) {
      const value = (data[at]! - background.data[draws[index]!.start + at]!) * slope;
      sums[at]! += value;
      squares[at]! += value * value;
    }
  });
  const values = Array.from(sums, (sum) => sum / samples);
  const baseValue = known.reduce((sum, value) => sum + value, 0) / count;
  return {
    target: inquiry.target,
    baseValue,
    prediction: prediction!,
    remainder: prediction! - baseValue - values.reduce((sum, value) => sum + value, 0),
    shape: [...shape],
    values,
    errors: values.map((mean, at) =>
      Math.sqrt(Math.max(0, squares[at]! / samples - mean * mean) / Math.max(1, samples - 1)),
    ),
  };
}
