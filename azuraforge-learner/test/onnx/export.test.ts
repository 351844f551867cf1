import { describe, expect, it } from '@jest/globals';
import { builtinLayers } from '../../src/model-file/layer-types.ts';
import { exportOnnx, onnxGraphLayers } from '../../src/onnx.ts';
import { onnxLayers } from '../../src/onnx/layers.ts';
import { expectValuesClose } from '../close.ts';
import { cases, prepare } from './cases.ts';
import { predict, runOnnx } from './runtime.ts';

// A layer that ONNX cannot express is refused with its reason: an entry among `onnxLayers` that throws ArgumentError.
it('every layer type has nodes, and at least two cases here', () => {
  const types = [...Object.keys(builtinLayers), ...Object.keys(onnxGraphLayers)];
  expect(Object.keys(onnxLayers).sort()).toEqual(types.sort());
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
        expectValuesClose(outputs[at]!.data, expected.data);
      }
    },
  );
});
