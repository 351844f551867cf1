import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTypedArray, Generator } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { gradientShap } from '../../src/explain/gradient-shap.ts';
import { heatMap, sumByFeature } from '../../src/explain/heat-map.ts';
import { integratedGradients } from '../../src/explain/integrated-gradients.ts';
import { Conv2d } from '../../src/nn/convolution.ts';
import { Tanh } from '../../src/nn/activation.ts';
import { Dropout } from '../../src/nn/dropout.ts';
import { Flatten } from '../../src/nn/flatten.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import type { Values } from '../../src/trainer/dataset.ts';
import { DEVICES, useDevice } from '../devices.ts';
import { row, rows } from './models.ts';

const image: Values = { data: Float32Array.from({ length: 50 }, (_, at) => Math.sin(at)), shape: [2, 5, 5] };
const images: Values = {
  data: Float32Array.from({ length: 150 }, (_, at) => Math.cos(at)),
  shape: [3, 2, 5, 5],
};
/** 1 - relu(1 - x): no more than 1. */
const saturated = (input: Tensor): Tensor => input.neg().add(1).relu().neg().add(1);
const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0);

describe.each(DEVICES)('explanations by gradients on %s', (device) => {
  useDevice(device);
  const models: Sequential[] = [];
  let convolution: Sequential;
  let line: Sequential;

  beforeAll(() => {
    const generator = new Generator(5);
    convolution = new Sequential({
      conv: new Conv2d(2, 3, 3, { generator }),
      tanh: new Tanh(),
      flatten: new Flatten(),
      dropout: new Dropout(0.5),
      head: new Linear(27, 4, { generator }),
    });
    line = new Sequential({ head: new Linear(3, 1) });
    line.loadStateDict({
      'head.weight': { dtype: 'float32', shape: [1, 3], data: Float32Array.of(2, 0, -3) },
      'head.bias': { dtype: 'float32', shape: [1], data: Float32Array.of(7) },
    });
    models.push(convolution, line);
  });
  afterAll(() => models.forEach((model) => model.dispose()));

  it('integrated gradients are complete, the more the more steps', async () => {
    const found = [];
    for (const steps of [2, 8, 32]) {
      found.push(await integratedGradients(convolution, image, { target: 2, steps, baseline: 0.5 }));
    }
    const [coarse, finer, fine] = found.map(({ remainder }) => Math.abs(remainder));
    expect(finer!).toBeLessThan(coarse! / 4);
    expect(fine!).toBeLessThan(3e-5);
    const { values, prediction, baseValue, remainder } = found[2]!;
    expect(sumOf(values) + remainder).toBeCloseTo(prediction - baseValue, 10);
  });

  it('integrated gradients are exact for a linear model, and 0 for what it ignores', async () => {
    const found = await integratedGradients(line, row(1, 5, 2), { baseline: row(0, 1, 1), steps: 1 });
    expect(found).toMatchObject({ values: [2, 0, -3], prediction: 3, baseValue: 4, remainder: 0, target: 0 });
  });

  // Sundararajan, Taly & Yan (2017), section 2.1: the gradient at 2 is 0, although the output has changed by 1.
  it('integrated gradients see past a unit that is saturated, as in the paper', async () => {
    const found = await integratedGradients(saturated, row(2), { steps: 1000 });
    expect(found.values[0]).toBeCloseTo(1, 5);
    expect([found.prediction, found.baseValue]).toEqual([1, 0]);
  });

  it('expected gradients sum to prediction − base value within their errors, ever more closely', async () => {
    const few = await gradientShap(convolution, image, { background: images, target: 1, samples: 50 });
    const many = await gradientShap(convolution, image, { background: images, target: 1, samples: 1600 });
    for (const { remainder, errors } of [few, many]) {
      // The draws of the values hang together, so that their errors may all add up.
      expect(Math.abs(remainder)).toBeLessThan(sumOf(errors!));
    }
    expect(sumOf(many.errors!)).toBeLessThan(sumOf(few.errors!) / 4);
    expect(sumOf(many.values)).toBeCloseTo(many.prediction - many.baseValue - many.remainder, 8);
  });

  it('expected gradients of a linear model are its weights times the distance from the mean', async () => {
    const background = rows([[0, 1, 1]]);
    const found = await gradientShap(line, row(1, 5, 2), { background, samples: 10 });
    expect(found.values.map((value) => Number(value.toFixed(5)) + 0)).toEqual([2, 0, -3]);
    expect(found.values[1]).toBeCloseTo(0, 10);
    expect(found.remainder).toBeCloseTo(0, 5);
  });

  it('leave the model as it was: its mode, its gradients', async () => {
    convolution.train();
    const weight = convolution.parameters()[0]!;
    await integratedGradients(convolution, image, { target: 0, steps: 3 });
    await gradientShap(convolution, image, { target: 0, background: images, samples: 3 });
    expect(convolution.training).toBe(true);
    expect(convolution.parameters().every(({ grad, requiresGrad }) => grad === null && requiresGrad)).toBe(
      true,
    );
    const input = fromTypedArray(image.data, [1, 2, 5, 5]);
    convolution.forward(input).sum().backward();
    expect(weight.grad).not.toBeNull();
    for (const parameter of convolution.parameters()) parameter.grad = null;
    convolution.eval();
    input.dispose();
  });
});

describe('pictures of values', () => {
  it('sum the channels of an image', () => {
    const found = heatMap({ shape: [2, 2, 3], values: [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60] });
    expect(found).toEqual({ shape: [2, 3], values: [11, 22, 33, 44, 55, 66] });
  });

  it('show a window with time from left to right', () => {
    const found = heatMap({ shape: [3, 2], values: [1, 10, 2, 20, 3, 30] });
    expect(found).toEqual({ shape: [2, 3], values: [1, 2, 3, 10, 20, 30] });
  });

  it('sum the steps of each feature to bars', () => {
    const found = sumByFeature({ shape: [3, 2], values: [1, 10, 2, 20, 3, -60] }, ['level', 'wind']);
    expect(found).toEqual([
      { name: 'level', value: 6, error: null },
      { name: 'wind', value: -30, error: null },
    ]);
  });
});
