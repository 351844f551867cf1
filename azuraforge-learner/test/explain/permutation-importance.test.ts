import { describe, expect, test } from '@jest/globals';
import { Generator } from 'azuraforge-core';
import { featuresAlongAxis } from '../../src/explain/features.ts';
import { permutationImportance } from '../../src/explain/permutation-importance.ts';
import type { PermutationImportance } from '../../src/explain/permutation-importance.ts';
import type { Values } from '../../src/trainer/dataset.ts';
import { linearModel, meanSquaredError, rowModel } from './models.ts';

const generator = new Generator(3);
const table: Values = { data: Float32Array.from({ length: 120 }, () => generator.random()), shape: [40, 3] };
const weights = [3, 0, -1];
const targets = Array.from({ length: 40 }, (_, at) => 3 * table.data[at * 3]! - table.data[at * 3 + 2]!);

function explain(seed: number, batchSize?: number): Promise<PermutationImportance> {
  return permutationImportance(linearModel(weights), table, {
    score: ({ data }) => meanSquaredError(data, targets),
    seed,
    batchSize,
  });
}

const total = ({ data }: Values): number => data.reduce((sum, value) => sum + value, 0);

describe('permutationImportance', () => {
  test('is exactly 0 for a column that the model does not use', async () => {
    const { features, score } = await explain(1);
    expect(score).toBeCloseTo(0, 10);
    expect(features[1]).toEqual({
      name: 'feature 1',
      mean: 0,
      standardDeviation: 0,
      values: [0, 0, 0, 0, 0],
    });
    expect(features[0]!.mean).toBeGreaterThan(features[2]!.mean);
    expect(features[2]!.mean).toBeGreaterThan(0);
  });

  test('repeats to the bit for a seed, whatever the batch size, and differs for another', async () => {
    const first = await explain(1, 7);
    expect(await explain(1, 100)).toEqual(first);
    expect(await explain(2, 100)).not.toEqual(first);
  });

  test('counts upwards for a score of which more is better', async () => {
    const { features } = await permutationImportance(linearModel(weights), table, {
      score: ({ data }) => -meanSquaredError(data, targets),
      better: 'higher',
      seed: 1,
    });
    expect(features[0]!.mean).toBeCloseTo((await explain(1)).features[0]!.mean, 10);
  });

  test('moves the whole track of a window, and groups together', async () => {
    const windows: Values = { data: Float32Array.from({ length: 60 }, (_, at) => at), shape: [10, 3, 2] };
    // 1 as long as the three steps of a feature, or the two features of a step, come from one sample.
    const track = rowModel(([first = 0, , second = 0, , third = 0]) =>
      Number(second === first + 2 && third === first + 4),
    );
    const step = rowModel(([one = 0, other = 0]) => Number(other === one + 1));
    const mean = async (model: typeof track, axis: number): Promise<number[]> => {
      const features = featuresAlongAxis([3, 2], { axis });
      const found = await permutationImportance(model, windows, {
        score: total,
        better: 'higher',
        features,
      });
      return found.features.map((feature) => feature.mean);
    };
    expect(await mean(track, -1)).toEqual([0, 0]);
    expect(Math.min(...(await mean(step, -1)))).toBeGreaterThan(5);
    expect(await mean(step, 0)).toEqual([0, 0, 0]);
  });
});
