import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { PredictFunction } from '../../src/explain.ts';
import { drawnCoalitions } from '../../src/explain/coalitions.ts';
import { gridFeatures } from '../../src/explain/features.ts';
import { kernelShap } from '../../src/explain/kernel-shap.ts';
import type { Values } from '../../src/trainer/dataset.ts';
import { linearModel, row, rowModel, rows, same } from './models.ts';

/** Shapley values by their definition: the mean, over all orders, of what a feature adds when it becomes known. */
async function shapleyValues(model: PredictFunction, sample: Values, background: Values): Promise<number[]> {
  const width = sample.data.length;
  const count = background.shape[0]!;
  const known = new Map<string, number>();
  for (let set = 0; set < 2 ** width; set += 1) {
    const mask = Array.from({ length: width }, (_, at) => (set >> at) & 1);
    const data = background.data.map((value, at) => (mask[at % width] ? sample.data[at % width]! : value));
    const outputs = await model({ data, shape: [count, width] });
    known.set(mask.join(''), outputs.data.reduce((sum, value) => sum + value, 0) / count);
  }
  const totals = same(width, 0);
  const orders = permutations([...totals.keys()]);
  for (const order of orders) {
    const mask = same(width, 0);
    for (const feature of order) {
      const before = known.get(mask.join(''))!;
      mask[feature] = 1;
      totals[feature]! += (known.get(mask.join(''))! - before) / orders.length;
    }
  }
  return totals;
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0);

/** A smooth model in which features work together; feature 0 has no say. */
const tangled = rowModel((x) => Math.sin(x[1]! * x[2]!) + x[3]! * (x[4] ?? 1) + (x[5] ?? 0) ** 2);

