import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Tensor } from 'azuraforge-core';
import { ArgumentError, ModelFileError } from '../../src/error.ts';
import { buildModel } from '../../src/model-file/architecture.ts';
import { ReLU } from '../../src/nn/activation.ts';
import { Branches } from '../../src/nn/branches.ts';
import { Conv2d } from '../../src/nn/convolution.ts';
import { GPT } from '../../src/nn/gpt.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Module } from '../../src/nn/module.ts';
import type { LayerDescription } from '../../src/nn/module.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { Softmax } from '../../src/nn/softmax.ts';
import { TransformerDecoder } from '../../src/nn/transformer-decoder.ts';
import { exportOnnx, importOnnx, onnxGraphLayers, onnxLayer, onnxLayers } from '../../src/onnx.ts';
import { decodeModel, encodeModel } from '../../src/onnx/schema.ts';
import type { ModelProto } from '../../src/onnx/schema.ts';
import { predict, runOnnx } from './runtime.ts';

const call = { input: { shape: [1, 1, 4, 4], data: Float32Array.from({ length: 16 }, (_, at) => at) } };
let file: Uint8Array;

beforeAll(async () => {
  const model = new Sequential({ conv: new Conv2d(1, 2, 3, { padding: 1 }), bend: new ReLU() });
  file = await exportOnnx(model, { shape: ['batch', 1, 4, 4] });
});

function changed(change: (model: ModelProto) => void): Uint8Array {
  const model = decodeModel(file);
  change(model);
  return encodeModel(model);
}

const nodeOf = (model: ModelProto, op: string) => model.graph!.node.find(({ opType }) => opType === op)!;
const weightOf = (model: ModelProto) => model.graph!.initializer.find(({ name }) => name === 'conv.weight')!;
const integer = (name: string, i: bigint) => ({
  ...decodeModel(file).graph!.node[0]!.attribute[0]!,
  name,
  type: 2,
  i,
  ints: [],
});

const rename = (from: string, to: string) => (model: ModelProto) => {
  model.metadataProps[0]!.value = model.metadataProps[0]!.value.replace(from, to);
};

