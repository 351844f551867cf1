import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Generator, memory } from 'azuraforge-core';
import { CancelledError } from '../../src/error.ts';
import type { ExplainOptions } from '../../src/explain.ts';
import { gradientShap } from '../../src/explain/gradient-shap.ts';
import { integratedGradients } from '../../src/explain/integrated-gradients.ts';
import { kernelShap } from '../../src/explain/kernel-shap.ts';
import { limeTabular } from '../../src/explain/lime-tabular.ts';
import { occlusion } from '../../src/explain/occlusion.ts';
import { permutationImportance } from '../../src/explain/permutation-importance.ts';
import { Dropout } from '../../src/nn/dropout.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { row, rows } from './models.ts';

// A file of its own: elsewhere the garbage collector may free what earlier tests left, and so move the counts.
let model: Sequential;
beforeAll(() => {
  model = new Sequential({
    dropout: new Dropout(0.5),
    head: new Linear(3, 1, { generator: new Generator(1) }),
  });
});
afterAll(() => model.dispose());

const sample = row(1, 2, 3);
const background = rows([
  [0, 1, 0],
  [1, 0, 1],
  [2, 2, 2],
]);

const methods: [string, (options: ExplainOptions) => Promise<unknown>][] = [
  [
    'permutationImportance',
    (options) =>
      permutationImportance(model, background, { ...options, score: ({ data }) => data[0]!, repeats: 2 }),
  ],
  ['integratedGradients', (options) => integratedGradients(model, sample, { ...options, steps: 12 })],
  ['gradientShap', (options) => gradientShap(model, sample, { ...options, background, samples: 12 })],
  ['kernelShap', (options) => kernelShap(model, sample, { ...options, background })],
  ['limeTabular', (options) => limeTabular(model, sample, { ...options, background, samples: 30 })],
  ['occlusion', (options) => occlusion(model, sample, { ...options, patch: [1] })],
];

describe.each(methods)('%s', (_, explain) => {
  test('tells its progress up to 1, asks in eval mode, and gives data that JSON can carry', async () => {
    const told: number[] = [];
    const found = await explain({ batchSize: 4, onProgress: (fraction) => told.push(fraction) });
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
    expect(told.at(-2)).toBeLessThan(1);
    // Dropout would make another answer each time.
    expect(await explain({ batchSize: 4 })).toEqual(found);
    expect(model.training).toBe(true);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  test('asks nothing when it is aborted before it starts', async () => {
    const told: number[] = [];
    const run = explain({ signal: AbortSignal.abort(), onProgress: (fraction) => told.push(fraction) });
    await expect(run).rejects.toThrow(CancelledError);
    expect(told).toEqual([]);
  });

  test('ends when it is aborted, and leaves neither tensors nor eval mode behind', async () => {
    const { buffers, bytes } = memory();
    const cancel = new AbortController();
    const run = explain({
      batchSize: 1,
      signal: cancel.signal,
      onProgress: () => cancel.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow(CancelledError);
    await explain({});
    expect(memory()).toMatchObject({ buffers, bytes });
    expect(model.training).toBe(true);
  });
});
