import type { PredictFunction } from '../../src/explain.ts';
import type { Values } from '../../src/trainer/dataset.ts';

/** A function of rows, as what explanations ask. */
export function rowModel(answer: (row: Float32Array) => number | readonly number[]): PredictFunction {
  return ({ data, shape: [count = 0, ...shape] }) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const answers = Array.from({ length: count }, (_, index) =>
      answer(data.subarray(index * size, (index + 1) * size)),
    );
    const width = [answers[0]!].flat().length;
    return { data: Float32Array.from(answers.flat()), shape: width === 1 ? [count] : [count, width] };
  };
}

/** weights · row */
export function linearModel(weights: readonly number[]): PredictFunction {
  return rowModel((inputs) => inputs.reduce((sum, value, at) => sum + value * weights[at]!, 0));
}

/** A value as often as said. */
export function same(length: number, value: number): number[] {
  return Array.from({ length }, () => value);
}

export function row(...numbers: number[]): Values {
  return { data: Float32Array.from(numbers), shape: [numbers.length] };
}

export function rows(table: readonly (readonly number[])[]): Values {
  return { data: Float32Array.from(table.flat()), shape: [table.length, table[0]!.length] };
}

export function meanSquaredError(predicted: ArrayLike<number>, actual: readonly number[]): number {
  return actual.reduce((sum, value, at) => sum + (predicted[at]! - value) ** 2, 0) / actual.length;
}
