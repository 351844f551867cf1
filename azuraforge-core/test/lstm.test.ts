import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import { lstm, randn, tensor, tidy, zeros } from '../src/index.ts';
import { DEVICES, registerDevices, registerTunedDevice, TUNED_FOR_GPU } from './devices.ts';
import type { Reference } from './reference.ts';
import { expectClose, readFixture, tensorOf } from './reference.ts';

interface LstmCase {
  readonly name: string;
  readonly x: Reference;
  readonly parameters: readonly Reference[];
  readonly state: readonly Reference[] | null;
  readonly outputs: readonly Reference[];
  readonly upstream: readonly Reference[];
  readonly gradients: {
    readonly x: Reference;
    readonly parameters: readonly Reference[];
    readonly state: readonly Reference[] | null;
  };
}

const CASES = readFixture<LstmCase[]>('lstm.json');

function leafOf(reference: Reference, device: string): Tensor {
  const leaf = tensorOf(reference, device);
  leaf.requiresGrad = true;
  return leaf;
}

beforeAll(registerDevices);
beforeAll(registerTunedDevice);

describe.each([...DEVICES, TUNED_FOR_GPU])('lstm on %s', (device) => {
  test.each(CASES)('$name equals torch, forward and backward', async (lstmCase) => {
    const x = leafOf(lstmCase.x, device);
    const [weightIh, weightHh, biasIh, biasHh] = lstmCase.parameters.map((each) => leafOf(each, device));
    const [hidden, cell] = lstmCase.state?.map((each) => leafOf(each, device)) ?? [];
    const result = lstm(
      x,
      { weightIh: weightIh!, weightHh: weightHh!, biasIh, biasHh },
      hidden === undefined ? undefined : { hidden, cell: cell! },
    );
    const outputs = [result.output, result.hidden, result.cell];
    for (const [i, output] of outputs.entries()) await expectClose(output, lstmCase.outputs[i]!);

    const upstream = lstmCase.upstream.map((reference) => tensorOf(reference, device));
    const total = outputs.map((output, i) => output.mul(upstream[i]!).sum()).reduce((a, b) => a.add(b));
    total.backward();
    const close = { rtol: 1e-5, atol: 1e-5 };
    await expectClose(x.grad, lstmCase.gradients.x, close);
    for (const [i, parameter] of [weightIh, weightHh, biasIh, biasHh].entries()) {
      if (parameter !== undefined)
        await expectClose(parameter.grad, lstmCase.gradients.parameters[i]!, close);
    }
    if (lstmCase.gradients.state !== null) {
      await expectClose(hidden!.grad, lstmCase.gradients.state[0]!, close);
      await expectClose(cell!.grad, lstmCase.gradients.state[1]!, close);
    }
  });

  test('the input and the weights may be strided views', async () => {
    const { x, parameters, outputs } = CASES[1]!;
    const turned = tidy(() => tensorOf(x, device).permute([2, 0, 1]).clone().permute([1, 2, 0]));
    const weights = parameters
      .slice(0, 2)
      .map((reference) => tidy(() => tensorOf(reference, device).transpose(0, 1).clone().transpose(0, 1)));
    const [biasIh, biasHh] = parameters.slice(2).map((reference) => tensorOf(reference, device));
    const result = lstm(turned, { weightIh: weights[0]!, weightHh: weights[1]!, biasIh, biasHh });
    await expectClose(result.output, outputs[0]!);
  });

  test('a loss on the last hidden state alone reaches every weight', async () => {
    const weightIh = randn([8, 3], { device, requiresGrad: true });
    const weightHh = randn([8, 2], { device, requiresGrad: true });
    lstm(randn([4, 5, 3], { device }), { weightIh, weightHh })
      .hidden.sum()
      .backward();
    for (const weight of [weightIh, weightHh]) {
      expect((await weight.grad!.data()).every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
    }
  });

  test('a state carried over gives the same as one long sequence', async () => {
    const weights = { weightIh: randn([12, 2], { device }), weightHh: randn([12, 3], { device }) };
    const x = randn([2, 6, 2], { device });
    const whole = lstm(x, weights);
    const first = lstm(x.narrow(1, 0, 4), weights);
    const second = lstm(x.narrow(1, 4, 2), weights, first);
    expect(await second.hidden.data()).toEqual(await whole.hidden.data());
    expect(await second.cell.data()).toEqual(await whole.cell.data());
  });

  test('an empty batch gives empty results', async () => {
    const weights = {
      weightIh: zeros([8, 3], { device, requiresGrad: true }),
      weightHh: zeros([8, 2], { device, requiresGrad: true }),
    };
    const { output, hidden } = lstm(zeros([0, 5, 3], { device }), weights);
    expect([output.shape, hidden.shape]).toEqual([
      [0, 5, 2],
      [0, 2],
    ]);
    output.sum().backward();
    expect(await weights.weightHh.grad!.data()).toEqual(new Float32Array(16));
  });
});

test('wrong shapes are refused with a name for what is wrong', () => {
  const weights = { weightIh: zeros([8, 3]), weightHh: zeros([8, 2]) };
  expect(() => lstm(zeros([5, 3]), weights)).toThrow(/lstm: got shape \[5, 3\].*\[batch, steps, features\]/);
  expect(() => lstm(zeros([1, 0, 3]), weights)).toThrow(/at least one step/);
  expect(() => lstm(zeros([1, 5, 4]), weights)).toThrow(/\[8, 4\] for weightIh/);
  expect(() => lstm(zeros([1, 5, 3]), { ...weights, biasIh: zeros([7]) })).toThrow(/\[8\] for a bias/);
  expect(() => lstm(zeros([1, 5, 3]), weights, { hidden: zeros([2, 2]), cell: zeros([1, 2]) })).toThrow(
    /\[1, 2\] for the initial state/,
  );
  expect(() => lstm(tensor([[[1]]], { dtype: 'int32' }), weights)).toThrow(/expected float32/);
});
