import { beforeAll, expect, test } from '@jest/globals';
import {
  adamStep,
  createAdamState,
  createSgdState,
  Generator,
  linear,
  lstm,
  mseLoss,
  rand,
  sgdStep,
  tensor,
  tidy,
  zeroGrad,
} from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

beforeAll(registerDevices);

test.each(DEVICES)('a small network learns xor on %s, the same way each time', async (device) => {
  const train = async () => {
    const generator = new Generator(7);
    const weight = (...shape: number[]) =>
      tidy(() => rand(shape, { generator, device }).sub(0.5).mul(2)).detach();
    const [w1, b1, w2, b2] = [weight(8, 2), weight(8), weight(1, 8), weight(1)] as const;
    const parameters = [w1, b1, w2, b2];
    for (const parameter of parameters) parameter.requiresGrad = true;
    const inputs = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const x = tensor(inputs, { device });
    const y = tensor([[0], [1], [1], [0]], { device });
    const state = createAdamState(parameters);
    const predict = () => linear(linear(x, w1, b1).tanh(), w2, b2).sigmoid();
    for (let step = 0; step < 400; step++) {
      tidy(() => {
        zeroGrad(parameters);
        mseLoss(predict(), y).backward();
        adamStep(parameters, state, { lr: 0.05 });
      });
    }
    return tidy(predict).data();
  };
  const prediction = await train();
  const rounded = [...prediction].map((value) => Math.round(value));
  expect(rounded).toEqual([0, 1, 1, 0]);
  for (const value of prediction) expect(Math.abs(value - Math.round(value))).toBeLessThan(0.1);
  expect(await train()).toEqual(prediction);
});

test('an lstm learns to tell the first element of a sequence', async () => {
  const generator = new Generator(3);
  const weight = (...shape: number[]) => {
    const made = tidy(() => rand(shape, { generator }).sub(0.5));
    made.requiresGrad = true;
    return made;
  };
  const hidden = 8;
  const weights = {
    weightIh: weight(4 * hidden, 1),
    weightHh: weight(4 * hidden, hidden),
    biasIh: weight(4 * hidden),
  };
  const head = weight(1, hidden);
  const parameters = [...Object.values(weights), head];
  const state = createSgdState(parameters);
  const x = rand([32, 6, 1], { generator });
  const y = tidy(() => x.select(1, 0));
  const losses: number[] = [];
  for (let step = 0; step < 300; step++) {
    const loss = tidy(() => {
      zeroGrad(parameters);
      const error = mseLoss(linear(lstm(x, weights).hidden, head), y);
      error.backward();
      sgdStep(parameters, state, { lr: 0.1, momentum: 0.9 });
      return error.detach();
    });
    if (step % 299 === 0) losses.push(await loss.item());
  }
  expect(losses[1]).toBeLessThan(losses[0]! / 10);
});
