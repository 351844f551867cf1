import { expect, test } from '@jest/globals';
import { calibration } from '../../src/metric/calibration.ts';
import type { AveragedScores } from '../../src/metric/classification.ts';
import { classificationScores } from '../../src/metric/classification.ts';
import { confusionMatrix } from '../../src/metric/confusion-matrix.ts';
import { precisionRecallCurve, rocAreas, rocCurve } from '../../src/metric/curve.ts';
import { pinballLoss } from '../../src/metric/interval.ts';
import { perplexity } from '../../src/metric/perplexity.ts';
import { naiveSquaredScale, r2, r2OnDifferences, rmsse } from '../../src/metric/regression.ts';
import { accuracy, naiveScale } from '../../src/report/accuracy.ts';
import { readFixture } from '../fixture.ts';

interface Fixture {
  classification: {
    classes: number;
    actual: number[];
    predicted: number[];
    matrix: number[];
    accuracy: number;
    /** Precision, recall, F1, support; each a list over the classes. */
    per_class: [number[], number[], number[], number[]];
    macro: [number, number, number];
    micro: [number, number, number];
    weighted: [number, number, number];
  }[];
  curves: {
    scores: number[];
    labels: number[];
    false_positive: number[];
    true_positive: number[];
    roc_area: number;
    precision: number[];
    recall: number[];
    average_precision: number;
    bins: number;
    frequency: number[];
    confidence: number[];
  }[];
  multiclass: { classes: number; scores: number[]; actual: number[]; macro: number };
  regression: {
    actual: number[];
    predicted: number[];
    last: number[];
    mae: number;
    rmse: number;
    r2: number;
    r2_on_differences: number;
    pinball: Record<string, number>;
  };
  language: { vocabulary: number; logits: number[]; targets: number[]; perplexity: number };
}

const fixture = await readFixture<Fixture>('metrics');
const near = (values: Iterable<number>): unknown[] => [...values].map((value) => expect.closeTo(value, 12));
const inOrder = ({ precision, recall, f1 }: AveragedScores): number[] => [precision, recall, f1];

test.each(fixture.classification)('classification scores are those of scikit-learn (%#)', (expected) => {
  const matrix = confusionMatrix(expected.predicted, expected.actual, expected.classes);
  expect([...matrix.counts]).toEqual(expected.matrix);
  const scores = classificationScores(matrix);
  expect(scores.accuracy).toBeCloseTo(expected.accuracy, 12);
  const [precision, recall, f1, support] = expected.per_class;
  expect(scores.perClass.map((one) => one.precision)).toEqual(near(precision));
  expect(scores.perClass.map((one) => one.recall)).toEqual(near(recall));
  expect(scores.perClass.map((one) => one.f1)).toEqual(near(f1));
  expect(scores.perClass.map((one) => one.support)).toEqual(support);
  for (const average of ['macro', 'micro', 'weighted'] as const) {
    expect({ average, values: inOrder(scores[average]) }).toEqual({
      average,
      values: near(expected[average]),
    });
  }
});

test.each(fixture.curves)('curves and calibration are those of scikit-learn (%#)', (expected) => {
  const roc = rocCurve(expected.scores, expected.labels);
  expect([...roc.falsePositiveRate]).toEqual(near(expected.false_positive));
  expect([...roc.truePositiveRate]).toEqual(near(expected.true_positive));
  expect(roc.area).toBeCloseTo(expected.roc_area, 12);
  const curve = precisionRecallCurve(expected.scores, expected.labels);
  expect([...curve.precision]).toEqual(near(expected.precision));
  expect([...curve.recall]).toEqual(near(expected.recall));
  expect(curve.area).toBeCloseTo(expected.average_precision, 12);
  const full = calibration(expected.scores, expected.labels, { bins: expected.bins }).bins.filter(
    ({ count }) => count > 0,
  );
  expect(full.map(({ frequency }) => frequency)).toEqual(near(expected.frequency));
  expect(full.map(({ confidence }) => confidence)).toEqual(near(expected.confidence));
});

test('areas for more than two classes are those of scikit-learn', () => {
  const { scores, actual, classes, macro } = fixture.multiclass;
  expect(rocAreas(scores, actual, classes).macro).toBeCloseTo(macro, 12);
});

test('regression scores are those of scikit-learn', () => {
  const { actual, predicted, last, ...expected } = fixture.regression;
  const { mae, rmse } = accuracy(predicted, actual, 1);
  expect([mae, rmse]).toEqual(near([expected.mae, expected.rmse]));
  expect(r2(predicted, actual)).toBeCloseTo(expected.r2, 12);
  expect(r2OnDifferences(predicted, actual, last)).toBeCloseTo(expected.r2_on_differences, 12);
  for (const [quantile, loss] of Object.entries(expected.pinball)) {
    expect(pinballLoss(predicted, actual, Number(quantile))).toBeCloseTo(loss, 12);
  }
});

test('perplexity is what PyTorch gives', () => {
  const { logits, targets, vocabulary, ...expected } = fixture.language;
  expect(perplexity(logits, targets, { vocabularySize: vocabulary })).toBeCloseTo(expected.perplexity, 9);
});

test('scaled errors are those of the examples in the documentation of sktime', () => {
  // sktime.performance_metrics.forecasting: mean_absolute_scaled_error, mean_squared_scaled_error(square_root=True),
  // mean_absolute_percentage_error(symmetric=True; there as a fraction, here in percent).
  const training = [5, 0.5, 4, 6, 3, 5, 2];
  const actual = [3, -0.5, 2, 7, 2];
  const predicted = [2.5, 0, 2, 8, 1.25];
  const { mase, smape } = accuracy(predicted, actual, naiveScale(training));
  expect(mase).toBeCloseTo(0.18333333333333335, 12);
  expect(smape).toBeCloseTo(55.53379953379953, 12);
  expect(rmsse(predicted, actual, naiveSquaredScale(training))).toBeCloseTo(0.20568833780186058, 12);
});

test('calibration errors are those of the example in the documentation of torchmetrics', () => {
  // torchmetrics.classification.BinaryCalibrationError, n_bins=2, norm l1 and max; printed with four digits.
  const { expectedError, maximumError } = calibration([0.25, 0.25, 0.55, 0.75, 0.75], [0, 0, 1, 1, 1], {
    bins: 2,
  });
  expect(expectedError).toBeCloseTo(0.29, 4);
  expect(maximumError).toBeCloseTo(0.3167, 4);
});
