import { describe, expect, it } from '@jest/globals';
import { memory, tensor, tidy } from 'azuraforge-core';
import { Adagrad } from '../../src/optim/adagrad.ts';
import { Adam } from '../../src/optim/adam.ts';
import { AdamW } from '../../src/optim/adamw.ts';
import type { Optimizer } from '../../src/optim/optimizer.ts';
import { RMSprop } from '../../src/optim/rmsprop.ts';
import { SGD } from '../../src/optim/sgd.ts';

const parameter = (...values: number[]) => tensor(values, { requiresGrad: true });

describe('every optimizer', () => {
  const kinds: [string, (parameters: ReturnType<typeof parameter>[]) => Optimizer][] = [
    ['SGD', (parameters) => new SGD(parameters, { learningRate: 0.1, momentum: 0.9, dampening: 0.3 })],
    ['Adam', (parameters) => new Adam(parameters, { learningRate: 0.1 })],
    ['AdamW', (parameters) => new AdamW(parameters, { learningRate: 0.1 })],
    ['RMSprop', (parameters) => new RMSprop(parameters, { momentum: 0.9, centered: true })],
    ['Adagrad', (parameters) => new Adagrad(parameters, { learningRate: 0.1, lrDecay: 0.1 })],
    [
      'Adam in groups',
      ([first, second]) =>
        new Adam([{ parameters: [first!], learningRate: 0.1 }, { parameters: [second!] }], {
          weightDecay: 0.1,
        }),
    ],
  ];

  it.each(kinds)('%s goes on from a saved state as if nothing had happened', async (_, build) => {
    const run = async (interrupt: boolean): Promise<unknown[]> => {
      const parameters = [parameter(1, 2), parameter(3)];
      let optimizer = build(parameters);
      for (let step = 0; step < 6; step++) {
        if (interrupt && step === 3) {
          const state = JSON.stringify(await optimizer.stateDict(), (_key, value: unknown) =>
            value instanceof Float32Array ? { floats: [...value] } : value,
          );
          optimizer = build(parameters);
          optimizer.loadStateDict(
            JSON.parse(state, (_key, value) => (value?.floats ? Float32Array.from(value.floats) : value)),
          );
        }
        parameters[0]!.grad = tensor([Math.sin(step), 1]);
        // A parameter that joins late has its own step count.
        if (step % 2 === 1) parameters[1]!.grad = tensor([Math.cos(step)]);
        optimizer.step();
        optimizer.zeroGrad();
      }
      return Promise.all(parameters.map((each) => each.data()));
    };
    expect(await run(true)).toEqual(await run(false));
  });

  it.each(kinds)('%s leaves parameters without a gradient alone, even inside tidy', async (_, build) => {
    const parameters = [parameter(1), parameter(2)];
    const optimizer = tidy(() => build(parameters));
    parameters[0]!.grad = tensor([1]);
    tidy(() => optimizer.step());
    expect(await parameters[1]!.data()).toEqual(Float32Array.of(2));
    expect(await parameters[0]!.data()).not.toEqual(Float32Array.of(1));
  });

  it.each(kinds)('%s gives everything back', (_, build) => {
    const before = memory().buffers;
    const parameters = [parameter(1), parameter(2)];
    const optimizer = build(parameters);
    for (const each of parameters) each.grad = tensor([1]);
    optimizer.step();
    optimizer.dispose();
    for (const each of parameters) each.dispose();
    expect(memory().buffers).toBe(before);
  });

  it('refuses a state of other parameters or of another optimizer', async () => {
    const adam = new Adam([parameter(1, 2)]);
    const state = await adam.stateDict();
    expect(() => new Adam([parameter(1), parameter(2)]).loadStateDict(state)).toThrow('of 1 parameters');
    expect(() => new Adam([parameter(1)]).loadStateDict(state)).toThrow('0.exp_avg has the shape [2]');
    expect(() => new SGD([parameter(1, 2)]).loadStateDict(state)).toThrow('0.exp_avg is not in the model');
  });

  it('refuses options out of range', () => {
    const one = [parameter(1)];
    expect(() => new SGD([])).toThrow('pass model.parameters()');
    expect(() => new SGD([{ parameters: [] }])).toThrow('pass model.parameters()');
    expect(() => new SGD([...one, ...one])).toThrow('A parameter is given twice');
    expect(() => new SGD([{ parameters: one, learningRate: -1 }])).toThrow('learningRate is -1');
    expect(() => new RMSprop(one, { alpha: -1 })).toThrow('alpha is -1');
    expect(() => new Adagrad(one, { lrDecay: -1 })).toThrow('lrDecay is -1');
    expect(() => new SGD([tensor([1])])).toThrow('requiresGrad');
    expect(() => new SGD(one, { learningRate: -1 })).toThrow(
      'learningRate is -1; it must be at least 0 and finite.',
    );
    expect(() => new SGD(one, { momentum: Number.NaN })).toThrow('momentum is NaN');
    expect(() => new SGD(one, { nesterov: true })).toThrow('nesterov needs a momentum');
    expect(() => new Adam(one, { betas: [0.9, 1] })).toThrow(
      'betas[1] is 1; it must be at least 0 and below 1.',
    );
    expect(() => new Adam(one, { epsilon: -1 })).toThrow('epsilon is -1');
    expect(() => new AdamW(one, { weightDecay: -1 })).toThrow('weightDecay is -1');
  });
});
