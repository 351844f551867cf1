import { describe, expect, it } from '@jest/globals';
import { exportOnnx, importOnnx } from '../../src/onnx.ts';
import { OnnxGraph } from '../../src/onnx/graph.ts';
import { expectValuesClose } from '../close.ts';
import { cases, prepare } from './cases.ts';
import { predict } from './runtime.ts';

describe.each(Object.entries(cases))('%s', (type, all) => {
  it.each(all.map((each, at): [number, (typeof all)[number]] => [at, each]))(
    'case %i comes back as the same layers, and predicts the same as a graph',
    async (_, given) => {
      const { model, inputs, calls } = prepare(type, given);
      const file = await exportOnnx(model, inputs);
      const layers = importOnnx(file);
      const graph = importOnnx(file, { as: 'graph' });
      expect(layers.describe()).toEqual(model.describe());
      expect(graph).toBeInstanceOf(OnnxGraph);
      for (const call of calls) {
        const expected = await predict(model, call);
        expect(await predict(layers, call)).toEqual(expected);
        const output = await predict(graph, call);
        expect(output.shape).toEqual(expected.shape);
        expectValuesClose(output.data, expected.data);
      }
    },
  );
});
