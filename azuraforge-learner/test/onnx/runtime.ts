import { fromTypedArray, noGrad, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import * as ort from 'onnxruntime-web';
import type { Module } from '../../src/nn/module.ts';

// Threads would need a worker for each test file; the models are tiny.
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

export interface Feed {
  shape: readonly number[];
  data: Float32Array | Int32Array;
}

/** What onnxruntime predicts with a file, as [shape, values] of its one output. */
export async function runOnnx(
  file: Uint8Array,
  ...calls: readonly Readonly<Record<string, Feed>>[]
): Promise<{ shape: readonly number[]; data: Float32Array }[]> {
  const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
  const results = [];
  for (const inputs of calls) {
    const feeds = Object.entries(inputs).map(([name, { shape, data }]): [string, ort.Tensor] => [
      name,
      data instanceof Int32Array
        ? new ort.Tensor('int32', data, shape)
        : new ort.Tensor('float32', data, shape),
    ]);
    const output = (await session.run(Object.fromEntries(feeds)))[session.outputNames[0]!]!;
    results.push({ shape: output.dims, data: output.data as Float32Array });
  }
  await session.release();
  return results;
}

/** What the learner predicts. */
export async function predict(
  model: Module,
  feeds: Readonly<Record<string, Feed>>,
): Promise<{ shape: readonly number[]; data: number[] }> {
  const inputs = Object.values(feeds).map(({ shape, data }) => fromTypedArray(data, shape));
  const forward = model.forward.bind(model) as (...all: Tensor[]) => Tensor;
  const output = tidy(() => noGrad(() => forward(...inputs)));
  return { shape: output.shape, data: [...(await output.data())] };
}
