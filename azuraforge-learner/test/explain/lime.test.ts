import { describe, expect, test } from '@jest/globals';
import { gridFeatures } from '../../src/explain/features.ts';
import { limeImage } from '../../src/explain/lime-image.ts';
import { limeTabular } from '../../src/explain/lime-tabular.ts';
import type { Values } from '../../src/trainer/dataset.ts';
import { linearModel, row, rowModel, rows } from './models.ts';

const background = rows([
  [0, 5, 10, 1],
  [2, 5, 20, 1],
  [4, 5, 60, 1.5],
]);

describe('limeTabular', () => {
  test('recovers the coefficients of a linear model', async () => {
    const weights = [2, 7, -0.5, 0];
    const found = await limeTabular(linearModel(weights), row(1, 5, 30, 1), {
      background,
      featureNames: ['a', 'constant', 'b', 'ignored'],
    });
    const slopes = Object.fromEntries(found.features.map(({ name, slope }) => [name, slope]));
    expect(slopes['a']).toBeCloseTo(2, 4);
    expect(slopes['b']).toBeCloseTo(-0.5, 4);
    expect(slopes['constant']).toBe(0);
    expect(slopes['ignored']).toBeCloseTo(0, 4);
    // By one standard deviation of the background.
    expect(found.features[0]!.value).toBeCloseTo(2 * Math.sqrt(8 / 3), 4);
    expect(found.prediction).toBeCloseTo(22, 4);
    expect(found.localPrediction).toBeCloseTo(22, 3);
    expect(found.fit).toBeCloseTo(1, 5);
    expect(Math.max(...found.features.map(({ error }) => error!))).toBeLessThan(1e-4);
  });

  test('finds the slope near the sample, the closer the narrower the kernel, and says how well a line fits', async () => {
    const square = rowModel((x) => x[0]! ** 2);
    const around = (kernelWidth: number): ReturnType<typeof limeTabular> =>
      limeTabular(square, row(3), { background: rows([[0], [2]]), kernelWidth, samples: 4000, seed: 4 });
    const [wide, narrow] = [await around(5), await around(0.1)];
    for (const found of [wide, narrow]) {
      const { value, error } = found.features[0]!;
      expect(Math.abs(value - 6)).toBeLessThan(4 * error!);
    }
    expect(narrow.features[0]!.error!).toBeLessThan(wide.features[0]!.error!);
    expect(narrow.fit!).toBeGreaterThan(wide.fit!);
  });

  test('repeats to the bit for a seed, whatever the batch size; a model that says one thing only fits nothing', async () => {
    const bent = rowModel((x) => Math.tanh(x[0]! * x[2]!));
    const explain = (seed: number, batchSize: number): ReturnType<typeof limeTabular> =>
      limeTabular(bent, row(1, 5, 0, 1), { background, samples: 50, seed, batchSize });
    expect(await explain(1, 7)).toEqual(await explain(1, 50));
    expect(await explain(2, 7)).not.toEqual(await explain(1, 7));
    const same = await limeTabular(linearModel([0, 0, 0, 0]), row(1, 5, 0, 1), { background, samples: 50 });
    expect(same.fit).toBeNull();
    expect(same.features.map(({ value }) => value + 0)).toEqual([0, 0, 0, 0]);
  });
});

describe('limeImage', () => {
  const image: Values = {
    data: Float32Array.from({ length: 2 * 4 * 6 }, (_, at) => 1 + Math.sin(at)),
    shape: [2, 4, 6],
  };

  test('recovers what each segment adds to a linear model', async () => {
    const segments = gridFeatures([2, 4, 6], 2);
    const weights = Array.from({ length: 48 }, (_, at) => Math.cos(at));
    const found = await limeImage(linearModel(weights), image, { segments, fill: 0.25, samples: 200 });
    for (const [segment, { value }] of found.features.entries()) {
      const adds = weights.reduce((sum, weight, at) => {
        const isInside = segments.groupOf[at] === segment;
        return sum + (isInside ? weight * (image.data[at]! - 0.25) : 0);
      }, 0);
      expect(value).toBeCloseTo(adds, 4);
    }
    expect(found.localPrediction).toBeCloseTo(found.prediction, 4);
    expect(found.heatMap.shape).toEqual([4, 6]);
    // Row 2, column 3 of the picture lies in row 1, column 1 of the grid.
    expect(found.heatMap.values[2 * 6 + 3]).toBe(found.features[4]!.value);
  });

  test('hides a segment under its own mean, channel by channel', async () => {
    const ofChannels = rowModel((x) => {
      const sums = [0, 24].map((start) =>
        x.subarray(start, start + 24).reduce((sum, value) => sum + value, 0),
      );
      return sums[0]! * 10 + sums[1]!;
    });
    const found = await limeImage(ofChannels, image, { segments: gridFeatures([2, 4, 6], 3), samples: 100 });
    for (const { value } of found.features) expect(value).toBeCloseTo(0, 3);
  });
});