describe('a damaged ONNX file', () => {
  it('that is cut off anywhere is an error, or still predicts the same', async () => {
    const expected = await predict(importOnnx(file), call);
    for (let length = 0; length < file.length; length += 7) {
      let model: Module;
      try {
        model = importOnnx(file.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(ModelFileError);
        continue;
      }
      // Nothing but metadata, which stands at the end, was lost.
      expect((await predict(model, call)).data).toEqual(expected.data);
    }
  });

  it('with any one byte changed throws nothing but a ModelFileError', () => {
    for (let at = 0; at < file.length; at += 5) {
      const broken = Uint8Array.from(file);
      broken[at]! ^= 0x55;
      for (const as of ['layers', 'graph'] as const) {
        try {
          importOnnx(broken, { as }).dispose();
        } catch (error) {
          expect(error).toBeInstanceOf(ModelFileError);
        }
      }
    }
  });

  it.each<[string, (model: ModelProto) => void, string]>([
    [
      'an operator that is not known',
      (model) => void (nodeOf(model, 'Relu').opType = 'Frobnicate'),
      '(Frobnicate) is an operator that cannot be imported. Export the model with standard operators; known are ',
    ],
    [
      'an operator of another domain',
      (model) => void (nodeOf(model, 'Relu').domain = 'com.example'),
      '(Relu) is an operator of the domain com.example that cannot be imported.',
    ],
    [
      'an attribute that is not known',
      (model) => void nodeOf(model, 'Conv').attribute.push(integer('mystery', 1n)),
      '(Conv) has the attribute mystery, which cannot be imported. Export the model without it.',
    ],
    [
      'an opset that is too old',
      (model) => void (model.opsetImport[0]!.version = 9n),
      'is of opset 9; opsets 13 to 24 can be imported. Export it again with opset_version=17.',
    ],
    ['no opset', (model) => void (model.opsetImport = []), 'is of opset 0;'],
    ['no graph', (model) => void (model.graph = undefined), 'holds no graph'],
    ['no output', (model) => void (model.graph!.output = []), 'has no output'],
    [
      'an input that comes from nowhere',
      (model) => void (nodeOf(model, 'Relu').input = ['nothing']),
      '(Relu) takes nothing, which nothing before it gives: the file is damaged.',
    ],
    [
      'values in another file',
      (model) => void (weightOf(model).dataLocation = 1),
      'the values of tensor conv.weight lie in another file. Save the model as one file',
    ],
    [
      'too few values',
      (model) => void (weightOf(model).rawData = new Uint8Array(8)),
      'tensor conv.weight of shape [2, 1, 3, 3] needs 18 values and has 2',
    ],
    [
      'half a number of values',
      (model) => Object.assign(weightOf(model), { dataType: 11, rawData: new Uint8Array(73) }),
      'tensor conv.weight of shape [2, 1, 3, 3] needs 18 values and has 9',
    ],
    [
      'an input of a type that is not known',
      (model) => void (model.graph!.input[0]!.type!.tensorType!.elemType = 13),
      'the input input has the element type 13 (of TensorProto.DataType), which cannot be imported',
    ],
    [
      'an opset that is too new',
      (model) => void (model.opsetImport[0]!.version = 25n),
      'is of opset 25; opsets 13 to 24 can be imported. Export it again with opset_version=17.',
    ],
    [
      'an element type that is not known',
      (model) => void (weightOf(model).dataType = 14),
      'tensor conv.weight has the element type 14 (of TensorProto.DataType), which cannot be read',
    ],
    [
      'a tensor twice',
      (model) => void model.graph!.initializer.push(weightOf(model)),
      'two constants the same name',
    ],
  ])('%s is an error that says so', (_, change, message) => {
    const broken = changed(change);
    expect(() => importOnnx(broken, { as: 'graph' })).toThrow(ModelFileError);
    expect(() => importOnnx(broken, { as: 'graph' })).toThrow(message);
  });

  it.each<[string, (model: ModelProto) => void, string]>([
    [
      'an attribute of another kind',
      (model) => void (nodeOf(model, 'Conv').attribute.find(({ name }) => name === 'pads')!.type = 2),
      '(Conv) has the attribute pads, which is not a list of whole numbers',
    ],
    [
      'an option that cannot be imported',
      (model) => {
        const kind = { ...integer('auto_pad', 0n), type: 3, s: new TextEncoder().encode('SAME_UPPER') };
        nodeOf(model, 'Conv').attribute.push(kind);
      },
      '(Conv) has auto_pad = SAME_UPPER; NOTSET or VALID alone can be imported.',
    ],
    [
      'a weight of another shape',
      (model) => void (weightOf(model).dims = [1n, 2n, 3n, 3n]),
      '(Conv) cannot be computed: conv2d: ',
    ],
    [
      'a dropout that drops',
      (model) => {
        const one = { ...weightOf(model), name: 'one', dims: [], rawData: Uint8Array.of(0, 0, 128, 63) };
        model.graph!.initializer.push(one);
        const relu = nodeOf(model, 'Relu');
        relu.opType = 'Dropout';
        relu.input = [relu.input[0]!, 'one', 'one'];
      },
      '(Dropout) drops values at random, as in training. Export the model in eval mode.',
    ],
    [
      'a type to cast to that is not known',
      (model) => {
        const relu = nodeOf(model, 'Relu');
        relu.opType = 'Cast';
        relu.attribute = [integer('to', 19n)];
      },
      '(Cast) has to = 19; 1, 2, 3, 5, 6, 7, 9, 10, 11, 16 alone can be imported.',
    ],
    [
      'an index beyond a constant',
      (model) => {
        const index = {
          ...weightOf(model),
          name: 'beyond',
          dims: [],
          dataType: 6,
          rawData: Uint8Array.of(9, 0, 0, 0),
        };
        model.graph!.initializer.push(index);
        const conv = nodeOf(model, 'Conv');
        const gather = { ...conv, name: '', opType: 'Gather', attribute: [], output: ['nothing'] };
        model.graph!.node.unshift({ ...gather, opType: 'Shape', input: ['input'], output: ['shape'] });
        model.graph!.node.splice(1, 0, { ...gather, input: ['shape', 'beyond'] });
      },
      '(Gather) takes values that its constants do not hold: the file is damaged.',
    ],
    [
      'lengths for another batch',
      (model) => {
        const integers = (name: string, ...values: number[]) =>
          model.graph!.initializer.push({
            ...weightOf(model),
            name,
            dims: [BigInt(values.length)],
            dataType: 6,
            rawData: Uint8Array.of(...values.flatMap((value) => [value, 0, 0, 0])),
          });
        integers('lengths', 1);
        integers('steps', 2, 4, 4);
        const zeros = { ...weightOf(model), name: 'zeros', dims: [1n, 4n, 4n], rawData: new Uint8Array(64) };
        model.graph!.initializer.push(zeros);
        const relu = nodeOf(model, 'Relu');
        const reshape = {
          ...relu,
          opType: 'Reshape',
          input: [relu.input[0]!, 'steps'],
          output: ['sequence'],
        };
        model.graph!.node.splice(model.graph!.node.indexOf(relu), 0, reshape);
        Object.assign(relu, { opType: 'RNN', input: ['sequence', 'zeros', 'zeros', '', 'lengths'] });
      },
      '(RNN) cannot be computed: RNN takes 4 lengths from 1 to 2',
    ],
    [
      'a shape that is data',
      (model) => {
        const relu = nodeOf(model, 'Relu');
        relu.opType = 'Reshape';
        relu.input = [relu.input[0]!, relu.input[0]!];
      },
      '(Reshape) takes as its input 2 numbers that are calculated from data',
    ],
  ])('%s is an error of the node, when it is computed', async (_, change, message) => {
    const model = importOnnx(changed(change), { as: 'graph' });
    await expect(predict(model, call)).rejects.toThrow(ModelFileError);
    await expect(predict(model, call)).rejects.toThrow(message);
  });

  it('with layers that are not known, or weights that are not theirs, is an error that names them', () => {
    expect(() => importOnnx(changed(rename('ReLU', 'Mine')))).toThrow(
      'bend is a layer of the unknown type "Mine"',
    );
    expect(() => importOnnx(changed(rename('{', '')))).toThrow(
      'azuraforge.architecture of the ONNX file is damaged',
    );
    expect(() => importOnnx(changed((model) => void (weightOf(model).name = 'other')))).toThrow(
      'conv.weight is missing',
    );
    expect(() =>
      importOnnx(
        changed((model) => void (model.metadataProps = [])),
        { as: 'layers' },
      ),
    ).toThrow('does not name the layers');
  });

  it('in a model.json cannot ask for more weights than were sent', () => {
    const description = importOnnx(file, { as: 'graph' }).describe();
    expect(() => buildModel(description, { layers: onnxGraphLayers, maxWeights: 20 })).not.toThrow();
    expect(() => buildModel(description, { layers: onnxGraphLayers, maxWeights: 19 })).toThrow(
      ModelFileError,
    );
    const broken = { ...description, model: '%' };
    expect(() => buildModel(broken, { layers: onnxGraphLayers })).toThrow('the ONNX graph in it is damaged');
  });
});

describe('a model that has no form in ONNX', () => {
  class Twice extends Module {
    override forward(input: Tensor): Tensor {
      return input.mul(2);
    }
    override describe(): LayerDescription {
      return { type: 'Twice' };
    }
  }

  it('is an error that names the layer, until its nodes are given', async () => {
    const model = new Sequential({ head: new Linear(2, 2), last: new Twice() });
    await expect(exportOnnx(model, { shape: ['batch', 2] })).rejects.toThrow(
      'last is a layer of the type "Twice", which has no form in ONNX here.',
    );
    const nodes = onnxLayer<Twice>((_, [input], graph) => graph.node('Mul', [input, graph.float(2)]));
    const written = await exportOnnx(
      model,
      { shape: ['batch', 2] },
      { layers: { ...onnxLayers, Twice: nodes } },
    );
    const given = { input: { shape: [1, 2], data: Float32Array.from([1, -3]) } };
    const [output] = await runOnnx(written, given);
    expect(output!.data[0]).toBeCloseTo((await predict(model, given)).data[0]!, 5);
  });

  it.each<[string, Module, { shape: (number | string)[]; dtype?: 'int32' }, string]>([
    [
      'a width',
      new Linear(3, 2),
      { shape: ['batch', 4] },
      'Linear takes [..., 3] of float32 and would be given [batch, 4]',
    ],
    ['too few axes', new Conv2d(1, 2, 3), { shape: [1, 8, 8] }, 'Conv2d takes [batch, 1, height, width]'],
    [
      'a plane too small',
      new Conv2d(1, 2, 3),
      { shape: [1, 1, 2, 8] },
      'A window of 3 is longer than its input',
    ],
    ['an axis', new Softmax({ dim: 2 }), { shape: ['batch', 4] }, 'Softmax takes an input with an axis 2'],
    ['a length of half', new ReLU(), { shape: ['batch', 1.5] }, 'the shape of input has the length 1.5'],
    ['an unnamed axis', new ReLU(), { shape: ['', 3] }, 'the shape of input has the length ""'],
    [
      'no input for a branch',
      new Sequential([new Branches({ one: new ReLU(), two: new ReLU() })]),
      { shape: ['batch', 3] },
      'Branches takes an input for each of one, two and would be given 1',
    ],
    [
      'a branch of three axes',
      new Branches({ one: new ReLU() }),
      { shape: ['batch', 'time', 3] },
      'Branches takes [batch, width] from one and would be given [batch, time, 3]',
    ],
    [
      'tokens of float32',
      new GPT(5, { maxLength: 4, dModel: 2, nhead: 1, numLayers: 1 }),
      { shape: ['batch', 'time'] },
      'GPT takes [batch, time] of int32 and would be given [batch, time] of float32',
    ],
    ['no memory', new TransformerDecoder(4, 1), { shape: [1, 2, 4] }, 'the second input, memory, takes'],
  ])('with %s that does not fit is an error that names the layer', async (_, model, input, message) => {
    await expect(exportOnnx(model, input)).rejects.toThrow(ArgumentError);
    await expect(exportOnnx(model, input)).rejects.toThrow(message);
  });

  it('needs a name of its own for each input', async () => {
    const inputs = [{ shape: [1, 2, 4] }, { shape: [1, 2, 4] }];
    await expect(exportOnnx(new TransformerDecoder(4, 1), inputs)).rejects.toThrow('a name of its own');
    await expect(exportOnnx(new Linear(1, 1), [])).rejects.toThrow('at least one input');
  });
});
