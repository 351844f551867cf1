import { Tensor, fromTypedArray } from 'azuraforge-core';
import { ModelFileError } from '../error.ts';

/** The values of one tensor outside the engine, in row-major order. */
export type TensorData =
  | { dtype: 'float32'; shape: readonly number[]; data: Float32Array }
  | { dtype: 'int32'; shape: readonly number[]; data: Int32Array };

/** The values of named tensors, read from their device. */
export async function readState(
  tensors: Readonly<Record<string, Tensor>>,
): Promise<Record<string, TensorData>> {
  const state: [string, TensorData][] = [];
  for (const [name, tensor] of Object.entries(tensors)) {
    const { shape } = tensor;
    const data = await tensor.data();
    state.push([
      name,
      data instanceof Float32Array ? { dtype: 'float32', shape, data } : { dtype: 'int32', shape, data },
    ]);
  }
  return Object.fromEntries(state);
}

/** Overwrites every target with the value of its name; checks all before it changes the first. Throws ModelFileError. */
export function assignState(
  targets: Readonly<Record<string, Tensor>>,
  state: Readonly<Record<string, Tensor | TensorData>>,
): void {
  const names = Object.keys(targets);
  const problems = [
    ...names.filter((name) => !Object.hasOwn(state, name)).map((name) => `${name} is missing`),
    ...Object.keys(state)
      .filter((name) => !Object.hasOwn(targets, name))
      .map((name) => `${name} is not in the model`),
    ...names.flatMap((name) =>
      Object.hasOwn(state, name) ? problemOf(name, targets[name]!, state[name]!) : [],
    ),
  ];
  if (problems.length > 0) {
    const shown = problems.slice(0, 5).join('; ');
    const rest = problems.length > 5 ? `; and ${problems.length - 5} more` : '';
    throw new ModelFileError(
      `The saved state does not fit the model: ${shown}${rest}. Use the state of this very model.`,
    );
  }
  for (const name of names) {
    const [target, value] = [targets[name]!, state[name]!];
    if (value instanceof Tensor) {
      target.assign(value);
    } else {
      const source = fromTypedArray(value.data, value.shape, { device: target.device });
      target.assign(source);
      source.dispose();
    }
  }
}

function problemOf(name: string, target: Tensor, value: Tensor | TensorData): string[] {
  const [wanted, given] = [target.shape.join(', '), value.shape.join(', ')];
  if (wanted !== given) return [`${name} has the shape [${given}] instead of [${wanted}]`];
  if (value.dtype !== target.dtype) return [`${name} is ${value.dtype} instead of ${target.dtype}`];
  if (value instanceof Tensor) return [];
  const wrong = value.data.find((number: number) => !Number.isFinite(number));
  return wrong === undefined ? [] : [`${name} holds ${wrong}`];
}
