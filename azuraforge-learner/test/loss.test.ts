import { describe, expect, it } from '@jest/globals';
import { fromTypedArray, memory, tensor, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { HuberLoss, L1Loss, MSELoss } from '../src/loss.ts';
import type { Loss } from '../src/loss.ts';
import { BCEWithLogitsLoss } from '../src/loss/bce-with-logits.ts';
import { CrossEntropyLoss, NLLLoss } from '../src/loss/cross-entropy.ts';
import { KLDivLoss } from '../src/loss/kl-div.ts';
import { QuantileLoss } from '../src/loss/quantile.ts';
import { expectClose, expectValuesClose } from './close.ts';
import { DEVICES, useDevice } from './devices.ts';
import { asTensor, readFixture } from './fixture.ts';
import type { FixtureTensor } from './fixture.ts';

interface LossCase {
  type: keyof typeof types;
  options: object;
  predicted: FixtureTensor;
  target: FixtureTensor;
  /** Whether the targets are class numbers. */
  isIndex?: boolean;
  value: number;
  gradient: FixtureTensor;
}

const types = {
  MSELoss: (options: object): Loss => new MSELoss(options),
  L1Loss: (options: object): Loss => new L1Loss(options),
  HuberLoss: (options: object): Loss => new HuberLoss(options),
  QuantileLoss: ({ quantiles, ...options }: { quantiles: number[] }): Loss =>
    new QuantileLoss(quantiles, options),
  NLLLoss: (options: object): Loss => new NLLLoss(options),
  CrossEntropyLoss: (options: object): Loss => new CrossEntropyLoss(options),
  BCEWithLogitsLoss: (options: object): Loss => new BCEWithLogitsLoss(options),
  KLDivLoss: (options: object): Loss => new KLDivLoss(options),
};
const cases = [
  ...(await readFixture<LossCase[]>('losses')),
  ...(await readFixture<LossCase[]>('class-losses')),
  ...(await readFixture<LossCase[]>('share-losses')),
];

const classes = (...numbers: number[]): Tensor => tensor(numbers, { dtype: 'int32' });

const targetOf = ({ target, isIndex }: LossCase): Tensor =>
  isIndex ? fromTypedArray(Int32Array.from(target.data), target.shape) : asTensor(target);

describe.each(DEVICES)('losses beside PyTorch, on %s', (device) => {
  useDevice(device);

  it.each(
    cases.map((each): [string, LossCase] => [
      `${each.type} ${JSON.stringify(each.options)} of [${each.predicted.shape.join(', ')}] and [${each.target.shape.join(', ')}]`,
      each,
    ]),
  )('%s', async (_, each) => {
    const before = memory().buffers;
    const input = asTensor(each.predicted, { requiresGrad: true });
    const target = targetOf(each);
    const loss = types[each.type](each.options as { quantiles: number[] }).forward(input, target);
    expect(loss.shape).toEqual([]);
    expectValuesClose(await loss.data(), [each.value]);
    loss.backward();
    await expectClose(input.grad!, each.gradient);
    for (const made of [input, target, loss]) made.dispose();
    expect(memory().buffers).toBe(before);
  });
});

describe('losses', () => {
  it('refuse shapes that would only broadcast', () => {
    expect(() => new MSELoss().forward(tensor([[1], [2]]), tensor([1, 2]))).toThrow(
      'prediction has shape [2, 1], target has [2]; they must be equal',
    );
    expect(() => new QuantileLoss([0.1, 0.9]).forward(tensor([[1], [2]]), tensor([1, 2]))).toThrow(
      'QuantileLoss of 2 quantiles got predictions of shape [2, 1] for targets of shape [2]; they must have the shape [2, 2].',
    );
  });

  it('of classes refuse what is no class number, and weights of another number of classes', () => {
    const logits = tensor([[1, 2]]);
    expect(() => new CrossEntropyLoss().forward(logits, classes(2))).toThrow(
      'target 2 is outside of the 2 classes',
    );
    expect(() => new CrossEntropyLoss().forward(logits, tensor([1]))).toThrow('int32');
    expect(() => tidy(() => new CrossEntropyLoss().forward(logits, tensor([[1], [0]])))).toThrow(
      'probabilities of shape [2, 1] for logits of shape [1, 2]',
    );
    expect(() => tidy(() => new NLLLoss({ weight: [1] }).forward(logits, classes(0)))).toThrow('weight');
  });

  it.each([
    [() => new HuberLoss({ delta: 0 }), 'delta is 0'],
    [() => new HuberLoss({ delta: -1 }), 'delta is -1'],
    [() => new HuberLoss({ delta: Number.NaN }), 'delta is NaN'],
    [() => new QuantileLoss([]), 'There is no quantile'],
    [() => new QuantileLoss([0.5, 1]), 'quantiles[1] is 1; it must be above 0 and below 1.'],
    [() => new NLLLoss({ weight: [1, -1] }), 'weight[1] is -1; it must be at least 0 and finite.'],
    [() => new NLLLoss({ ignoreIndex: 0.5 }), 'ignoreIndex is 0.5'],
    [
      () => new CrossEntropyLoss({ labelSmoothing: 1.5 }),
      'labelSmoothing is 1.5; it must be at least 0 and at most 1.',
    ],
    [() => new BCEWithLogitsLoss({ posWeight: [1, Number.NaN] }), 'posWeight[1] is NaN'],
  ])('refuse wrong options, %#', (build, message) => {
    expect(build).toThrow(message);
  });
});
