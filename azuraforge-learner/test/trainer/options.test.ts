import { describe, expect, it } from '@jest/globals';
import { Generator, keep, ones } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { TrainingMoment } from '../../src/callback.ts';
import type { TrainingEvent } from '../../src/event.ts';
import { MSELoss } from '../../src/loss.ts';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy.ts';
import { MeanAbsoluteError } from '../../src/metric/mean-absolute-error.ts';
import { Tanh } from '../../src/nn/activation.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Module } from '../../src/nn/module.ts';
import type { LayerDescription } from '../../src/nn/module.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { readState } from '../../src/nn/state.ts';
import { Adam } from '../../src/optim/adam.ts';
import { ExponentialLR, StepLR } from '../../src/optim/scheduler/decay.ts';
import { ReduceLROnPlateau } from '../../src/optim/scheduler/plateau.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { Trainer } from '../../src/trainer.ts';
import type { EpochRecord, FitOptions, TrainerOptions } from '../../src/trainer.ts';
import { ArrayDataset } from '../../src/trainer/dataset.ts';
import { expectValuesClose } from '../close.ts';
import { forecaster, sineWindows } from './forecaster.ts';

const sine = { train: sineWindows(60), validation: sineWindows(20, 60) };
const small = { ...sine, epochs: 3, batchSize: 16 };

const values = (count: number) => ({ data: new Float32Array(count), shape: [count] });

interface Run {
  epochs: EpochRecord[];
  weights: number[];
  moments: TrainingMoment[];
  events: TrainingEvent[];
}

/** Trains a forecaster with SGD, whose steps are in proportion to the gradients. */
async function trained(
  options: Partial<TrainerOptions> | ((optimizer: SGD) => Partial<TrainerOptions>) = {},
  fit: Partial<FitOptions> = {},
): Promise<Run> {
  const model = forecaster();
  const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
  const chosen = typeof options === 'function' ? options(optimizer) : options;
  const trainer = new Trainer({ model, optimizer, loss: new MSELoss(), ...chosen });
  const moments: TrainingMoment[] = [];
  const events: TrainingEvent[] = [];
  const { epochs } = await trainer.fit({
    ...small,
    ...fit,
    callbacks: [(moment) => void moments.push(moment)],
    onEvent: (event) => events.push(event),
  });
  const weights = await Promise.all(model.parameters().map((parameter) => parameter.data()));
  return { epochs, moments, events, weights: weights.flatMap((each) => [...each]) };
}

const lossesOf = ({ epochs }: Run): number[] => epochs.map(({ trainLoss }) => trainLoss);

describe('a training step', () => {
  it('is the same captured and run anew, the smaller last batch too', async () => {
    const captured = await trained();
    const anew = await trained({ compile: false });
    expectValuesClose(lossesOf(captured), lossesOf(anew));
    expectValuesClose(captured.weights, anew.weights);
    expect(captured.epochs[0]!.gradientNorm).toBeCloseTo(anew.epochs[0]!.gradientNorm!, 5);
  });

  it('of several small batches is that of a large one, the rest at the end too', async () => {
    const large = await trained({}, { batchSize: 32, shuffle: false });
    for (const compile of [true, false]) {
      const summed = await trained({ accumulation: 2, compile }, { batchSize: 16, shuffle: false });
      expectValuesClose(lossesOf(summed), lossesOf(large));
      expectValuesClose(summed.weights, large.weights);
    }
    const loss = new MSELoss({ reduction: 'sum' });
    const little = (optimizer: SGD): Partial<TrainerOptions> => {
      optimizer.learningRate = 0.002;
      return { loss };
    };
    const added = await trained((optimizer) => ({ ...little(optimizer), accumulation: 4 }), {
      shuffle: false,
    });
    const whole = await trained(little, { batchSize: 60, shuffle: false });
    expectValuesClose(added.weights, whole.weights);
  });

  it('limits each number of a gradient', async () => {
    const start = (await trained({}, { epochs: 1, batchSize: 60 })).weights;
    const model = forecaster();
    const before = await Promise.all(model.parameters().map((each) => each.data()));
    const { weights } = await trained({ gradientClipValue: 1e-3 }, { epochs: 1, batchSize: 60 });
    const changes = before.flatMap((each) => [...each]).map((value, at) => Math.abs(weights[at]! - value));
    expect(Math.max(...changes)).toBeLessThanOrEqual(1e-4 + 1e-7);
    expect(Math.max(...changes)).toBeGreaterThan(0.9e-4);
    expect(weights).not.toEqual(start);
  });

  it('that cannot be replayed says so, and runs anew on request', async () => {
    /** Counts its calls in a tensor that it replaces. */
    class Counting extends Module {
      readonly inner = forecaster();
      #calls = ones([1]);

      override forward(input: Tensor): Tensor {
        const before = this.#calls;
        this.#calls = keep(before.add(1));
        const output = this.inner.forward(input).add(before.mul(0));
        before.dispose();
        return output;
      }

      override describe(): LayerDescription {
        return { type: 'Counting' };
      }
    }
    const trainer = (compile: boolean): Trainer => {
      const model = new Counting();
      return new Trainer({ model, optimizer: new Adam(model.parameters()), loss: new MSELoss(), compile });
    };
    await expect(trainer(true).fit(small)).rejects.toThrow('pass `compile: false` to the Trainer');
    expect((await trainer(false).fit(small)).epochs).toHaveLength(3);
  });
});

