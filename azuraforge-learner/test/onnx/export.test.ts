import { describe, expect, it } from '@jest/globals';
import { tidy } from 'azuraforge-core';
import { builtinLayers } from '../../src/model-file/layer-types.ts';
import type { Module } from '../../src/nn/module.ts';
import { exportOnnx } from '../../src/onnx.ts';
import { onnxLayers } from '../../src/onnx/layers.ts';
import { expectValuesClose } from '../close.ts';
import { cases, prepare } from './cases.ts';
import { asTensor, runOnnx } from './runtime.ts';
import type { Feed } from './runtime.ts';

async function predict(
  model: Module,
  feeds: Record<string, Feed>,
): Promise<{ shape: readonly number[]; data: Iterable<number> }> {
  const [first, ...more] = Object.values(feeds).map(asTensor);
  const output = tidy(() =>
    (model.forward as (...inputs: unknown[]) => ReturnType<Module['forward']>).call(model, first, ...more),
  );
  return { shape: output.shape, data: await output.data() };
}

it('every layer type has nodes, and at least two cases here', () => {
  expect(Object.keys(onnxLayers).sort()).toEqual(Object.keys(builtinLayers).sort());
  expect(Object.keys(cases).sort()).toEqual(Object.keys(builtinLayers).sort());
  for (const each of Object.values(cases)) expect(each.length).toBeGreaterThan(1);
});

describe.each(Object.entries(cases))('%s', (type, all) => {
  it.each(all.map((each, at): [number, (typeof all)[number]] => [at, each]))(
    'case %i predicts the same in onnxruntime, with other lengths too',
    async (_, given) => {
      const { model, inputs, calls } = prepare(type, given);
      const outputs = await runOnnx(await exportOnnx(model, inputs), ...calls);
      for (const [at, call] of calls.entries()) {
        const expected = await predict(model, call);
        expect(outputs[at]!.shape).toEqual(expected.shape);
        expectValuesClose(outputs[at]!.data, [...expected.data]);
      }
    },
  );
});
