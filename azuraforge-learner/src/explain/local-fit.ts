import { ArgumentError } from '../error.ts';
import { addSquare, apply, inverse, sandwichDiagonal } from './symmetric-matrix.ts';

/** A linear model of a model's answers near one sample. */
export interface LocalFit {
  /** One for each column. */
  coefficients: Float64Array;
  /** Standard errors of the coefficients, whatever the spread of the residuals (White, 1980). */
  errors: Float64Array;
  intercept: number;
  /** Weighted R²: 1 where the linear model says all; null where all answers are equal. */
  r2: number | null;
}

/** Weighted ridge regression with an intercept, which is not shrunk. Throws ArgumentError for too few points. */
export function fitLocally(
  points: readonly Float64Array[],
  answers: Float64Array,
  weights: Float64Array,
  { method, ridge }: { method: string; ridge: number },
): LocalFit {
  const width = points[0]!.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const centre = new Float64Array(width);
  let level = 0;
  for (const [index, point] of points.entries()) {
    const share = weights[index]! / total;
    level += share * answers[index]!;
    for (const [at, value] of point.entries()) centre[at]! += share * value;
  }
  const centred = points.map((point) => point.map((value, at) => value - centre[at]!));

  const matrix = new Float64Array(width * width);
  for (let at = 0; at < width; at += 1) matrix[at * width + at] = ridge;
  const towards = new Float64Array(width);
  for (const [index, point] of centred.entries()) {
    addSquare(matrix, point, weights[index]!);
    const pull = weights[index]! * (answers[index]! - level);
    for (const [at, value] of point.entries()) towards[at]! += pull * value;
  }
  const inverted = points.length > width ? inverse(matrix, width) : null;
  if (inverted === null) {
    throw new ArgumentError(
      `${method}: ${points.length} samples cannot tell ${width} features apart; raise samples (ten for each feature at least) or kernelWidth.`,
    );
  }
  const coefficients = apply(inverted, towards);

  const scatter = new Float64Array(width * width);
  let [left, all] = [0, 0];
  for (const [index, point] of centred.entries()) {
    const away = answers[index]! - level;
    const residual = away - point.reduce((sum, value, at) => sum + value * coefficients[at]!, 0);
    left += weights[index]! * residual * residual;
    all += weights[index]! * away * away;
    addSquare(scatter, point, (weights[index]! * residual) ** 2);
  }
  return {
    coefficients,
    errors: sandwichDiagonal(inverted, scatter, width).map((value) => Math.sqrt(Math.max(0, value))),
    intercept: level - coefficients.reduce((sum, value, at) => sum + value * centre[at]!, 0),
    r2: all > 0 ? 1 - left / all : null,
  };
}
