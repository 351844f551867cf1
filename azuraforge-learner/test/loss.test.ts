import { describe, expect, it } from '@jest/globals';
import { tensor } from 'azuraforge-core';
import { HuberLoss, L1Loss, MSELoss } from '../src/loss.ts';
import { expectClose, expectValuesClose } from './close.ts';
import { asTensor, readFixture } from './fixture.ts';
import type { FixtureTensor } from './fixture.ts';

interface LossCase {
  type: 'MSELoss' | 'L1Loss' | 'HuberLoss';
  options: { reduction: 'mean' | 'sum'; delta?: number };
  predicted: FixtureTensor;
  target: FixtureTensor;
  value: number;
  gradient: FixtureTensor;
}

const cases = await readFixture<LossCase[]>('losses');
const types = { MSELoss, L1Loss, HuberLoss };

describe('losses beside PyTorch', () => {
  it.each(cases.map((each): [string, LossCase] => [`${each.type} ${JSON.stringify(each.options)}`, each]))(
    '%s',
    async (_, { type, options, predicted, target, value, gradient }) => {
      const input = asTensor(predicted, { requiresGrad: true });
      const loss = new types[type](options).forward(input, asTensor(target));
      expect(loss.shape).toEqual([]);
      expectValuesClose(await loss.data(), [value]);
      loss.backward();
      await expectClose(input.grad!, gradient);
    },
  );
});

describe('losses', () => {
  it('refuse shapes that would only broadcast', () => {
    expect(() => new MSELoss().forward(tensor([[1], [2]]), tensor([1, 2]))).toThrow(
      'prediction has shape [2, 1], target has [2]; they must be equal',
    );
  });

  it.each([0, -1, Number.NaN])('HuberLoss refuses delta %d', (delta) => {
    expect(() => new HuberLoss({ delta })).toThrow(`delta is ${delta}`);
  });
});
