import { expect, test } from '@jest/globals';
import { ArgumentError, DataError } from '../../src/error.ts';
import type { Metric } from '../../src/metric.ts';
import { ClassificationMetric } from '../../src/metric/classification-metric.ts';
import { CollectedMetric } from '../../src/metric/collected-metric.ts';
import { r2 } from '../../src/metric/regression.ts';
import type { Values } from '../../src/trainer/dataset.ts';

const values = (data: number[], ...shape: number[]): Values => ({ data: Float32Array.from(data), shape });
const r2Metric = (): Metric =>
  new CollectedMetric('r2', (predicted, actual) => r2(predicted.data, actual.data));

test('a collected metric scores all batches as one, and forgets them at reset', () => {
  const metric = r2Metric();
  expect(metric.compute()).toBeNaN();
  metric.update(values([1, 2], 2, 1), values([1, 3], 2, 1));
  metric.update(values([7], 1, 1), values([8], 1, 1));
  expect(metric.compute()).toBe(r2([1, 2, 7], [1, 3, 8]));
  metric.reset();
  expect(metric.compute()).toBeNaN();
  metric.update(values([1, 2], 2), values([3, 3], 2));
  expect(metric.compute()).toBeNaN();
});

test('a collected metric keeps copies, for the trainer may use its arrays again', () => {
  const metric = r2Metric();
  const batch = values([1, 2], 2);
  metric.update(batch, values([1, 3], 2));
  batch.data.fill(9);
  expect(metric.compute()).toBe(r2([1, 2], [1, 3]));
});

test('a classification metric counts over all batches', () => {
  const accuracy = new ClassificationMetric();
  const recall = new ClassificationMetric('recall_of_1', (scores) => scores.perClass[1]!.recall);
  expect(accuracy.compute()).toBeNaN();
  for (const metric of [accuracy, recall]) {
    metric.update(values([0.9, 0.1, 0.2, 0.8], 2, 2), values([0, 1], 2));
    metric.update(values([0.9, 0.1], 1, 2), values([1], 1));
  }
  expect(accuracy.compute()).toBeCloseTo(2 / 3, 12);
  expect(recall.compute()).toBeCloseTo(1 / 2, 12);
  accuracy.reset();
  expect(accuracy.compute()).toBeNaN();
});

test('shapes that do not fit are errors', () => {
  const metric = new ClassificationMetric();
  expect(() => metric.update(values([1, 2], 2), values([0, 1], 2))).toThrow(
    /\[samples, classes\] and \[samples\]/,
  );
  metric.update(values([1, 2], 1, 2), values([0], 1));
  expect(() => metric.update(values([1, 2, 3], 1, 3), values([0], 1))).toThrow(/3 classes after 2/);
  expect(() => r2Metric().update(values([1, 2], 2), values([1], 1))).toThrow(DataError);
  expect(() => metric.update(values([], 0, 2), values([], 0))).toThrow(ArgumentError);
});
