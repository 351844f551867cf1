import { ArgumentError, DataError } from '../error.ts';
import { sizeOf } from '../nn/shape.ts';
import type { Values } from '../trainer/dataset.ts';

/** Throws ArgumentError unless the values are as many as the shape says, and DataError unless all are finite. */
export function checkValues(what: string, { data, shape }: Values): void {
  const size = sizeOf(shape);
  if (shape.length === 0 || size !== data.length) {
    throw new ArgumentError(
      `${what}: the shape [${shape.join(', ')}] holds ${size} values, but ${data.length} were given.`,
    );
  }
  if (size === 0) {
    throw new DataError(`${what}: the shape [${shape.join(', ')}] is empty; give at least one value.`);
  }
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new DataError(`${what}: value ${wrong} is ${data[wrong]}; fill or drop it before explaining.`);
  }
}

/** Throws unless `background` is samples of the shape of `sample`, one after the other; returns how many. */
export function checkBackground(method: string, sample: Values, background: Values): number {
  checkValues(`${method}: background`, background);
  const [count, ...shape] = background.shape;
  if (shape.join() !== sample.shape.join()) {
    throw new ArgumentError(
      `${method}: the background must be samples like the one to explain, [count, ${sample.shape.join(', ')}], and has the shape [${background.shape.join(', ')}].`,
    );
  }
  return count!;
}

/** A value for each value of the sample: one number for all, or as given. Throws ArgumentError for another shape. */
export function replacement(method: string, sample: Values, given: number | Values): Float32Array {
  if (typeof given === 'number') {
    checkValues(method, { data: Float32Array.of(given), shape: [1] });
    return new Float32Array(sample.data.length).fill(given);
  }
  if (given.shape.join() !== sample.shape.join()) {
    throw new ArgumentError(
      `${method} must be a number or have the shape [${sample.shape.join(', ')}] of the sample, and has [${given.shape.join(', ')}].`,
    );
  }
  checkValues(method, given);
  return given.data;
}
