import { readFile } from 'node:fs/promises';
import { fromTypedArray } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { TensorData } from '../src/nn/state.ts';

/** A tensor as `test/reference/generate.py` writes it. */
export interface FixtureTensor {
  shape: number[];
  data: number[];
  /** Default float32. */
  dtype?: 'int32';
}

const FOLDER = new URL('fixtures/', import.meta.url);

export async function readFixture<Content>(name: string): Promise<Content> {
  return JSON.parse(await readFile(new URL(`${name}.json`, FOLDER), 'utf8')) as Content;
}

export async function readFixtureBytes(name: string): Promise<Uint8Array> {
  return readFile(new URL(name, FOLDER));
}

export function asTensor(
  { shape, data, dtype }: FixtureTensor,
  options: { requiresGrad?: boolean } = {},
): Tensor {
  if (dtype === 'int32') return fromTypedArray(Int32Array.from(data), shape);
  return fromTypedArray(Float32Array.from(data), shape, options);
}

export function asTensorData(state: Record<string, FixtureTensor>): Record<string, TensorData> {
  return Object.fromEntries(Object.entries(state).map(([name, values]) => [name, asData(values)]));
}

function asData({ shape, data, dtype }: FixtureTensor): TensorData {
  if (dtype === 'int32') return { dtype, shape, data: Int32Array.from(data) };
  return { dtype: 'float32', shape, data: Float32Array.from(data) };
}
