import { checkCount } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import type { OutputOptions, Predictor, ValueAttribution } from '../explain.ts';
import { sizeOf } from '../nn/shape.ts';
import type { Values } from '../trainer/dataset.ts';
import { Inquiry } from './inquiry.ts';
import { checkValues, replacement } from './sample.ts';

export interface OcclusionOptions extends OutputOptions {
  /** How much is hidden at once, one length for each axis of the sample: `[3, 8, 8]` of a colour image. */
  patch: readonly number[];
  /** How far the patch moves on each axis. Default: its own length, so that patches do not overlap. */
  stride?: readonly number[];
  /** What is put over the values: one number, or a sample to take them from. Default 0. */
  fill?: number | Values;
}

/**
 * How much the output falls when a patch of the sample is covered: above 0 where the patch speaks for the output, and 0
 * where it does not matter. A value under several patches has the mean of theirs. `sample` is one input without the
 * batch's axis; `heatMap()` makes a picture of the result. The values do not sum to the prediction; `baseValue` is the
 * output for a sample that is covered whole.
 *
 * Costs 2 forward passes and one for each place of the patch.
 * Zeiler & Fergus, "Visualizing and understanding convolutional networks" (2014).
 */
export async function occlusion(
  model: Predictor,
  sample: Values,
  { patch, stride = patch, fill = 0, ...options }: OcclusionOptions,
): Promise<ValueAttribution> {
  const method = 'occlusion';
  checkValues(`${method}: sample`, sample);
  const { data, shape } = sample;
  for (const [name, lengths] of Object.entries({ patch, stride })) checkLengths(name, lengths, shape);
  const gap = stride.findIndex((length, axis) => length > patch[axis]!);
  if (gap >= 0) {
    throw new ArgumentError(
      `${method}: stride [${stride.join(', ')}] leaves values uncovered; on axis ${gap} it may be at most ${patch[gap]}.`,
    );
  }
  const cover = replacement(`${method}: fill`, sample, fill);
  const starts = startsOf(shape, patch, stride);
  const inquiry = new Inquiry(method, starts.length + 2, options);
  const [prediction, baseValue] = await inquiry.targets(model, {
    length: 2,
    shape,
    write: (index, into) => into.set(index === 0 ? data : cover),
  });
  const outputs = await inquiry.targets(model, {
    length: starts.length,
    shape,
    write: (index, into) => {
      into.set(data);
      for (const at of placesUnder(starts[index]!, patch, shape)) into[at] = cover[at]!;
    },
  });
  const [sums, counts] = [new Float64Array(data.length), new Float64Array(data.length)];
  for (const [index, start] of starts.entries()) {
    for (const at of placesUnder(start, patch, shape)) {
      sums[at]! += prediction! - outputs[index]!;
      counts[at]! += 1;
    }
  }
  const values = Array.from(sums, (sum, at) => sum / counts[at]!);
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

function checkLengths(name: string, lengths: readonly number[], shape: readonly number[]): void {
  if (lengths.length !== shape.length) {
    throw new ArgumentError(
      `occlusion: ${name} [${lengths.join(', ')}] needs one length for each axis of the sample, [${shape.join(', ')}].`,
    );
  }
  for (const [axis, length] of lengths.entries()) checkCount(`occlusion: ${name}[${axis}]`, length);
}

/** The first value under each patch, as a place on each axis; the last patch on an axis may reach over the edge. */
function startsOf(shape: readonly number[], patch: readonly number[], stride: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (starts, length, axis) => {
      const count = 1 + Math.ceil(Math.max(0, length - patch[axis]!) / stride[axis]!);
      const along = Array.from({ length: count }, (_, index) => index * stride[axis]!);
      return starts.flatMap((start) => along.map((place) => [...start, place]));
    },
    [[]],
  );
}

/** The flat places of the values under one patch. */
function placesUnder(start: readonly number[], patch: readonly number[], shape: readonly number[]): number[] {
  return start.reduce<number[]>(
    (places, first, axis) => {
      const inner = sizeOf(shape.slice(axis + 1));
      const length = Math.min(patch[axis]!, shape[axis]! - first);
      const along = Array.from({ length }, (_, index) => (first + index) * inner);
      return places.flatMap((place) => along.map((offset) => place + offset));
    },
    [0],
  );
}
