import { describe, expect, it } from '@jest/globals';
import { compile, tensor } from 'azuraforge-core';
import { Adam } from '../../src/optim/adam.ts';
import type { Optimizer } from '../../src/optim/optimizer.ts';
import type { Scheduler } from '../../src/optim/scheduler.ts';
import { CosineAnnealingLR, CosineAnnealingWarmRestarts } from '../../src/optim/scheduler/cosine.ts';
import { ExponentialLR, MultiStepLR, StepLR } from '../../src/optim/scheduler/decay.ts';
import { LinearLR } from '../../src/optim/scheduler/linear.ts';
import { OneCycleLR } from '../../src/optim/scheduler/one-cycle.ts';
import { ReduceLROnPlateau } from '../../src/optim/scheduler/plateau.ts';
import { SequentialLR } from '../../src/optim/scheduler/sequential.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { readFixture } from '../fixture.ts';

interface ScheduleCase {
  type: keyof typeof types;
  options: never;
  /** Of both groups, before the first step and after each. */
  rates: [number, number][];
  /** What a plateau watches. */
  losses?: number[];
}

const types = {
  StepLR,
  MultiStepLR,
  ExponentialLR,
  LinearLR,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  OneCycleLR,
  ReduceLROnPlateau,
  SequentialLR: class extends SequentialLR {
    constructor(optimizer: Optimizer, { milestones }: { milestones: number[] }) {
      const schedulers = [
        new LinearLR(optimizer, { startFactor: 0.1, totalIters: 4 }),
        new ExponentialLR(optimizer, { gamma: 0.8 }),
        new StepLR(optimizer, { stepSize: 3, gamma: 0.5 }),
      ];
      super(optimizer, { schedulers, milestones });
    }
  },
};
const cases = (await readFixture<ScheduleCase[]>('schedules')).map((each): [string, ScheduleCase] => [
  `${each.type} ${JSON.stringify(each.options)}`,
  each,
]);

const weight = () => tensor([1], { requiresGrad: true });

function twoGroups(): Optimizer {
  return new SGD([
    { parameters: [weight()], learningRate: 0.5 },
    { parameters: [weight()], learningRate: 0.02 },
  ]);
}

const ratesOf = (optimizer: Optimizer): number[] => optimizer.groups.map(({ learningRate }) => learningRate);

describe('learning rates beside PyTorch', () => {
  it.each(cases)('%s', (_, { type, options, rates, losses = [] }) => {
    const optimizer = twoGroups();
    const scheduler: Scheduler = new types[type](optimizer, options);
    for (const [step, expected] of rates.entries()) {
      if (step > 0) scheduler.step(losses[step - 1]);
      for (const [group, rate] of ratesOf(optimizer).entries()) {
        expect({ step, group, off: Math.abs(rate - expected[group]!) < 1e-12 }).toEqual({
          step,
          group,
          off: true,
        });
      }
    }
  });
});

describe('a scheduler', () => {
  it.each(cases)('%s goes on from a saved state', async (_, { type, options, losses = [] }) => {
    const run = async (interruptAt: number): Promise<number[][]> => {
      let optimizer = twoGroups();
      let scheduler: Scheduler = new types[type](optimizer, options);
      const rates: number[][] = [];
      for (let step = 0; step < 24; step++) {
        if (step === interruptAt) {
          const saved = JSON.stringify([await optimizer.stateDict(), scheduler.stateDict()]);
          optimizer = twoGroups();
          scheduler = new types[type](optimizer, options);
          const [optimizerState, schedulerState] = JSON.parse(saved);
          optimizer.loadStateDict(optimizerState);
          scheduler.loadStateDict(schedulerState);
        }
        scheduler.step(losses[step]);
        rates.push(ratesOf(optimizer));
      }
      return rates;
    };
    expect(await run(11)).toEqual(await run(-1));
  });

  it('changes the rate of a captured step', async () => {
    const parameter = weight();
    const optimizer = new SGD([parameter], { learningRate: 1 });
    const scheduler = new ExponentialLR(optimizer, { gamma: 0.5 });
    const step = compile(() => {
      optimizer.zeroGrad();
      parameter.sum().backward();
      optimizer.step();
    });
    for (let count = 0; count < 3; count++) {
      step();
      scheduler.step();
    }
    expect(await parameter.item()).toBe(1 - (1 + 0.5 + 0.25));
  });

  it('refuses a state of another kind, and a step beyond its end', () => {
    const optimizer = new Adam([weight()]);
    const cycle = new OneCycleLR(optimizer, { maxLearningRate: 0.1, totalSteps: 1 });
    cycle.step();
    expect(() => cycle.step()).toThrow('set up for 1 steps and is asked for step 2');
    const plateau = new ReduceLROnPlateau(optimizer);
    expect(() => cycle.loadStateDict(plateau.stateDict())).toThrow('no number "steps"');
    expect(() => plateau.step()).toThrow('needs the loss');
  });

  it.each([
    [() => new StepLR(twoGroups(), { stepSize: 0 }), 'stepSize is 0'],
    [() => new MultiStepLR(twoGroups(), { milestones: [3, 3] }), 'milestones are 3, 3'],
    [() => new ExponentialLR(twoGroups(), { gamma: Number.NaN }), 'gamma is NaN'],
    [() => new LinearLR(twoGroups(), { startFactor: 0 }), 'startFactor is 0'],
    [() => new CosineAnnealingLR(twoGroups(), { tMax: 1.5 }), 'tMax is 1.5'],
    [() => new CosineAnnealingWarmRestarts(twoGroups(), { t0: 0 }), 't0 is 0'],
    [() => new OneCycleLR(twoGroups(), { maxLearningRate: 0, totalSteps: 5 }), 'maxLearningRate is 0'],
    [() => new ReduceLROnPlateau(twoGroups(), { factor: 1 }), 'factor is 1'],
    [
      () => new SequentialLR(twoGroups(), { schedulers: [], milestones: [2] }),
      '0 schedulers and 1 milestones',
    ],
  ])('refuses wrong options, %#', (build, message) => {
    expect(build).toThrow(message);
  });
});
