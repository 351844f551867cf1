import { describe, expect, it } from '@jest/globals';
import { fromTypedArray, memory, tidy } from 'azuraforge-core';
import { loadModel, saveModel } from '../../src/model-file.ts';
import { builtinLayers } from '../../src/model-file/layer-types.ts';
import { Branches } from '../../src/nn/branches.ts';
import { LastStep } from '../../src/nn/last-step.ts';
import { Linear } from '../../src/nn/linear.ts';
import { BatchNorm1d } from '../../src/nn/normalization.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { exportOnnx, importOnnx, onnxGraphLayers } from '../../src/onnx.ts';
import type { OnnxGraph } from '../../src/onnx.ts';
import { decodeModel, encodeModel } from '../../src/onnx/schema.ts';
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
const feed = ({ shape, data, dtype }: FixtureTensor) => ({
  input: { shape, data: dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data) },
});
const SHAPES = {
  painter: { shape: ['batch', 1, 'height', 'width'] },
  forecaster: { shape: ['batch', 'time', 3] },
  writer: { shape: ['batch', 'time'], dtype: 'int32' },
  mixer: { shape: ['batch', 'time', 4] },
  reader: { shape: ['batch', 'time'], dtype: 'int32' },
} as const;

describe.each(DEVICES)('a file that PyTorch exported, on %s', (device) => {
  useDevice(device);

  it.each(Object.keys(SHAPES))('%s predicts what PyTorch predicts', async (name) => {
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
  it.each(Object.entries(SHAPES))('%s is saved, loaded, and exported again', async (name, input) => {
    const model = importOnnx(await readFixtureBytes(`onnx/${name}.onnx`));
    const calls = (await readFixture<Call[]>(`onnx/${name}`)).map((call) => feed(call.input));
    const layers = { ...builtinLayers, ...onnxGraphLayers };
    const loaded = loadModel(await saveModel(model, description), { layers }).model;
    const outputs = await runOnnx(await exportOnnx(loaded, input), ...calls);
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

  it('with weights of 16 bits is exported in float32, one that computes in 16 bits is refused', async () => {
    const model = decodeModel(await exportOnnx(new Linear(2, 1), { shape: ['batch', 2] }));
    const halves = { dataType: 10, rawData: Uint8Array.of(0, 0x3c, 0, 0xc0) }; // 1 and −2
    const weight = model.graph!.initializer.find(({ name }) => name === 'weight')!;
    Object.assign(weight, halves);
    const call = { input: { shape: [1, 2], data: Float32Array.from([3, 4]) } };
    const graph = importOnnx(encodeModel(model), { as: 'graph' });
    const [output] = await runOnnx(await exportOnnx(graph, { shape: ['batch', 2] }), call);
    const { data } = await predict(graph, call);
    expectValuesClose(output!.data, data);
    const bias = await graph.stateDict()['bias']!.item();
    expectValuesClose(data, [3 * 1 + 4 * -2 + bias]);

    model.graph!.node.at(-1)!.opType = 'Cast';
    model.graph!.node.at(-1)!.attribute = [
      { ...model.graph!.node[0]!.attribute[0]!, name: 'to', type: 2, i: 10n },
    ];
    const inHalves = importOnnx(encodeModel(model), { as: 'graph' });
    await expect(exportOnnx(inHalves, { shape: ['batch', 2] })).rejects.toThrow('computes in 16-bit floats');
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

  it('has the names of branches for its inputs, where no others are given', async () => {
    const branches = { words: new LastStep(), pixels: new Linear(2, 2) };
    const model = new Sequential([new Branches(branches), new Linear(5, 1)]);
    const shapes = [{ shape: ['batch', 'time', 3] }, { shape: ['batch', 2] }];
    const graph = importOnnx(await exportOnnx(model, shapes), { as: 'graph' }) as OnnxGraph;
    expect(graph.inputNames).toEqual(['words', 'pixels']);
    const other = await exportOnnx(model, [{ ...shapes[0]!, name: 'text' }, shapes[1]!]);
    expect((importOnnx(other, { as: 'graph' }) as OnnxGraph).inputNames).toEqual(['text', 'pixels']);
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
