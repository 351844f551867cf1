import { describe, expect, it } from '@jest/globals';
import { buildModel } from '../../src/model-file/architecture.ts';
import { expectClose } from '../close.ts';
import { DEVICES, useDevice } from '../devices.ts';
import { asTensor, asTensorData, readFixture } from '../fixture.ts';
import type { FixtureTensor } from '../fixture.ts';

interface LayerCase {
  name: string;
  type: string;
  options: Record<string, unknown>;
  state: Record<string, FixtureTensor>;
  input: FixtureTensor;
  output: FixtureTensor;
  outputWeights: FixtureTensor;
  inputGradient: FixtureTensor;
  gradients: Record<string, FixtureTensor>;
}

const cases = await readFixture<LayerCase[]>('layers');

describe.each(DEVICES)('Linear, LSTM and activations beside PyTorch on %s', (device) => {
  useDevice(device);

  it.each(cases.map((layer): [string, LayerCase] => [`${layer.type}: ${layer.name}`, layer]))(
    '%s',
    async (_, reference) => {
      const layer = buildModel({ type: reference.type, ...reference.options });
      layer.loadStateDict(asTensorData(reference.state));
      const input = asTensor(reference.input, { requiresGrad: true });
      const output = layer.forward(input);
      await expectClose(output, reference.output, 'output');
      output.mul(asTensor(reference.outputWeights)).sum().backward();
      await expectClose(input.grad!, reference.inputGradient, 'gradient of the input');
      const parameters = layer.namedParameters();
      expect(parameters.map(([name]) => name)).toEqual(Object.keys(reference.gradients));
      for (const [name, parameter] of parameters) {
        await expectClose(parameter.grad!, reference.gradients[name]!, `gradient of ${name}`);
      }
    },
  );
});
