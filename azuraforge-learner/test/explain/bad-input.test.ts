import { describe, expect, test } from '@jest/globals';
import { zeros } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { ArgumentError, DataError } from '../../src/error.ts';
import { attentionMaps } from '../../src/explain/attention-maps.ts';
import { featuresAlongAxis, gridFeatures } from '../../src/explain/features.ts';
import { gradientShap } from '../../src/explain/gradient-shap.ts';
import { heatMap, sumByFeature } from '../../src/explain/heat-map.ts';
import { integratedGradients } from '../../src/explain/integrated-gradients.ts';
import { kernelShap } from '../../src/explain/kernel-shap.ts';
import { limeImage } from '../../src/explain/lime-image.ts';
import { limeTabular } from '../../src/explain/lime-tabular.ts';
import { occlusion } from '../../src/explain/occlusion.ts';
import { permutationImportance } from '../../src/explain/permutation-importance.ts';
import { Attention } from '../../src/nn/attention.ts';
import { Linear } from '../../src/nn/linear.ts';
import type { Values } from '../../src/trainer/dataset.ts';
import { linearModel, row, rowModel, rows, same } from './models.ts';

const sum = (input: Tensor): Tensor => input.sum(-1);
const two = linearModel([1, 1]);
const classes = rowModel((x) => [x[0]!, x[1]!, 0]);
const sample = row(1, 2);
const background = rows([
  [0, 0],
  [1, 3],
]);
const empty: Values = { data: new Float32Array(), shape: [0, 2] };
const score = ({ data }: Values): number => data[0]!;
const image: Values = { data: new Float32Array(8), shape: [2, 2, 2] };

type Call = () => unknown;

