import { describe, expect, it } from '@jest/globals';
import { fromTypedArray, memory, tidy } from 'azuraforge-core';
import { loadModel, saveModel } from '../../src/model-file.ts';
import { builtinLayers } from '../../src/model-file/layer-types.ts';
import { Linear } from '../../src/nn/linear.ts';
import { BatchNorm1d } from '../../src/nn/normalization.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { exportOnnx, importOnnx, onnxGraphLayers } from '../../src/onnx.ts';
import type { OnnxGraph } from '../../src/onnx.ts';
import { Adam } from '../../src/optim/adam.ts';
import { expectValuesClose } from '../close.ts';
import { DEVICES, useDevice } from '../devices.ts';
import { asTensor, readFixture, readFixtureBytes } from '../fixture.ts';
import type { FixtureTensor } from '../fixture.ts';
import { predict, runOnnx } from './runtime.ts';

interface Call {
  input: FixtureTensor;
  output: FixtureTensor;
}

const description = {
  pipelineId: 'imported',
  preprocessing: {},
  features: [],
  versions: {},
  datasetHash: '',
  seed: 0,
};
const feed = ({ shape, data }: FixtureTensor) => ({ input: { shape, data: Float32Array.from(data) } });

describe.each(DEVICES)('a file that PyTorch exported, on %s', (device) => {
  useDevice(device);

  it.each(['painter', 'forecaster', 'writer', 'mixer'])('%s predicts what PyTorch predicts', async (name) => {
    const model = importOnnx(await readFixtureBytes(`onnx/${name}.onnx`));
    for (const { input, output } of await readFixture<Call[]>(`onnx/${name}`)) {
      const predicted = model.forward(asTensor(input));
      expect([...predicted.shape]).toEqual(output.shape);
      expectValuesClose(await predicted.data(), output.data);
    }
    model.dispose();
  });
});

describe('an imported graph', () => {
  it.each(['painter', 'forecaster', 'mixer'])('%s is saved, loaded, and exported again', async (name) => {
    const model = importOnnx(await readFixtureBytes(`onnx/${name}.onnx`));
    const calls = (await readFixture<Call[]>(`onnx/${name}`)).map(({ input }) => feed(input));
    const layers = { ...builtinLayers, ...onnxGraphLayers };
    const loaded = loadModel(await saveModel(model, description), { layers }).model;
    const shape = calls[0]!.input.shape.map((length, axis) =>
      axis === 1 && length === 1 ? 1 : `axis${axis}`,
    );
    const fixed =
      name === 'forecaster' ? ['batch', 'time', 3] : name === 'mixer' ? ['batch', 'time', 4] : shape;
    const outputs = await runOnnx(await exportOnnx(loaded, { shape: fixed }), ...calls);
    for (const [at, call] of calls.entries()) {
      const expected = await predict(model, call);
      expect(await predict(loaded, call)).toEqual(expected);
      expect(outputs[at]!.shape).toEqual(expected.shape);
      expectValuesClose(outputs[at]!.data, expected.data);
    }
  });

  it('is trained further, with the statistics of its batch norm left alone', async () => {
    const model = new Sequential([new Linear(3, 4), new BatchNorm1d(4), new Linear(4, 1)]);
    const file = await exportOnnx(model, { shape: ['batch', 3] });
    const graph = importOnnx(file, { as: 'graph' });
    expect(graph.namedBuffers().map(([name]) => name)).toEqual(['1.running_mean', '1.running_var']);
    const optimizer = new Adam(graph.parameters(), { learningRate: 0.05 });
    const losses: number[] = [];
    for (let step = 0; step < 5; step++) {
      const input = fromTypedArray(Float32Array.from([1, 2, 3, -1, 0, 2]), [2, 3]);
      const loss = graph.forward(input).sub(5).square().mean();
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      losses.push((await loss.data())[0]!);
    }
    expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.9);
  });

  it('keeps nothing but its weights, and releases them', async () => {
    const before = memory().buffers;
    const graph = importOnnx(await readFixtureBytes('onnx/writer.onnx'));
    const held = memory().buffers;
    const [{ input }] = (await readFixture<Call[]>('onnx/writer')) as [Call];
    for (let call = 0; call < 3; call++) tidy(() => void graph.forward(asTensor(input)));
    expect(memory().buffers).toBe(held);
    graph.dispose();
    expect(memory().buffers).toBe(before);
  });

  it('gives every output by its name, and names the input that does not fit', async () => {
    const file = await exportOnnx(
      new Linear(2, 1),
      { name: 'rows', shape: ['batch', 2] },
      { outputName: 'sums' },
    );
    const graph = importOnnx(file, { as: 'graph' }) as OnnxGraph;
    const input = fromTypedArray(new Float32Array(6), [3, 2]);
    expect(Object.keys(graph.run(input))).toEqual(['sums']);
    expect(() => graph.forward(fromTypedArray(new Float32Array(6), [2, 3]))).toThrow(
      'The ONNX graph takes for rows [?, 2] of float32 and was given [2, 3] of float32.',
    );
  });
});

it('layers that share a weight are exported with it, and come back', async () => {
  const shared = new Linear(3, 3);
  const model = new Sequential({ one: shared, two: shared }).eval();
  const call = { input: { shape: [2, 3], data: Float32Array.from([1, 2, 3, -1, 0, 2]) } };
  const file = await exportOnnx(model, { shape: ['batch', 3] });
  const [output] = await runOnnx(file, call);
  const expected = await predict(model, call);
  expectValuesClose(output!.data, expected.data);
  expect(await predict(importOnnx(file), call)).toEqual(expected);
});
