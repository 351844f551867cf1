import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import { gru, randn, stack, tensor, tidy, zeros } from '../src/index.ts';
import { DEVICES, registerDevices, registerTunedDevice, TUNED_FOR_GPU } from './devices.ts';
import type { Reference } from './reference.ts';
import { expectClose, readFixture, tensorOf } from './reference.ts';

interface GruCase {
  readonly name: string;
  readonly x: Reference;
  readonly parameters: readonly Reference[];
  readonly state: Reference | null;
  readonly outputs: readonly Reference[];
  readonly upstream: readonly Reference[];
  readonly gradients: {
    readonly x: Reference;
    readonly parameters: readonly Reference[];
    readonly state: Reference | null;
  };
}

const CASES = readFixture<GruCase[]>('gru.json');

function leafOf(reference: Reference, device: string): Tensor {
  const leaf = tensorOf(reference, device);
  leaf.requiresGrad = true;
  return leaf;
}

/** The same elements in another order of memory. */
function turned(reference: Reference, device: string): Tensor {
  return tidy(() => tensorOf(reference, device).transpose(0, -1).clone().transpose(0, -1));
}

/** A vector whose elements lie apart. */
function spaced(reference: Reference, device: string): Tensor {
  return tidy(() => stack([tensorOf(reference, device), tensorOf(reference, device).neg()], 1).select(1, 0));
}

beforeAll(registerDevices);
beforeAll(registerTunedDevice);

describe.each([...DEVICES, TUNED_FOR_GPU])('gru on %s', (device) => {
  test.each(CASES)('$name equals torch, forward and backward', async (gruCase) => {
    const x = leafOf(gruCase.x, device);
    const [weightIh, weightHh, biasIh, biasHh] = gruCase.parameters.map((each) => leafOf(each, device));
    const state = gruCase.state === null ? undefined : leafOf(gruCase.state, device);
    const result = gru(x, { weightIh: weightIh!, weightHh: weightHh!, biasIh, biasHh }, state);
    const outputs = [result.output, result.hidden];
    for (const [i, output] of outputs.entries()) await expectClose(output, gruCase.outputs[i]!);

    const upstream = gruCase.upstream.map((reference) => tensorOf(reference, device));
    const total = outputs.map((output, i) => output.mul(upstream[i]!).sum()).reduce((a, b) => a.add(b));
    total.backward();
    const close = { rtol: 1e-5, atol: 1e-5 };
    await expectClose(x.grad, gruCase.gradients.x, close);
    for (const [i, parameter] of [weightIh, weightHh, biasIh, biasHh].entries()) {
      if (parameter !== undefined) await expectClose(parameter.grad, gruCase.gradients.parameters[i]!, close);
    }
    if (state !== undefined) await expectClose(state.grad, gruCase.gradients.state!, close);
  });

  test('the input, the weights, the biases and the state may be strided views', async () => {
    const { x, parameters, state, outputs } = CASES[2]!;
    const [weightIh, weightHh] = parameters.slice(0, 2).map((each) => turned(each, device));
    const [biasIh, biasHh] = parameters.slice(2).map((each) => spaced(each, device));
    const weights = { weightIh: weightIh!, weightHh: weightHh!, biasIh, biasHh };
    await expectClose(gru(turned(x, device), weights, turned(state!, device)).output, outputs[0]!);
  });

  test('only one of both biases may be given', async () => {
    const options = { device, requiresGrad: true };
    const weights = { weightIh: randn([6, 3], options), weightHh: randn([6, 2], options) };
    const x = randn([2, 4, 3], { device });
    const bias = randn([6], options);
    const none = zeros([6], { device });
    for (const [one, both] of [
      [{ biasIh: bias }, { biasIh: bias, biasHh: none }],
      [{ biasHh: bias }, { biasIh: none, biasHh: bias }],
    ]) {
      const found: Float32Array[] = [];
      for (const biases of [one, both]) {
        bias.grad = null;
        gru(x, { ...weights, ...biases })
          .output.sum()
          .backward();
        found.push((await bias.grad!.data()) as Float32Array);
      }
      expect(found[0]).toEqual(found[1]);
      expect(found[0]!.some((value) => value !== 0)).toBe(true);
    }
  });

  test('a state carried over gives the same as one long sequence', async () => {
    const weights = { weightIh: randn([9, 2], { device }), weightHh: randn([9, 3], { device }) };
    const x = randn([2, 6, 2], { device });
    const whole = gru(x, weights);
    const first = gru(x.narrow(1, 0, 4), weights);
    const second = gru(x.narrow(1, 4, 2), weights, first.hidden);
    expect(await second.hidden.data()).toEqual(await whole.hidden.data());
  });

  test('an empty batch gives empty results', async () => {
    const weights = {
      weightIh: zeros([6, 3], { device, requiresGrad: true }),
      weightHh: zeros([6, 2], { device, requiresGrad: true }),
    };
    const { output, hidden } = gru(zeros([0, 5, 3], { device }), weights);
    expect([output.shape, hidden.shape]).toEqual([
      [0, 5, 2],
      [0, 2],
    ]);
    output.sum().backward();
    expect(await weights.weightHh.grad!.data()).toEqual(new Float32Array(12));
  });
});

test('wrong shapes are refused with a name for what is wrong', () => {
  const weights = { weightIh: zeros([6, 3]), weightHh: zeros([6, 2]) };
  expect(() => gru(zeros([5, 3]), weights)).toThrow(/gru: got shape \[5, 3\].*\[batch, steps, features\]/);
  expect(() => gru(zeros([1, 0, 3]), weights)).toThrow(/at least one step/);
  expect(() => gru(zeros([1, 5, 4]), weights)).toThrow(/\[6, 4\] for weightIh/);
  expect(() => gru(zeros([1, 5, 3]), { ...weights, biasHh: zeros([8]) })).toThrow(/\[6\] for a bias/);
  expect(() => gru(zeros([1, 5, 3]), weights, zeros([2, 2]))).toThrow(/\[1, 2\] for the initial state/);
  expect(() => gru(tensor([[[1]]], { dtype: 'int32' }), weights)).toThrow(/expected float32/);
});
