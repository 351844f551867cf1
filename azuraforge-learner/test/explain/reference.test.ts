import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { integratedGradients } from '../../src/explain/integrated-gradients.ts';
import { fitLocally } from '../../src/explain/local-fit.ts';
import { gradientShap } from '../../src/explain/gradient-shap.ts';
import { permutationImportance } from '../../src/explain/permutation-importance.ts';
import { LastStep } from '../../src/nn/last-step.ts';
import { Linear } from '../../src/nn/linear.ts';
import { LSTM } from '../../src/nn/lstm.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import type { Values } from '../../src/trainer/dataset.ts';
import { expectValuesClose } from '../close.ts';
import { DEVICES, useDevice } from '../devices.ts';
import { asTensorData, readFixture } from '../fixture.ts';
import type { FixtureTensor } from '../fixture.ts';
import { linearModel, meanSquaredError } from './models.ts';

interface Fixture {
  importances: {
    inputs: FixtureTensor;
    targets: number[];
    weights: number[];
    mean: number[];
    deviation: number[];
  };
  ridge: {
    points: number[][];
    answers: number[];
    weights: number[];
    ridge: number;
    coefficients: number[];
    intercept: number;
    r2: number;
  }[];
  gradients: {
    state: Record<string, FixtureTensor>;
    sample: FixtureTensor;
    baseline: FixtureTensor;
    background: FixtureTensor;
    target: number;
    prediction: number;
    baselineOutput: number;
    values: FixtureTensor;
    backgroundOutput: number;
    expected: FixtureTensor;
  };
}

const fixture = await readFixture<Fixture>('explanations');
const values = ({ shape, data }: FixtureTensor): Values => ({ shape, data: Float32Array.from(data) });

describe.each(DEVICES)('explanations of an LSTM beside PyTorch on %s', (device) => {
  const { gradients } = fixture;
  const { target } = gradients;
  let model: Sequential;
  useDevice(device);
  beforeAll(() => {
    model = new Sequential({ lstm: new LSTM(3, 5), last: new LastStep(), head: new Linear(5, 2) });
    model.loadStateDict(asTensorData(gradients.state));
  });
  afterAll(() => model.dispose());

  it('integrates gradients', async () => {
    const found = await integratedGradients(model, values(gradients.sample), {
      baseline: values(gradients.baseline),
      target,
      steps: 200,
    });
    expectValuesClose(found.values, gradients.values.data, 'values', 2e-5);
    expectValuesClose(
      [found.prediction, found.baseValue, found.remainder],
      [gradients.prediction, gradients.baselineOutput, 0],
      'outputs',
      2e-5,
    );
    expect(found).toMatchObject({ shape: [6, 3], target: 1, errors: null });
  });

  it('expects gradients over a background, as far off as the errors say', async () => {
    const found = await gradientShap(model, values(gradients.sample), {
      background: values(gradients.background),
      target,
      samples: 600,
    });
    expect(found.baseValue).toBeCloseTo(gradients.backgroundOutput, 5);
    const scores = found.values.map(
      (value, at) => (value - gradients.expected.data[at]!) / found.errors![at]!,
    );
    const meanSquare = scores.reduce((sum, score) => sum + score * score, 0) / scores.length;
    expect(Math.max(...scores.map(Math.abs))).toBeLessThan(4);
    expect(meanSquare).toBeGreaterThan(0.2);
  });
});

describe('explanations beside scikit-learn', () => {
  it('has its permutation importances, but for chance', async () => {
    const { inputs, targets, weights, mean, deviation } = fixture.importances;
    const repeats = 100;
    const found = await permutationImportance(linearModel(weights), values(inputs), {
      score: (predicted) => meanSquaredError(predicted.data, targets),
      repeats,
    });
    for (const [at, feature] of found.features.entries()) {
      const error = deviation[at]! * Math.sqrt(1 / repeats + 1 / 2000);
      expect(Math.abs(feature.mean - mean[at]!)).toBeLessThanOrEqual(4 * error);
      expect(feature.standardDeviation).toBeGreaterThanOrEqual(0.7 * deviation[at]!);
      expect(feature.standardDeviation).toBeLessThanOrEqual(1.3 * deviation[at]!);
    }
  });

  it.each(fixture.ridge)('fits weighted lines with ridge $ridge', (reference) => {
    const found = fitLocally(
      reference.points.map((point) => Float64Array.from(point)),
      Float64Array.from(reference.answers),
      Float64Array.from(reference.weights),
      { method: 'test', ridge: reference.ridge },
    );
    expectValuesClose(found.coefficients, reference.coefficients, 'coefficients', 1e-9);
    expectValuesClose([found.intercept, found.r2!], [reference.intercept, reference.r2], 'fit', 1e-9);
  });
});
