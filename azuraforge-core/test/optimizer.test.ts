import { beforeAll, describe, expect, test } from '@jest/globals';
import type { AdagradOptions, AdamOptions, RmspropOptions, SgdOptions, Tensor } from '../src/index.ts';
import {
  adagradStep,
  adamStep,
  adamwStep,
  clipGradNorm,
  createAdagradState,
  createAdamState,
  createRmspropState,
  createSgdState,
  memory,
  rmspropStep,
  sgdStep,
  tensor,
  tidy,
  zeroGrad,
  zeros,
} from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';
import type { Reference } from './reference.ts';
import { expectClose, readFixture, tensorOf } from './reference.ts';

interface Trajectory {
  readonly kind: 'sgd' | 'adam' | 'adamw' | 'rmsprop' | 'adagrad';
  readonly options: SgdOptions & AdamOptions & RmspropOptions & AdagradOptions;
  readonly initial: readonly Reference[];
  readonly gradients: readonly (readonly (Reference | null)[])[];
  readonly after: readonly (readonly Reference[])[];
}

const TRAJECTORIES = readFixture<Trajectory[]>('optimizers.json');

function stepper(kind: Trajectory['kind'], parameters: Tensor[], options: Trajectory['options']): () => void {
  if (kind === 'sgd') {
    const state = createSgdState(parameters);
    return () => sgdStep(parameters, state, options);
  }
  if (kind === 'rmsprop') {
    const state = createRmspropState(parameters);
    return () => rmspropStep(parameters, state, options);
  }
  if (kind === 'adagrad') {
    const state = createAdagradState(parameters);
    return () => adagradStep(parameters, state, options);
  }
  const state = createAdamState(parameters);
  const step = kind === 'adam' ? adamStep : adamwStep;
  return () => step(parameters, state, options);
}

beforeAll(registerDevices);

describe.each(DEVICES)('on %s, against torch', (device) => {
  test.each(TRAJECTORIES.map((each) => ({ ...each, text: JSON.stringify(each.options) })))(
    '$kind $text',
    async ({ kind, options, initial, gradients, after }) => {
      const parameters = initial.map((reference) => tensorOf(reference, device));
      const step = stepper(kind, parameters, options);
      for (const [i, row] of gradients.entries()) {
        for (const [p, gradient] of row.entries()) {
          parameters[p]!.grad = gradient === null ? null : tensorOf(gradient, device);
        }
        step();
        for (const [p, expected] of after[i]!.entries()) {
          await expectClose(parameters[p]!, expected, { rtol: 2e-6, atol: 1e-6 });
        }
      }
    },
  );
});

test('a step leaves the parameter a leaf and its state outside of tidy', () => {
  const parameter = tensor([1, 2], { requiresGrad: true });
  const state = createSgdState([parameter]);
  tidy(() => {
    parameter.square().sum().backward();
    sgdStep([parameter], state, { lr: 0.1, momentum: 0.9 });
  });
  expect(parameter.origin).toBeNull();
  expect(state.velocities[0]!.isDisposed).toBe(false);
});

test('a strided gradient is stepped by its values, not by its memory', async () => {
  const parameter = zeros([2, 3], { requiresGrad: true });
  parameter.grad = tidy(() =>
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]).transpose(0, 1),
  );
  sgdStep([parameter], createSgdState([parameter]), { lr: 1 });
  expect(await parameter.array()).toEqual([
    [-1, -3, -5],
    [-2, -4, -6],
  ]);
});

test('gradients are clipped together, as by torch', async () => {
  const [a, b] = [tensor([0, 0], { requiresGrad: true }), tensor(0, { requiresGrad: true })];
  [a.grad, b.grad] = [tensor([3, 0]), tensor(4)];
  const before = memory().buffers;
  const norm = clipGradNorm([a, b], 1);
  expect(await norm.item()).toBe(5);
  norm.dispose();
  expect(memory().buffers).toBe(before);
  expect(await a.grad.data()).toEqual(Float32Array.of(3 / (5 + 1e-6), 0));
  expect(await b.grad.item()).toBeCloseTo(0.8, 6);
  clipGradNorm([a, b], 10);
  expect(await b.grad.item()).toBeCloseTo(0.8, 6);
});

test('clipping within a tidy leaves the gradients alive', async () => {
  const a = tensor([3, 4], { requiresGrad: true });
  tidy(() => {
    a.square().sum().backward();
    clipGradNorm([a], 1);
  });
  const [first, second] = await a.grad!.data();
  expect(first).toBeCloseTo(0.6, 6);
  expect(second).toBeCloseTo(0.8, 6);
});

test('zeroGrad drops all gradients', () => {
  const a = tensor([1], { requiresGrad: true });
  a.sum().backward();
  zeroGrad([a]);
  expect(a.grad).toBeNull();
});

test('options out of range, views and foreign states are refused', () => {
  const a = tensor([1, 2], { requiresGrad: true });
  expect(() => sgdStep([a], createSgdState([a]), { lr: -1 })).toThrow(/lr must be at least 0/);
  expect(() => sgdStep([a], createSgdState([a]), { lr: Number.NaN })).toThrow(/lr/);
  expect(() => sgdStep([a], createSgdState([a]), { lr: 1, nesterov: true })).toThrow(
    /nesterov needs a momentum/,
  );
  expect(() => adamStep([a], createAdamState([a]), { lr: 1, betas: [0.9, 1] })).toThrow(
    /betas\[1\].*below 1/,
  );
  expect(() => adamStep([a], createAdamState([]), { lr: 1 })).toThrow(
    /the state was made for other parameters/,
  );
  expect(() => adamStep([a], createAdamState([tensor([1])]), { lr: 1 })).toThrow(/other parameters/);
  expect(() => rmspropStep([a], createRmspropState([a]), { lr: 1, alpha: -1 })).toThrow(/alpha must be/);
  expect(() => rmspropStep([a], createRmspropState([]), { lr: 1 })).toThrow(/other parameters/);
  expect(() => adagradStep([a], createAdagradState([a]), { lr: 1, lrDecay: -1 })).toThrow(/lrDecay must be/);
  expect(() => adagradStep([a], createAdagradState([]), { lr: 1 })).toThrow(/other parameters/);
  const view = tensor([1, 2, 3]).narrow(0, 1, 2);
  expect(() => sgdStep([view], createSgdState([view]), { lr: 1 })).toThrow(
    /must be a leaf with a buffer of its own/,
  );
  const result = a.mul(2);
  expect(() => sgdStep([result], createSgdState([result]), { lr: 1 })).toThrow(/must be a leaf/);
  expect(() => clipGradNorm([a], 1)).toThrow(/no parameter has a gradient/);
});
