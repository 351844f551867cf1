import { describe, expect, it } from '@jest/globals';
import type { Tensor } from 'azuraforge-core';
import { tidy } from 'azuraforge-core';
import { buildModel } from '../../src/model-file/architecture.ts';
import { builtinLayers } from '../../src/model-file/layer-types.ts';
import { Attention } from '../../src/nn/attention.ts';
import { Branches } from '../../src/nn/branches.ts';
import { GRU } from '../../src/nn/gru.ts';
import { LSTM } from '../../src/nn/lstm.ts';
import type { Module } from '../../src/nn/module.ts';
import { MultiHeadAttention } from '../../src/nn/multi-head-attention.ts';
import { RNN } from '../../src/nn/rnn.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { TransformerDecoder, TransformerDecoderLayer } from '../../src/nn/transformer-decoder.ts';
import { TransformerEncoder, TransformerEncoderLayer } from '../../src/nn/transformer-encoder.ts';
import { expectClose } from '../close.ts';
import { DEVICES, useDevice } from '../devices.ts';
import { asTensor, asTensorData, readFixture } from '../fixture.ts';
import type { FixtureTensor } from '../fixture.ts';

/** A layer as `test/reference/layer_case.py` ran it. */
interface LayerCase {
  name: string;
  type: string;
  options: Record<string, unknown>;
  /** The options of `forward`. */
  call: Record<string, FixtureTensor | number[] | boolean>;
  training: boolean;
  state: Record<string, FixtureTensor>;
  inputs: FixtureTensor[];
  outputs: FixtureTensor[];
  outputWeights: FixtureTensor[];
  inputGradients: (FixtureTensor | null)[];
  gradients: Record<string, FixtureTensor>;
  buffersAfter: Record<string, FixtureTensor>;
}

const FIXTURES = [
  'convolution',
  'recurrent',
  'attention',
  'transformer',
  'normalization',
  'activation',
  'composition',
  'table',
  'branch',
  'text',
];
const cases = (await Promise.all(FIXTURES.map((name) => readFixture<LayerCase[]>(`${name}-layers`)))).flat();

/** Everything that a layer gives for these inputs, in torch's order. */
function outputsOf(layer: Module, inputs: Tensor[], call: Record<string, unknown>): Tensor[] {
  const [first, second, third] = inputs as [Tensor, Tensor?, Tensor?];
  if (layer instanceof LSTM) {
    const { output, hidden, cell } = layer.forwardWithState(first, { ...call, hidden: second, cell: third });
    return [output, hidden, cell];
  }
  if (layer instanceof RNN || layer instanceof GRU) {
    const { output, hidden } = layer.forwardWithState(first, { ...call, hidden: second });
    return [output, hidden];
  }
  if (layer instanceof MultiHeadAttention) {
    return [layer.forward(first, second, third, call), layer.weights(first, second, call)];
  }
  if (layer instanceof Attention) return [layer.forward(first, second, third, call)];
  if (layer instanceof TransformerDecoderLayer || layer instanceof TransformerDecoder) {
    return [layer.forward(first, second, call)];
  }
  if (layer instanceof TransformerEncoderLayer || layer instanceof TransformerEncoder) {
    return [layer.forward(first, call)];
  }
  if (layer instanceof Branches || layer instanceof Sequential) {
    return [layer.forward(...(inputs as [Tensor, ...never[]]))];
  }
  return [layer.forward(first)];
}

function asArgument(value: LayerCase['call'][string]): unknown {
  return typeof value === 'object' && 'data' in value ? asTensor(value) : value;
}

function casesOf(wanted: string): LayerCase[] {
  return cases.filter(({ type }) => type === wanted);
}

/** With counts as the int32 that they are. */
function stateOf({ state }: LayerCase): Record<string, FixtureTensor> {
  return Object.fromEntries(
    Object.entries(state).map(([name, values]) => [
      name,
      name.endsWith('num_batches_tracked') ? { ...values, dtype: 'int32' } : values,
    ]),
  );
}

it('every layer type has at least three cases', () => {
  // Linear is in layers.json, for reference.test.ts.
  const here = Object.keys(builtinLayers).filter((type) => type !== 'Linear');
  expect(here.filter((type) => casesOf(type).length < 3)).toEqual([]);
});

describe.each(DEVICES)('layers beside PyTorch on %s', (device) => {
  useDevice(device);

  it.each(cases.map((layer): [string, LayerCase] => [`${layer.type}: ${layer.name}`, layer]))(
    '%s',
    async (_, reference) => {
      const layer = buildModel({ type: reference.type, ...reference.options }).train(reference.training);
      layer.loadStateDict(asTensorData(stateOf(reference)));
      const inputs = reference.inputs.map((input) =>
        asTensor(input, { requiresGrad: input.dtype !== 'int32' }),
      );
      const call = Object.fromEntries(
        Object.entries(reference.call).map(([name, value]) => [name, asArgument(value)]),
      );
      const outputs = outputsOf(layer, inputs, call);
      expect(outputs).toHaveLength(reference.outputs.length);
      for (const [index, output] of outputs.entries()) {
        await expectClose(output, reference.outputs[index]!, `output ${index}`);
      }
      tidy(() =>
        outputs
          .map((output, index) => output.mul(asTensor(reference.outputWeights[index]!)).sum())
          .reduce((sum, each) => sum.add(each))
          .backward(),
      );
      for (const [index, gradient] of reference.inputGradients.entries()) {
        if (gradient) await expectClose(inputs[index]!.grad!, gradient, `gradient of input ${index}`);
      }
      const parameters = layer.namedParameters();
      expect(parameters.map(([name]) => name).sort()).toEqual(Object.keys(reference.gradients).sort());
      for (const [name, parameter] of parameters) {
        await expectClose(parameter.grad!, reference.gradients[name]!, `gradient of ${name}`);
      }
      const buffers = layer.namedBuffers();
      expect(buffers.map(([name]) => name)).toEqual(Object.keys(reference.buffersAfter));
      for (const [name, buffer] of buffers) {
        await expectClose(buffer, reference.buffersAfter[name]!, name);
      }
      layer.dispose();
    },
  );
});
