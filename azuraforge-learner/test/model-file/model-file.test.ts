import { beforeAll, describe, expect, it } from '@jest/globals';
import { fromTypedArray, full, memory, tensor } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { Type } from 'typebox';
import { ModelFileError } from '../../src/error.ts';
import { loadModel, saveModel } from '../../src/model-file.ts';
import type { SavedModel } from '../../src/model-file.ts';
import { layerType } from '../../src/model-file/layer-type.ts';
import { builtinLayers } from '../../src/model-file/layer-types.ts';
import { readSafetensors } from '../../src/model-file/safetensors.ts';
import { GELU, LeakyReLU, ReLU, Sigmoid, Tanh } from '../../src/nn/activation.ts';
import { Dropout } from '../../src/nn/dropout.ts';
import { LastStep } from '../../src/nn/last-step.ts';
import { Linear } from '../../src/nn/linear.ts';
import { LSTM } from '../../src/nn/lstm.ts';
import { Module } from '../../src/nn/module.ts';
import type { LayerDescription } from '../../src/nn/module.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { expectClose } from '../close.ts';
import { asTensor, readFixture, readFixtureBytes } from '../fixture.ts';
import type { FixtureTensor } from '../fixture.ts';

const description = {
  pipelineId: 'weather_forecaster',
  preprocessing: { target: { mean: 11.5, scale: 7.25 }, window: 9 },
  features: ['temp_max', 'wind', 'precipitation'],
  versions: { 'azuraforge-learner': '0.1.0' },
  datasetHash: 'sha256:9f',
  seed: 42,
};

const forecaster = (): Sequential =>
  new Sequential({
    lstm: new LSTM(3, 6, { numLayers: 2, dropout: 0.1 }),
    last: new LastStep(),
    head: new Linear(6, 2),
  });

const json = (files: SavedModel): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(files['model.json'])) as Record<string, unknown>;

function withJson(files: SavedModel, change: (content: Record<string, any>) => void): SavedModel {
  const content = json(files);
  change(content);
  return { ...files, 'model.json': new TextEncoder().encode(JSON.stringify(content)) };
}

describe('a saved model', () => {
  it('comes back with the same answers and the same description', async () => {
    const model = forecaster().eval();
    const files = await saveModel(model, description);
    const loaded = loadModel(files);
    expect(loaded.description).toEqual(description);
    expect(loaded.model.training).toBe(false);
    const input = fromTypedArray(
      Float32Array.from({ length: 30 }, (_, at) => Math.sin(at)),
      [2, 5, 3],
    );
    expect(await loaded.model.forward(input).data()).toEqual(await model.forward(input).data());
    expect(await saveModel(loaded.model, description)).toEqual(files);
  });

  it('holds every kind of layer', async () => {
    const layers = [new Linear(2, 2, { bias: false }), new ReLU(), new Tanh(), new Sigmoid(), new GELU()];
    const model = new Sequential([
      ...layers,
      new LeakyReLU({ negativeSlope: 0.3 }),
      new Dropout(0.25),
      new Sequential([new Linear(2, 1)]),
    ]);
    const files = await saveModel(model, description);
    expect(loadModel(files).model.describe()).toEqual(model.describe());
    expect(Object.keys(readSafetensors(files['model.safetensors']).tensors)).toEqual([
      '0.weight',
      '7.0.bias',
      '7.0.weight',
    ]);
  });

  it('tells in plain JSON what it is', async () => {
    const content = json(await saveModel(forecaster(), description));
    expect(content).toEqual({
      format: 'azuraforge-model',
      version: 1,
      ...description,
      architecture: {
        type: 'Sequential',
        layers: [
          {
            name: 'lstm',
            layer: {
              type: 'LSTM',
              inputSize: 3,
              hiddenSize: 6,
              numLayers: 2,
              bias: true,
              dropout: 0.1,
              bidirectional: false,
            },
          },
          { name: 'last', layer: { type: 'LastStep' } },
          { name: 'head', layer: { type: 'Linear', inFeatures: 6, outFeatures: 2, bias: true } },
        ],
      },
    });
  });

  it('refuses a description that is not whole', async () => {
    const broken = { ...description, features: undefined };
    await expect(saveModel(forecaster(), broken as never)).rejects.toThrow(ModelFileError);
  });
});

describe('a state dict that PyTorch saved', () => {
  it('loads and predicts the same', async () => {
    const model = forecaster().eval();
    model.loadStateDict(readSafetensors(await readFixtureBytes('forecaster.safetensors')).tensors);
    const { input, output } = await readFixture<{ input: FixtureTensor; output: FixtureTensor }>(
      'forecaster',
    );
    await expectClose(model.forward(asTensor(input)), output);
  });
});

const first = (content: Record<string, any>): Record<string, any> => content['architecture'].layers[0].layer;