const wrong: [what: string, error: typeof DataError | typeof ArgumentError, call: Call, message: RegExp][] = [
  [
    'no data',
    DataError,
    () => permutationImportance(two, empty, { score }),
    /inputs: the shape \[0, 2\] is empty; give at least one/,
  ],
  [
    'one sample to shuffle',
    DataError,
    () => permutationImportance(two, rows([[1, 2]]), { score }),
    /give at least 2/,
  ],
  [
    'a score of NaN',
    ArgumentError,
    () => permutationImportance(two, background, { score: () => Number.NaN }),
    /score\(\) gave NaN/,
  ],
  [
    'too few feature names',
    ArgumentError,
    () => permutationImportance(two, background, { score, features: ['one'] }),
    /1 feature names for 2 features/,
  ],
  [
    'NaN in the sample',
    DataError,
    () => kernelShap(two, row(1, Number.NaN), { background }),
    /kernelShap: sample: value 1 is NaN; fill or drop it/,
  ],
  [
    'an empty background',
    DataError,
    () => kernelShap(two, sample, { background: empty }),
    /background: .* is empty/,
  ],
  [
    'a background of another shape',
    ArgumentError,
    () => kernelShap(two, sample, { background: rows([[1, 2, 3]]) }),
    /must be samples like the one to explain, \[count, 2\], and has the shape \[1, 3\]/,
  ],
  [
    'a sample with the axis of the batch',
    ArgumentError,
    () => gradientShap(sum, rows([[1, 2]]), { background }),
    /\[count, 1, 2\], and has the shape \[2, 2\]/,
  ],
  [
    'too few sets',
    ArgumentError,
    () => {
      const many = row(...same(20, 1));
      const zero = rows([same(20, 0)]);
      return kernelShap(linearModel(same(20, 1)), many, { background: zero, samples: 4 });
    },
    /cannot tell 20 features apart; raise samples/,
  ],
  [
    'a shape that does not hold the values',
    ArgumentError,
    () => integratedGradients(sum, { data: Float32Array.of(1, 2, 3), shape: [2] }),
    /\[2\] holds 2 values, but 3 were given/,
  ],
  [
    'a baseline of another shape',
    ArgumentError,
    () => integratedGradients(sum, sample, { baseline: row(0) }),
    /baseline must be a number or have the shape \[2\] of the sample, and has \[1\]/,
  ],
  [
    'a baseline of NaN',
    DataError,
    () => integratedGradients(sum, sample, { baseline: Number.NaN }),
    /baseline: value 0 is NaN/,
  ],
  ['no steps', ArgumentError, () => integratedGradients(sum, sample, { steps: 0 }), /steps is 0/],
  [
    'a model without a gradient',
    ArgumentError,
    () => integratedGradients((input) => input.detach().sum(-1), sample),
    /does not depend on the input through ops that have a gradient.*use kernelShap/,
  ],
  [
    'a class not named',
    ArgumentError,
    () => kernelShap(classes, sample, { background }),
    /3 outputs; .* target, 0 to 2/,
  ],
  [
    'a class that is not there',
    ArgumentError,
    () => occlusion(classes, sample, { patch: [1], target: 3 }),
    /there is no output 3 to explain; the model has 3, so target may be 0 to 2/,
  ],
  [
    'a class that is not there, by gradients',
    ArgumentError,
    () => integratedGradients(sum, sample, { target: -1 }),
    /there is no output -1/,
  ],
  [
    'a model that answers NaN',
    DataError,
    () =>
      limeTabular(
        rowModel(() => Number.NaN),
        sample,
        { background },
      ),
    /answered with an output of NaN\. Check its weights/,
  ],
  [
    'a model that answers too little',
    ArgumentError,
    () => kernelShap(() => ({ data: Float32Array.of(1), shape: [1] }), sample, { background }),
    /answered a batch of 2 inputs with the shape \[1\]/,
  ],
  [
    'a window for LIME of rows',
    ArgumentError,
    () => limeTabular(two, rows([[1, 2]]), { background }),
    /explains one row, \[features\].*Use kernelShap\(\)/,
  ],
  [
    'fewer samples than features',
    ArgumentError,
    () => limeTabular(two, sample, { background, samples: 2 }),
    /2 samples cannot tell 2 features apart; raise samples/,
  ],
  [
    'a background without any spread',
    ArgumentError,
    () => limeTabular(two, sample, { background: rows([[1, 2]]) }),
    /no feature varies in the background/,
  ],
  [
    'a kernel of no width',
    ArgumentError,
    () => limeImage(two, image, { kernelWidth: 0 }),
    /kernelWidth is 0/,
  ],
  [
    'a row for LIME of images',
    ArgumentError,
    () => limeImage(two, sample),
    /explains an image \[channels, height, width\]/,
  ],
  [
    'segments of another image',
    ArgumentError,
    () => limeImage(two, image, { segments: gridFeatures([1, 2, 2], 1) }),
    /groups of 4 values, but a sample of shape \[2, 2, 2\] has 8/,
  ],
  [
    'a segment without a pixel',
    ArgumentError,
    () => limeImage(two, image, { segments: { names: ['all', 'none'], groupOf: same(8, 0) } }),
    /"none" holds no value/,
  ],
  [
    'a value of no segment',
    ArgumentError,
    () => limeImage(two, image, { segments: { names: ['all'], groupOf: same(8, 1) } }),
    /puts? a value into group 1/,
  ],
  [
    'a patch for another shape',
    ArgumentError,
    () => occlusion(two, sample, { patch: [1, 1] }),
    /one length for each axis/,
  ],
  [
    'a stride that leaves gaps',
    ArgumentError,
    () => occlusion(two, sample, { patch: [1], stride: [2] }),
    /leaves values uncovered; on axis 0 it may be at most 1/,
  ],
  ['an axis that is not there', ArgumentError, () => featuresAlongAxis([2, 3], { axis: 2 }), /no axis 2/],
  ['a grid over rows', ArgumentError, () => gridFeatures([2, 3], 1), /\[channels, height, width\]/],
  ['a picture of a row', ArgumentError, () => heatMap({ shape: [3], values: [1, 2, 3] }), /Use sumByFeature/],
  [
    'bars of too few values',
    ArgumentError,
    () => sumByFeature({ shape: [3], values: [1] }),
    /1 values do not fill/,
  ],
  [
    'batches of no size',
    ArgumentError,
    () => kernelShap(two, sample, { background, batchSize: 0 }),
    /batchSize is 0/,
  ],
];

describe('explanations refuse', () => {
  test.each(wrong)('%s', async (_, error, call, message) => {
    const failed = await Promise.resolve()
      .then(call)
      .then(
        () => null,
        (cause: unknown) => cause,
      );
    expect(failed).toBeInstanceOf(error);
    expect((failed as Error).message).toMatch(message);
  });

  test('attention maps of a model without attention, and of a sample that is not there', async () => {
    const [line, attention] = [new Linear(2, 1), new Attention()];
    const input = zeros([1, 3, 2]);
    await expect(attentionMaps(line, input)).rejects.toThrow(/called no attention layer/);
    await expect(attentionMaps(attention, input, { sample: 1 })).rejects.toThrow(
      /no sample 1; the batch has 1/,
    );
    input.dispose();
    line.dispose();
  });
});