it.each([true, false])('a part of a model is trained alone; compile: %s', async (compile) => {
  const model = forecaster();
  const head = model.namedParameters().filter(([name]) => name.startsWith('head.'));
  const optimizer = new Adam(head.map(([, parameter]) => parameter));
  const before = await readState(model.stateDict());
  await new Trainer({ model, optimizer, loss: new MSELoss(), compile }).fit(small);
  const after = await readState(model.stateDict());
  const changed = Object.keys(after).filter((name) => after[name]!.data.join() !== before[name]!.data.join());
  expect(changed).toEqual(['head.weight', 'head.bias']);
  expect(model.parameters().every(({ grad }) => grad === null)).toBe(true);
});

describe('learning rates', () => {
  it('follow a scheduler after each epoch, and are told', async () => {
    const run = await trained((optimizer) => ({
      scheduler: new StepLR(optimizer, { stepSize: 1, gamma: 0.5 }),
    }));
    expect(run.epochs.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.05, 0.025]);
    const told = run.events.flatMap((event) => (event.type === 'epoch' ? [event.learning_rate] : []));
    expect(told).toEqual([0.1, 0.05, 0.025]);
  });

  it('follow a scheduler after each step', async () => {
    const { moments, epochs } = await trained(
      (optimizer) => ({
        scheduler: new ExponentialLR(optimizer, { gamma: 0.5 }),
        schedulerInterval: 'step',
        accumulation: 2,
      }),
      { epochs: 1 },
    );
    const rates = moments.flatMap((moment) => (moment.type === 'batchEnd' ? [moment.learningRate] : []));
    expect(rates).toEqual([0.1, 0.1, 0.1, 0.05]);
    expect(epochs[0]!.learningRate).toBe(0.05);
  });

  it('fall when the validation loss rests', async () => {
    const run = await trained((optimizer) => ({
      scheduler: new ReduceLROnPlateau(optimizer, { patience: 0, threshold: 1000, factor: 0.5 }),
    }));
    expect(run.epochs.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.1, 0.05]);
  });
});

describe('what is told', () => {
  it('to callbacks comes in order, and is awaited', async () => {
    const order: string[] = [];
    const model = forecaster();
    const trainer = new Trainer({ model, optimizer: new Adam(model.parameters()), loss: new MSELoss() });
    await trainer.fit({
      ...small,
      epochs: 2,
      batchSize: 40,
      callbacks: [
        async (moment) => {
          if (moment.type === 'batchEnd') {
            expect(await moment.loss.item()).toBeGreaterThan(0);
            expect(await moment.gradientNorm!.item()).toBeGreaterThan(0);
          }
          order.push(moment.type);
        },
      ],
    });
    const epoch = [
      'epochBegin',
      'batchBegin',
      'batchEnd',
      'batchBegin',
      'batchEnd',
      'validation',
      'epochEnd',
    ];
    expect(order).toEqual(['begin', ...epoch, ...epoch, 'end']);
  });

  it('holds the norm of the gradients', async () => {
    const { events, epochs } = await trained({ gradientClip: 1e-6 });
    const batch = events.find((event) => event.type === 'batch')!;
    expect(batch).toMatchObject({ learning_rate: 0.1, gradient_norm: expect.any(Number) });
    expect(epochs[0]!.gradientNorm).toBeGreaterThan(1e-3);
    expect(events.find((event) => event.type === 'epoch')).toMatchObject({
      gradient_norm: epochs[0]!.gradientNorm,
    });
  });

  it('holds metrics of both parts', async () => {
    const metrics = [new MeanAbsoluteError()];
    const { epochs, moments } = await trained(
      { metrics, trainMetrics: [new MeanAbsoluteError()] },
      { metrics: () => ({ own: 7 }) },
    );
    for (const { metrics: measured, trainLoss, validationLoss } of epochs) {
      expect(Object.keys(measured)).toEqual(['train_mae', 'mae', 'own']);
      // No mean of absolute values is above the root of the mean of their squares.
      expect(measured.train_mae).toBeLessThanOrEqual(Math.sqrt(trainLoss));
      expect(measured.mae).toBeLessThanOrEqual(Math.sqrt(validationLoss!));
      expect(measured.mae).toBeGreaterThan(Math.sqrt(validationLoss!) / 2);
    }
    const told = moments.findLast((moment) => moment.type === 'validation');
    expect(told).toMatchObject({ epoch: 3, metrics: { mae: epochs[2]!.metrics.mae } });
  });
});

