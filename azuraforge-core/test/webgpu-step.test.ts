import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { globals } from 'webgpu';
import type { Tensor } from '../src/index.ts';
import {
  adamStep,
  compile,
  createAdamState,
  Generator,
  linear,
  lstm,
  mseLoss,
  rand,
  tidy,
  zeroGrad,
} from '../src/index.ts';
import { registerDevices } from './devices.ts';

beforeAll(registerDevices);
afterAll(() => {
  jest.restoreAllMocks();
});

/** A training step of a small LSTM, which returns its loss. */
function makeStep(device: string): (x: Tensor, y: Tensor) => Tensor {
  const generator = new Generator(5);
  const weight = (...shape: number[]): Tensor => {
    const made = tidy(() => rand(shape, { generator, device }).sub(0.5));
    made.requiresGrad = true;
    return made;
  };
  const weights = {
    weightIh: weight(20, 3),
    weightHh: weight(20, 5),
    biasIh: weight(20),
    biasHh: weight(20),
  };
  const head = weight(1, 5);
  const parameters = [...Object.values(weights), head];
  const state = createAdamState(parameters);
  return (x, y) => {
    zeroGrad(parameters);
    const loss = mseLoss(linear(lstm(x, weights).hidden, head), y);
    loss.backward();
    adamStep(parameters, state, { lr: 0.05 });
    return loss.detach();
  };
}

async function train(device: string, isCompiled: boolean, watch: () => void = () => {}): Promise<number[]> {
  const generator = new Generator(6);
  const [x, y] = [rand([4, 7, 3], { generator, device }), rand([4, 1], { generator, device })];
  const plain = makeStep(device);
  const step = isCompiled ? compile(plain) : (a: Tensor, b: Tensor) => tidy(() => plain(a, b));
  const losses: number[] = [];
  for (let i = 0; i < 8; i++) {
    const loss = step(x, y);
    watch();
    losses.push(await loss.item());
    loss.dispose();
  }
  return losses;
}

test('a captured step trains as on the reference device, the same way each time', async () => {
  const expected = await train('cpu', false);
  const found = await train('webgpu', true);
  for (const [i, loss] of found.entries()) expect(loss).toBeCloseTo(expected[i]!, 5);
  expect(await train('webgpu', true)).toEqual(found);
});

test('a captured step is one submission, and makes no buffer, bind group or pipeline', async () => {
  const { GPUDevice, GPUQueue } = globals as unknown as {
    GPUDevice: { prototype: GPUDevice };
    GPUQueue: { prototype: GPUQueue };
  };
  const made = (
    ['createBuffer', 'createBindGroup', 'createComputePipeline', 'createShaderModule'] as const
  ).map((name) => jest.spyOn(GPUDevice.prototype, name));
  const submit = jest.spyOn(GPUQueue.prototype, 'submit');
  const counts: number[][] = [];
  await train('webgpu', true, () => {
    counts.push([submit, ...made].map(({ mock }) => mock.calls.length));
    for (const spy of [submit, ...made]) spy.mockClear();
  });
  expect(counts[0]![2]).toBeGreaterThan(0);
  // Each count begins after the step before it, and so holds the submission of the read in between.
  for (const count of counts.slice(2)) expect(count).toEqual([2, 0, 0, 0, 0]);
});
