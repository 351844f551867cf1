import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import { bceWithLogitsLoss, crossEntropyLoss, nllLoss, randn, tensor, tidy, zeros } from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

const classes = (values: number[], device?: string): Tensor => tensor(values, { dtype: 'int32', device });

beforeAll(registerDevices);

describe.each(DEVICES)('cross-entropy on %s', (device) => {
  test('equals nllLoss of logSoftmax', async () => {
    const logits = randn([6, 4], { device, requiresGrad: true });
    const target = classes([0, 3, -100, 2, 2, 1], device);
    const weight = tensor([0.5, 2, 1, 0.1], { device });
    const losses = [
      () => crossEntropyLoss(logits, target, { weight }),
      () => nllLoss(logits.logSoftmax(1), target, { weight }),
    ];
    const found: number[][] = [];
    for (const run of losses) {
      logits.grad = null;
      const loss = tidy(run);
      loss.backward();
      found.push([await loss.item(), ...(await logits.grad!.data())]);
    }
    for (const [i, value] of found[0]!.entries()) expect(value).toBeCloseTo(found[1]![i]!, 6);
  });
});

test('a target that a device computed is checked there', async () => {
  const outside = classes([1, 2]).mul(2);
  expect(() => crossEntropyLoss(zeros([2, 3]), outside)).toThrow(/index 4 is outside/);
});

test('what does not fit is refused by name', () => {
  const [logits, target] = [zeros([2, 3]), classes([0, 1])];
  expect(() => crossEntropyLoss(logits, classes([0]))).toThrow(
    /crossEntropyLoss: got shape \[2, 3\] and \[1\], expected an input \[batch, classes, \.\.\.\]/,
  );
  expect(() => crossEntropyLoss(zeros([2]), target)).toThrow(/expected an input/);
  expect(() => crossEntropyLoss(zeros([2, 0]), target)).toThrow(/expected an input/);
  expect(() => crossEntropyLoss(logits, tensor([0, 1]))).toThrow(
    /the target has dtype float32, expected int32/,
  );
  expect(() => crossEntropyLoss(logits, classes([0, 3]))).toThrow(/target 3 is outside of the 3 classes/);
  expect(() => nllLoss(logits, classes([-1, 0]))).toThrow(/nllLoss: target -1 is outside/);
  expect(() => crossEntropyLoss(logits, classes([0, 7]), { ignoreIndex: 7 })).not.toThrow();
  expect(() => crossEntropyLoss(logits, target, { weight: zeros([2]) })).toThrow(/a weight of shape \[3\]/);
  expect(() => crossEntropyLoss(logits, target, { labelSmoothing: 1.5 })).toThrow(
    /labelSmoothing must lie in 0 to 1/,
  );
  expect(() => bceWithLogitsLoss(logits, logits, { posWeight: zeros([2]) })).toThrow(/broadcast/);
  expect(() => bceWithLogitsLoss(logits, logits, { posWeight: zeros([1, 2, 3]) })).toThrow(
    /a posWeight that stretches to \[2, 3\]/,
  );
});