it('leaves metrics that are not finite out of the events', async () => {
  const { epochs, events } = await trained({}, { metrics: () => ({ none: Number.NaN, one: 1 }) });
  expect(epochs[0]!.metrics).toEqual({ none: Number.NaN, one: 1 });
  expect(events.find((event) => event.type === 'epoch')).toMatchObject({ metrics: { one: 1 } });
  expect(JSON.stringify(events)).not.toContain('none');
});

describe('averaged weights', () => {
  it('are those that are judged and left behind', async () => {
    const model = forecaster();
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    const trainer = new Trainer({ model, optimizer, loss: new MSELoss(), averageDecay: 0.9 });
    const start = (await trainer.evaluate(sine.validation, { batchSize: 16 })).loss;
    const { epochs } = await trainer.fit(small);
    const { loss } = await trainer.evaluate(sine.validation, { batchSize: 16 });
    expect(loss).toBe(epochs.at(-1)!.validationLoss);
    const own = await trained();
    expect(loss).not.toBe(start);
    expect(loss).not.toBe(own.epochs.at(-1)!.validationLoss);
    expect(epochs.map(({ trainLoss }) => trainLoss)).toEqual(lossesOf(own));
  });

  it('without memory are the weights themselves', async () => {
    expect((await trained({ averageDecay: 0 })).weights).toEqual((await trained()).weights);
  });
});

describe('a data set', () => {
  it('makes the next batch ready while one is learned, and knows its epoch', async () => {
    const ready = new Set<string>();
    const epochs: (number | undefined)[] = [];
    const train: FitOptions['train'] = {
      length: 60,
      prepare: async (indices, epoch) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        ready.add(`${epoch}: ${indices.join()}`);
      },
      batch: (indices, epoch) => {
        expect(ready.delete(`${epoch}: ${indices.join()}`)).toBe(true);
        epochs.push(epoch);
        return sine.train.batch(indices);
      },
    };
    const model = forecaster();
    const trainer = new Trainer({ model, optimizer: new Adam(model.parameters()), loss: new MSELoss() });
    const starts: number[] = [];
    await trainer.fit({
      ...small,
      train,
      epochs: 2,
      batchSize: 20,
      callbacks: [
        async (moment) => {
          if (moment.type !== 'batchEnd') return;
          await new Promise((resolve) => setTimeout(resolve, 20));
          starts.push(ready.size);
        },
      ],
    });
    expect(epochs).toEqual([1, 1, 1, 2, 2, 2]);
    expect(starts).toEqual([1, 1, 0, 1, 1, 0]);
  });

  it('that cannot make a batch ready ends the training', async () => {
    const train: FitOptions['train'] = {
      length: 60,
      prepare: () => Promise.reject(new Error('the file is gone')),
      batch: (indices) => sine.train.batch(indices),
    };
    const model = forecaster();
    const trainer = new Trainer({ model, optimizer: new Adam(model.parameters()), loss: new MSELoss() });
    await expect(trainer.fit({ ...small, train })).rejects.toThrow('the file is gone');
  });
});

it('classes are learned from whole numbers', async () => {
  const generator = new Generator(4);
  const points = Float32Array.from({ length: 240 }, () => generator.random() * 2 - 1);
  const classes = Int32Array.from({ length: 120 }, (_, at) =>
    points[2 * at]! * points[2 * at + 1]! > 0 ? 1 : 0,
  );
  const dataset = new ArrayDataset({ data: points, shape: [120, 2] }, { data: classes, shape: [120] });
  const model = new Sequential([
    new Linear(2, 16, { generator }),
    new Tanh(),
    new Linear(16, 2, { generator }),
  ]);
  const optimizer = new Adam(model.parameters(), { learningRate: 0.05 });
  const trainer = new Trainer({ model, optimizer, loss: new CrossEntropyLoss() });
  const { bestLoss } = await trainer.fit({ train: dataset, validation: dataset, epochs: 30, batchSize: 32 });
  expect(bestLoss).toBeLessThan(0.2);
});

it.each([
  [{ accumulation: 0 }, 'accumulation is 0'],
  [{ averageDecay: 1 }, 'averageDecay is 1'],
  [{ gradientClipValue: -1 }, 'gradientClipValue is -1'],
])('%j is refused', async (options, message) => {
  await expect(trained(options)).rejects.toThrow(message);
});

it('a plateau of steps is refused, and a metric of other shapes', async () => {
  const plateau = trained((optimizer) => ({
    scheduler: new ReduceLROnPlateau(optimizer),
    schedulerInterval: 'step',
  }));
  await expect(plateau).rejects.toThrow('leave schedulerInterval at "epoch"');
  expect(() => new MeanAbsoluteError().update(values(2), values(3))).toThrow(
    'predictions of shape [2] for targets of shape [3]',
  );
});
