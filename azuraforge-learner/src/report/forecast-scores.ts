import type { Accuracy } from './accuracy.ts';
import { accuracy, naiveScale } from './accuracy.ts';
import { naiveForecast, seasonalNaiveForecast } from './baseline.ts';
import type { Comparison } from './comparison.ts';
import { compareErrors } from './comparison.ts';

/** Forecasts for every origin of the held-out test window, in the unit of the target. */
export interface TestForecasts {
  /** The whole target series and the date of each value. */
  values: Float64Array;
  labels: readonly string[];
  /** Last observed row of each forecast, oldest first. */
  origins: Int32Array;
  horizon: number;
  /** `origins.length × horizon`; the model's forecasts. */
  predicted: Float64Array;
  /** Rows before this one were trained on. */
  trainEnd: number;
  /** Rows in one season of the seasonal-naive forecast. */
  seasonLength: number;
}

export const COMPETITORS = ['model', 'naive', 'seasonal_naive'] as const;
export type Competitor = (typeof COMPETITORS)[number];

/** `null` for a seasonal-naive forecast whose season before lies outside the series. */
type CompetitorScores = Record<Competitor, Accuracy | null>;

export interface ForecastScores {
  /** Over all steps ahead together. */
  overall: { model: Accuracy; naive: Accuracy; seasonal_naive: Accuracy | null };
  /** For one step ahead, two steps ahead, and so on. */
  byStep: CompetitorScores[];
  /** The model against the naive forecast. */
  comparison: Comparison;
}

/** Forecast of one competitor `step` rows (from 1) after the origin at `index`. */
export function forecastOf(
  test: TestForecasts,
  competitor: Competitor,
  index: number,
  step: number,
): number | null {
  const origin = test.origins[index] ?? Number.NaN;
  if (competitor === 'naive') return naiveForecast(test.values, origin);
  if (competitor === 'seasonal_naive') {
    return seasonalNaiveForecast(test.values, origin, step, test.seasonLength);
  }
  return test.predicted[index * test.horizon + step - 1] ?? null;
}

/** What happened `step` rows after the origin at `index`. */
export function actualOf(test: TestForecasts, index: number, step: number): number {
  return test.values[(test.origins[index] ?? 0) + step] ?? Number.NaN;
}

/** Every competitor on the same rows of the test window. */
export function scoreForecasts(test: TestForecasts): ForecastScores {
  const scale = naiveScale(test.values.subarray(0, test.trainEnd));
  const steps = Array.from({ length: test.horizon }, (_, index) => index + 1);
  const score = (competitor: Competitor, chosen: readonly number[]): Accuracy | null => {
    const pairs = pairsOf(test, competitor, chosen);
    return pairs && accuracy(pairs.predicted, pairs.actual, scale);
  };
  const known = (competitor: 'model' | 'naive'): Accuracy => {
    const pairs = pairsOf(test, competitor, steps);
    return accuracy(pairs?.predicted ?? [], pairs?.actual ?? [], scale);
  };
  return {
    overall: {
      model: known('model'),
      naive: known('naive'),
      seasonal_naive: score('seasonal_naive', steps),
    },
    byStep: steps.map((step) => ({
      model: score('model', [step]),
      naive: score('naive', [step]),
      seasonal_naive: score('seasonal_naive', [step]),
    })),
    comparison: compareErrors(
      errorsByOrigin(test, 'model', steps),
      errorsByOrigin(test, 'naive', steps),
      test.horizon,
    ),
  };
}

function pairsOf(
  test: TestForecasts,
  competitor: Competitor,
  steps: readonly number[],
): { predicted: number[]; actual: number[] } | null {
  const predicted: number[] = [];
  const actual: number[] = [];
  for (let index = 0; index < test.origins.length; index += 1) {
    for (const step of steps) {
      const forecast = forecastOf(test, competitor, index, step);
      if (forecast === null) return null;
      predicted.push(forecast);
      actual.push(actualOf(test, index, step));
    }
  }
  return { predicted, actual };
}

function errorsByOrigin(
  test: TestForecasts,
  competitor: 'model' | 'naive',
  steps: readonly number[],
): number[] {
  return Array.from(test.origins, (_, index) => {
    const errors = steps.map((step) =>
      Math.abs((forecastOf(test, competitor, index, step) ?? Number.NaN) - actualOf(test, index, step)),
    );
    return errors.reduce((sum, error) => sum + error, 0) / errors.length;
  });
}