describe('kernelShap with all sets of features', () => {
  const number = fc.double({ min: -2, max: 2, noNaN: true });
  const table = (width: number): fc.Arbitrary<number[][]> =>
    fc.array(fc.array(number, { minLength: width, maxLength: width }), { minLength: 2, maxLength: 4 });

  test('gives the Shapley values, which sum to prediction − base value; an ignored feature has 0', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: 6 }).chain(table), async ([sample, ...others]) => {
        const [one, background] = [row(...sample!), rows(others)];
        const found = await kernelShap(tangled, one, { background });
        const values = found.features.map(({ value }) => value);
        const exact = await shapleyValues(tangled, one, background);
        for (const [at, value] of exact.entries()) expect(values[at]).toBeCloseTo(value, 5);
        expect(sumOf(values)).toBeCloseTo(found.prediction - found.baseValue, 10);
        expect(found.remainder).toBeCloseTo(0, 10);
        expect(values[0]).toBeCloseTo(0, 6);
        expect(found.features.every(({ error }) => error === null)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test('gives features that say the same the same', async () => {
    const model = rowModel((x) => Math.exp(x[0]! + x[1]!) * x[2]!);
    const background = rows([
      [0, 0, 1],
      [1, 1, -1],
    ]);
    const { features } = await kernelShap(model, row(0.7, 0.7, 2), { background });
    expect(features[0]!.value).toBeCloseTo(features[1]!.value, 6);
  });

  // Lundberg, Erion & Lee, "Consistent individualized feature attribution for tree ensembles" (arXiv:1802.03888v3, 2019),
  // figure 1: two models of fever and cough, and the SHAP values that it prints for somebody who has both.
  const patients = rows([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  test.each([
    { cough: 0, base: 20, values: [30, 30], output: 80 },
    { cough: 10, base: 25, values: [30, 35], output: 90 },
  ])('gives the published values of fever and cough: $values', async ({ cough, base, values, output }) => {
    const model = rowModel(([hasFever, hasCough]) => 80 * hasFever! * hasCough! + cough * hasCough!);
    const features = ['fever', 'cough'];
    const found = await kernelShap(model, row(1, 1), { background: patients, features });
    expect(found.baseValue).toBeCloseTo(base, 10);
    expect(found.prediction).toBe(output);
    expect(found.features.map(({ name }) => name)).toEqual(features);
    for (const [at, value] of values.entries()) expect(found.features[at]!.value).toBeCloseTo(value, 8);
  });

  // Littlechild & Owen, "A simple expression for the Shapley value in a special case" (1973): each stretch of a runway is
  // shared by those who need it. The figures are those of the article "Airport problem" in Wikipedia.
  test('shares the runway of an airport as is known', async () => {
    const costs = [8, 11, 13, 18];
    const runway = rowModel((needs) => Math.max(0, ...costs.filter((_, at) => needs[at] === 1)));
    const { features } = await kernelShap(runway, row(1, 1, 1, 1), { background: rows([[0, 0, 0, 0]]) });
    const expected = [2, 3, 4, 9];
    for (const [at, value] of expected.entries()) expect(features[at]!.value).toBeCloseTo(value, 8);
  });

  test('gives a linear model its weights times the distance from the mean', async () => {
    const background = rows([
      [1, 0, 0],
      [3, 4, 1],
    ]);
    const { features } = await kernelShap(linearModel([2, -1, 5]), row(0, 1, 1), { background });
    expect(features.map(({ value }) => Number(value.toFixed(6)))).toEqual([-4, 1, 2.5]);
  });

  test('gives one feature alone all of it', async () => {
    const { features, remainder } = await kernelShap(linearModel([3]), row(2), {
      background: rows([[0], [1]]),
    });
    expect(features).toEqual([{ name: 'feature 0', value: 4.5, error: null }]);
    expect(remainder).toBe(0);
  });

  test('takes the pixels of a square as one feature', async () => {
    const image: Values = { data: Float32Array.from({ length: 32 }, (_, at) => at), shape: [2, 4, 4] };
    const background: Values = { data: new Float32Array(32), shape: [1, 2, 4, 4] };
    const upperLeft = rowModel((x) => x[0]! + x[5]! + x[16]!);
    const { features } = await kernelShap(upperLeft, image, {
      background,
      features: gridFeatures([2, 4, 4], 2),
    });
    expect(features.map(({ name, value }) => [name, Math.round(value * 1e6) / 1e6 + 0])).toEqual([
      ['row 0, column 0', 21],
      ['row 0, column 1', 0],
      ['row 1, column 0', 0],
      ['row 1, column 1', 0],
    ]);
  });
});

describe('drawnCoalitions', () => {
  test('draws sizes as often as the Shapley kernel weighs them, each set beside its complement', () => {
    const { masks, pairs } = drawnCoalitions(6, 4000, 1);
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (const { mask, complement } of pairs) {
      counts[sumOf([...masks[mask]!])]! += 1;
      expect(masks[complement]).toEqual(masks[mask]!.map((known) => 1 - known));
    }
    const weights = [1, 2, 3, 4, 5].map((size) => 1 / (size * (6 - size)));
    for (const [at, weight] of weights.entries()) {
      // Four standard errors.
      expect(Math.abs(counts[at + 1]! / 4000 - weight / sumOf(weights))).toBeLessThan(0.03);
    }
  });
});

describe('kernelShap with sets by chance', () => {
  const width = 13;
  const sample = row(...Array.from({ length: width }, (_, at) => Math.sin(at)));
  const background = rows([same(width, 0)]);
  // Pairs of sets are exact as long as no more than two features work together, so here three do.
  const model = rowModel((x) =>
    x.reduce((sum, value, at) => sum + value * (1 + x[(at + 1) % width]! * x[(at + 4) % width]!), 0),
  );

  const explain = (seed: number, batchSize: number): ReturnType<typeof kernelShap> =>
    kernelShap(model, sample, { background, samples: 100, seed, batchSize });

  test('sums to prediction − base value, and is off as far as the errors say', async () => {
    const exact = await kernelShap(model, sample, { background, samples: 2 ** width });
    const scores: number[] = [];
    for (let seed = 0; seed < 12; seed += 1) {
      const drawn = await kernelShap(model, sample, { background, samples: 300, seed });
      expect(sumOf(drawn.features.map(({ value }) => value))).toBeCloseTo(
        drawn.prediction - drawn.baseValue,
        8,
      );
      for (const [at, { value, error }] of drawn.features.entries()) {
        scores.push((value - exact.features[at]!.value) / error!);
      }
    }
    const meanSquare = sumOf(scores.map((score) => score * score)) / scores.length;
    expect(meanSquare).toBeGreaterThan(0.5);
    expect(meanSquare).toBeLessThan(1.6);
  });

  test('repeats to the bit for a seed, whatever the batch size, and differs for another', async () => {
    const first = await explain(1, 7);
    expect(await explain(1, 64)).toEqual(first);
    expect(await explain(2, 64)).not.toEqual(first);
  });
});