describe('loadModel', () => {
  let files: SavedModel;
  beforeAll(async () => {
    files = await saveModel(forecaster(), description);
  });
  it.each<[string, (content: Record<string, any>) => void, string]>([
    [
      'an unknown layer',
      (content) => (first(content)['type'] = 'Mamba'),
      'lstm is a layer of the unknown type "Mamba"',
    ],
    [
      'a layer named like an object method',
      (content) => (first(content)['type'] = 'constructor'),
      'unknown type',
    ],
    [
      'a wrong option',
      (content) => (first(content)['hiddenSize'] = 'six'),
      'lstm (LSTM) has a wrong option: hiddenSize',
    ],
    ['an unknown option', (content) => (first(content)['eval'] = 'x'), 'lstm (LSTM) has a wrong option'],
    ['a missing option', (content) => delete first(content)['inputSize'], 'inputSize'],
    [
      'a layer that is none',
      (content) => (content['architecture'].layers[1].layer = 5),
      'last is not a layer',
    ],
    [
      'two layers of one name',
      (content) => content['architecture'].layers.push(content['architecture'].layers[1]),
      'must be unique',
    ],
    ['numbers out of order', (content) => (content['architecture'].layers[1].name = '7'), 'numbers first'],
    ['weights beyond the file', (content) => (first(content)['hiddenSize'] = 100_000), 'needs more than the'],
    [
      'a newer version',
      (content) => (content['version'] = 2),
      'has the version 2; this library reads version 1',
    ],
    ['another format', (content) => (content['format'] = 'onnx'), 'is no AzuraForge model'],
    ['no features', (content) => delete content['features'], 'features'],
    ['no architecture', (content) => delete content['architecture'], 'architecture'],
    ['other layers than the weights are of', (content) => content['architecture'].layers.pop(), 'head.'],
  ])('refuses %s', (_, change, message) => {
    const before = memory().buffers;
    expect(() => loadModel(withJson(files, change))).toThrow(message);
    expect(() => loadModel(withJson(files, change))).toThrow(ModelFileError);
    expect(memory().buffers).toBe(before);
  });

  it('refuses layers nested without end', () => {
    let layer: LayerDescription = { type: 'ReLU' };
    for (let depth = 0; depth < 100; depth++) layer = { type: 'Sequential', layers: [{ name: 'in', layer }] };
    const nested = withJson(files, (content) => (content['architecture'] = layer));
    expect(() => loadModel(nested)).toThrow('nests layers deeper than 64');
  });

  it('names a file that is missing or damaged', () => {
    expect(() => loadModel({ 'model.json': files['model.json'] })).toThrow(
      'The file model.safetensors is missing',
    );
    const cut = { ...files, 'model.json': files['model.json'].subarray(0, 50) };
    expect(() => loadModel(cut)).toThrow('model.json is not JSON');
    const half = { ...files, 'model.safetensors': files['model.safetensors'].subarray(0, 400) };
    expect(() => loadModel(half)).toThrow('cut off');
  });

  it('builds layers of plugins only when they are passed', async () => {
    const scaleType = layerType(Type.Object({ factor: Type.Number() }), ({ factor }) => new Scale(factor));
    const saved = await saveModel(new Sequential({ scale: new Scale(3) }), description);
    expect(() => loadModel(saved)).toThrow('scale is a layer of the unknown type "Scale"');
    const { model } = loadModel(saved, { layers: { ...builtinLayers, Scale: scaleType } });
    expect(await model.forward(tensor([2])).data()).toEqual(Float32Array.of(6));
  });
});

class Scale extends Module {
  readonly factor: number;

  constructor(factor: number) {
    super();
    this.factor = factor;
  }

  override forward(input: Tensor): Tensor {
    return input.mul(this.factor);
  }

  override describe(): LayerDescription {
    return { type: 'Scale', factor: this.factor };
  }
}

describe('loadStateDict', () => {
  const value = { dtype: 'float32' as const, shape: [2, 3], data: new Float32Array(6) };
  const bias = { dtype: 'float32' as const, shape: [2], data: new Float32Array(2) };
  it.each([
    ['a missing name', { weight: value }, 'bias is missing'],
    ['a name too many', { weight: value, bias, extra: bias }, 'extra is not in the model'],
    [
      'another shape',
      { weight: { ...value, shape: [3, 2] }, bias },
      'weight has the shape [3, 2] instead of [2, 3]',
    ],
    [
      'whole numbers',
      { weight: { ...value, dtype: 'int32' as const, data: new Int32Array(6) }, bias },
      'weight is int32',
    ],
    ['NaN', { weight: { ...value, data: new Float32Array(6).fill(Number.NaN) }, bias }, 'weight holds NaN'],
  ])('refuses %s and changes nothing', async (_, state, message) => {
    const layer = new Linear(3, 2);
    const before = await layer.weight.data();
    expect(() => layer.loadStateDict(state)).toThrow(message);
    expect(await layer.weight.data()).toEqual(before);
  });

  it('takes the state dict of another model', async () => {
    const [a, b] = [forecaster().eval(), forecaster().eval()];
    b.loadStateDict(a.stateDict());
    const input = full([1, 6, 3], 0.5);
    expect(await b.forward(input).data()).toEqual(await a.forward(input).data());
  });
});
