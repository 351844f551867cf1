import { describe, expect, it } from '@jest/globals';
import { clipGradNorm, compile } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { Linear } from '../../src/nn/linear.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { Adagrad } from '../../src/optim/adagrad.ts';
import { Adam } from '../../src/optim/adam.ts';
import { AdamW } from '../../src/optim/adamw.ts';
import { clipGradValue, gradientNorm } from '../../src/optim/gradient.ts';
import type { Optimizer, ParameterGroup } from '../../src/optim/optimizer.ts';
import { RMSprop } from '../../src/optim/rmsprop.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { WeightAverage } from '../../src/optim/weight-average.ts';
import { expectClose, expectValuesClose } from '../close.ts';
import { DEVICES, useDevice } from '../devices.ts';
import { asTensor, readFixture } from '../fixture.ts';
import type { FixtureTensor } from '../fixture.ts';

interface OptimizerCase {
  type: keyof typeof types;
  options: Record<string, never>;
  groups?: Omit<ParameterGroup, 'parameters'>[];
  initial: FixtureTensor[];
  steps: { gradients: FixtureTensor[]; values: FixtureTensor[] }[];
  /** What torch remembers after the last step. */
  state?: Record<string, FixtureTensor>;
}

const types = { SGD, RMSprop, Adagrad, Adam, AdamW };
const cases = [
  ...(await readFixture<OptimizerCase[]>('optimizers')),
  ...(await readFixture<OptimizerCase[]>('optimizer-steps')),
];
const gradients = await readFixture<
  Record<'gradients' | 'norm' | 'value', FixtureTensor[]> & { total: number }
>('gradients');
const average = await readFixture<{
  decay: number;
  initial: FixtureTensor[];
  steps: { values: FixtureTensor[]; averages: FixtureTensor[] }[];
}>('average');

const leaves = (values: FixtureTensor[]): Tensor[] =>
  values.map((each) => asTensor(each, { requiresGrad: true }));

function setGradients(parameters: Tensor[], values: FixtureTensor[]): void {
  for (const [index, gradient] of values.entries()) parameters[index]!.grad = asTensor(gradient);
}

describe.each(DEVICES)('beside PyTorch, on %s', (device) => {
  useDevice(device);

  it.each(
    cases.map((each): [string, OptimizerCase] => [
      `${each.type} ${JSON.stringify(each.groups ?? each.options)}`,
      each,
    ]),
  )('%s', async (_, { type, options, groups, initial, steps, state = {} }) => {
    const parameters = leaves(initial);
    const grouped = groups?.map((group, index) => ({ ...group, parameters: [parameters[index]!] }));
    const optimizer: Optimizer = new types[type](grouped ?? parameters, options);
    for (const { gradients: given, values } of steps) {
      setGradients(parameters, given);
      optimizer.step();
      optimizer.zeroGrad();
      for (const [index, value] of values.entries()) await expectClose(parameters[index]!, value);
    }
    const { tensors } = await optimizer.stateDict();
    for (const [name, { shape, data }] of Object.entries(state)) {
      expect([...tensors[name]!.shape]).toEqual(shape);
      expectValuesClose(tensors[name]!.data, data, name);
    }
  });

  it('clips gradients by their norm and by their values', async () => {
    const parameters = leaves(gradients.gradients);
    for (const [kind, clip] of [
      ['norm', () => clipGradNorm(parameters, 1.5)],
      ['value', () => clipGradValue(parameters, 0.7)],
    ] as const) {
      setGradients(parameters, gradients.gradients);
      expectValuesClose([await gradientNorm(parameters).item()], [gradients.total]);
      clip();
      for (const [index, clipped] of gradients[kind].entries()) {
        await expectClose(parameters[index]!.grad!, clipped, kind);
      }
    }
  });

  it.each(['eager', 'captured'])('averages weights, %s', async (mode) => {
    const model = new Linear(3, 2);
    const parameters = model.parameters();
    const become = (values: FixtureTensor[]): void => {
      for (const [index, value] of values.entries()) parameters[index]!.assign(asTensor(value));
    };
    become(average.initial);
    const weights = new WeightAverage(model, { decay: average.decay });
    const update = mode === 'eager' ? () => weights.update() : compile(() => weights.update());
    for (const { values, averages } of average.steps) {
      become(values);
      update();
      const state = Object.values(await weights.stateDict());
      for (const [index, { data }] of averages.entries()) expectValuesClose(state[index]!.data, data);
    }
    await weights.during(async () => {
      for (const [index, value] of average.steps.at(-1)!.averages.entries()) {
        await expectClose(parameters[index]!, value);
      }
    });
    for (const [index, value] of average.steps.at(-1)!.values.entries()) {
      await expectClose(parameters[index]!, value);
    }
  });
});

it('averages tied weights under each of their names', async () => {
  const linear = new Linear(2, 2);
  const model = new Sequential({ first: linear, second: linear });
  expect(Object.keys(await new WeightAverage(model).stateDict())).toEqual(Object.keys(model.stateDict()));
});
