import { checkCount } from '../argument.ts';
import type { DifferentiableModel, OutputOptions, ValueAttribution } from '../explain.ts';
import type { Values } from '../trainer/dataset.ts';
import { Inquiry } from './inquiry.ts';
import { checkValues, replacement } from './sample.ts';

export interface IntegratedGradientsOptions extends OutputOptions {
  /** Where the path starts: a sample that says nothing, of the shape of the sample, or one number. Default 0. */
  baseline?: Values | number;
  /** Points on the path. More make the remainder smaller. Default 50. */
  steps?: number;
}

/**
 * How much each value of a sample moved the output away from that of the baseline: the value's distance from the baseline
 * times its mean gradient on the straight path between them (midpoint rule). The values sum to prediction − baseValue but
 * for `remainder`, which falls with `steps`; of a linear model they are exact. `sample` is one input without the batch's
 * axis, of floats (explain token models from their embeddings on).
 *
 * Costs `steps` forward and backward passes and 2 forward ones.
 * Sundararajan, Taly & Yan, "Axiomatic attribution for deep networks" (2017).
 */
export async function integratedGradients(
  model: DifferentiableModel,
  sample: Values,
  { baseline = 0, steps = 50, ...options }: IntegratedGradientsOptions = {},
): Promise<ValueAttribution> {
  const method = 'integratedGradients';
  checkValues(`${method}: sample`, sample);
  checkCount(`${method}: steps`, steps);
  const { data, shape } = sample;
  const from = replacement(`${method}: baseline`, sample, baseline);
  const inquiry = new Inquiry(method, steps + 2, options);
  const [baseValue, prediction] = await inquiry.targetsOfTensors(model, {
    length: 2,
    shape,
    write: (index, into) => into.set(index === 0 ? from : data),
  });
  const sums = new Float64Array(data.length);
  const path = {
    length: steps,
    shape,
    write: (step: number, into: Float32Array): void => {
      const share = (step + 0.5) / steps;
      for (const [at, value] of data.entries()) into[at] = from[at]! + share * (value - from[at]!);
    },
  };
  await inquiry.gradients(model, path, (_, gradient) => {
    for (const [at, value] of gradient.entries()) sums[at]! += value;
  });
  const values = Array.from(data, (value, at) => ((value - from[at]!) * sums[at]!) / steps);
  return {
    target: inquiry.target,
    baseValue: baseValue!,
    prediction: prediction!,
    remainder: prediction! - baseValue! - values.reduce((sum, value) => sum + value, 0),
    shape: [...shape],
    values,
    errors: null,
  };
}
