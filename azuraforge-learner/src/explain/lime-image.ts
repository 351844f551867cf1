import { checkCount, checkRange } from '../argument.ts';
import { sampleGenerator } from '../data/sample-generator.ts';
import { ArgumentError } from '../error.ts';
import type { HeatMap, Predictor } from '../explain.ts';
import { sizeOf } from '../nn/shape.ts';
import type { Values } from '../trainer/dataset.ts';
import type { FeatureGroups } from './features.ts';
import { gridFeatures, groupsFor } from './features.ts';
import { Inquiry, rowsOf } from './inquiry.ts';
import type { LimeExplanation, LimeOptions } from './lime-tabular.ts';
import { fitLocally } from './local-fit.ts';
import { checkValues, replacement } from './sample.ts';

export interface LimeImageOptions extends LimeOptions {
  /** Which pixels are one segment, all channels together. Default: a grid of about 8 × 8 squares. */
  segments?: FeatureGroups;
  /** What is put over a hidden segment: its mean in each channel, one number, or an image to take it from. Default `mean`. */
  fill?: 'mean' | number | Values;
  /** How far from the whole image inputs still count, as cosine distance. Default 0.25. */
  kernelWidth?: number;
}

export interface LimeImageExplanation extends LimeExplanation {
  /** The value of its segment for each pixel. */
  heatMap: HeatMap;
}

/**
 * A linear model of the model on versions of one image `[channels, height, width]` in which each segment is shown or hidden
 * by chance: how much a segment adds to the output by being seen.
 *
 * Costs `samples` + 1 forward passes. Repeatable for a seed, whatever the batch size.
 * Ribeiro, Singh & Guestrin, "Why should I trust you? Explaining the predictions of any classifier" (2016).
 */
export async function limeImage(
  model: Predictor,
  image: Values,
  options: LimeImageOptions = {},
): Promise<LimeImageExplanation> {
  const method = 'limeImage';
  const {
    segments,
    fill = 'mean',
    kernelWidth = 0.25,
    samples = 1000,
    ridge = 0,
    seed = 0,
    ...asking
  } = options;
  checkValues(`${method}: image`, image);
  const { shape } = image;
  if (shape.length !== 3) {
    throw new ArgumentError(
      `${method} explains an image [channels, height, width] and was given the shape [${shape.join(', ')}].`,
    );
  }
  checkCount(`${method}: samples`, samples);
  checkRange(`${method}: ridge`, ridge, { minimum: 0 });
  checkRange(`${method}: kernelWidth`, kernelWidth, { above: 0 });
  const [height, width] = [shape[1]!, shape[2]!];
  const groups = groupsFor(shape, segments ?? gridFeatures(shape, Math.ceil(Math.max(height, width) / 8)));
  const { names, groupOf } = groups;
  const hidden = fill === 'mean' ? segmentMeans(image, groups) : replacement(`${method}: fill`, image, fill);

  const points = Array.from({ length: samples }, (_, index) => {
    const generator = sampleGenerator(seed, 0, index);
    return Float64Array.from(names, () => (generator.random() < 0.5 ? 0 : 1));
  });
  const inquiry = new Inquiry(method, samples + 1, asking);
  const [prediction] = await inquiry.targets(model, rowsOf({ ...image, shape: [1, ...shape] }));
  const answers = await inquiry.targets(model, {
    length: samples,
    shape,
    write: (index, into) => {
      const shown = points[index]!;
      for (const [at, group] of groupOf.entries())
        into[at] = shown[group] === 1 ? image.data[at]! : hidden[at]!;
    },
  });
  const weights = Float64Array.from(points, (point) => {
    // Cosine distance of what is shown from all ones.
    const distance = 1 - Math.sqrt(point.reduce((sum, value) => sum + value, 0) / names.length);
    return Math.exp(-(distance * distance) / (2 * kernelWidth * kernelWidth));
  });
  const { coefficients, errors, intercept, r2 } = fitLocally(points, answers, weights, { method, ridge });
  return {
    target: inquiry.target,
    prediction: prediction!,
    localPrediction: intercept + coefficients.reduce((sum, value) => sum + value, 0),
    fit: r2,
    features: names.map((name, at) => ({ name, value: coefficients[at]!, error: errors[at]! })),
    heatMap: {
      shape: [height, width],
      values: Array.from({ length: height * width }, (_, at) => coefficients[groupOf[at]!]!),
    },
  };
}

/** The mean of each segment, channel by channel, at each of its pixels. */
function segmentMeans({ data, shape }: Values, { names, groupOf }: FeatureGroups): Float32Array {
  const pixels = sizeOf(shape.slice(1));
  const cellOf = (at: number): number => Math.floor(at / pixels) * names.length + groupOf[at]!;
  const [sums, counts] = [
    new Float64Array(shape[0]! * names.length),
    new Float64Array(shape[0]! * names.length),
  ];
  for (const [at, value] of data.entries()) {
    sums[cellOf(at)]! += value;
    counts[cellOf(at)]! += 1;
  }
  return data.map((_, at) => sums[cellOf(at)]! / counts[cellOf(at)]!);
}
