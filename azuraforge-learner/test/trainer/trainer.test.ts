import { describe, expect, it } from '@jest/globals';
import { CancelledError, DivergedError } from '../../src/error.ts';
import type { EventOf, TrainingEvent } from '../../src/event.ts';
import { MSELoss } from '../../src/loss.ts';
import { Adam } from '../../src/optim/adam.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { Trainer } from '../../src/trainer.ts';
import type { FitOptions, TrainerOptions } from '../../src/trainer.ts';
import { ArrayDataset } from '../../src/trainer/dataset.ts';
import { forecaster, sineWindows } from './forecaster.ts';

const sine = { train: sineWindows(60), validation: sineWindows(20, 60) };
const small = { ...sine, epochs: 3, batchSize: 16 };

function trainerFor({ hidden, ...options }: Partial<TrainerOptions> & { hidden?: number } = {}): Trainer {
  const model = options.model ?? forecaster({ hidden });
  const optimizer = options.optimizer ?? new Adam(model.parameters(), { learningRate: 0.01 });
  return new Trainer({ loss: new MSELoss(), ...options, model, optimizer });
}

async function eventsOf(trainer: Trainer, options: FitOptions): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  await trainer.fit({ ...options, onEvent: (event) => events.push(event) });
  return events;
}

const only = <Type extends TrainingEvent['type']>(events: TrainingEvent[], type: Type): EventOf<Type>[] =>
  events.filter((event): event is EventOf<Type> => event.type === type);

describe('Trainer', () => {
  it('learns a sine', async () => {
    const trainer = trainerFor({ hidden: 16 });
    const before = await trainer.evaluate(sine.validation, { batchSize: 16 });
    const { epochs, bestLoss } = await trainer.fit({ ...sine, epochs: 60, batchSize: 10 });
    expect(before.loss).toBeGreaterThan(0.2);
    expect(bestLoss).toBeLessThan(0.002);
    expect(epochs).toHaveLength(60);
    const { predicted, actual } = await trainer.evaluate(sine.validation, { batchSize: 7 });
    expect(predicted.shape).toEqual([20, 1]);
    for (const [index, value] of predicted.data.entries()) {
      expect(Math.abs(value - actual.data[index]!)).toBeLessThan(0.2);
    }
  });

  it('tells what happens in order', async () => {
    const model = forecaster();
    const trainer = trainerFor({ model, seed: 7 });
    const order: string[] = [];
    const events: TrainingEvent[] = [];
    await trainer.fit({
      ...small,
      testSamples: 5,
      onEvent: (event) => {
        events.push(event);
        order.push(event.type);
      },
      onEpochEnd: ({ epoch, predicted, actual }) => {
        order.push('end');
        expect([epoch, predicted?.shape, actual?.shape]).toEqual([epoch, [20, 1], [20, 1]]);
      },
    });
    expect(order.filter((type) => type !== 'batch')).toEqual([
      'run',
      'epoch',
      'end',
      'epoch',
      'end',
      'epoch',
      'end',
    ]);
    expect(order.slice(0, 2)).toEqual(['run', 'batch']);
    expect(events[0]).toEqual({
      type: 'run',
      epochs: 3,
      batches_per_epoch: 4,
      parameters: model.parameterCount(),
      train_samples: 60,
      validation_samples: 20,
      test_samples: 5,
      device: 'wasm',
      adapter: expect.stringContaining('SIMD'),
      seed: 7,
    });
    expect(only(events, 'batch')[0]).toMatchObject({
      epoch: 1,
      epochs: 3,
      batch: 1,
      batches: 4,
      fraction: 1 / 12,
    });
    const epochs = only(events, 'epoch');
    expect(epochs.map(({ epoch, fraction }) => [epoch, fraction])).toEqual([
      [1, 1 / 3],
      [2, 2 / 3],
      [3, 1],
    ]);
    for (const event of epochs) {
      expect(event).toMatchObject({ epochs: 3, learning_rate: 0.01, metrics: {}, best: expect.any(Boolean) });
      expect(event.validation_loss).toBeGreaterThan(0);
      expect(event.seconds).toBeGreaterThan(0);
    }
    const fractions = events.flatMap((event) => ('fraction' in event ? [event.fraction] : []));
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });

  it('sends a few batch events a second, however many batches there are', async () => {
    const started = performance.now();
    const events = await eventsOf(trainerFor(), { ...sine, epochs: 12, batchSize: 1 });
    const seconds = (performance.now() - started) / 1000;
    const { length } = only(events, 'batch');
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThanOrEqual(1 + seconds * 4);
  });

  it('reports the metrics of the validation part', async () => {
    const trainer = trainerFor();
    const history = await trainer.fit({
      ...small,
      metrics: (predicted, actual) => ({ count: predicted.data.length, first: actual.data[0]! }),
    });
    const { actual } = await trainer.evaluate(sine.validation, { batchSize: 64 });
    expect(history.epochs.map(({ metrics }) => metrics)).toEqual(
      Array.from({ length: 3 }, () => ({ count: 20, first: actual.data[0] })),
    );
  });

  it('works without a validation part', async () => {
    const events = await eventsOf(trainerFor(), { ...small, validation: undefined });
    const epochs = only(events, 'epoch');
    expect(epochs.map((event) => event.validation_loss)).toEqual([null, null, null]);
    expect(epochs[0]?.best).toBe(true);
  });

  it('trains in training mode and leaves the model in eval mode', async () => {
    const model = forecaster({ dropout: 0.3 }).eval();
    const { epochs } = await trainerFor({ model, seed: 3 }).fit(small);
    expect(epochs.flatMap(({ trainLoss, validationLoss }) => [trainLoss, validationLoss])).toEqual(
      await losses({}),
    );
    expect(model.training).toBe(false);
  });

  it('weighs the last, smaller batch by its size', async () => {
    const trainer = trainerFor();
    const whole = await trainer.evaluate(sine.train, { batchSize: 60 });
    const pieces = await trainer.evaluate(sine.train, { batchSize: 7 });
    expect(pieces.loss).toBeCloseTo(whole.loss, 6);
  });
});

async function losses({
  seed = 3,
  modelSeed = 1,
  dropout = 0.3,
  shuffle = true,
}): Promise<(number | null)[]> {
  const trainer = trainerFor({ seed, model: forecaster({ seed: modelSeed, dropout }) });
  const { epochs } = await trainer.fit({ ...small, shuffle });
  return epochs.flatMap(({ trainLoss, validationLoss }) => [trainLoss, validationLoss]);
}

describe('the same seed', () => {
  it('gives the same losses, bit for bit, with shuffling and dropout', async () => {
    expect(await losses({})).toEqual(await losses({}));
  });

  it.each([
    ['order of the samples', { dropout: 0 }],
    ['dropout', { shuffle: false }],
  ])('and another one another %s', async (_, options) => {
    expect(await losses({ ...options, seed: 4 })).not.toEqual(await losses(options));
  });

  it('of the layers gives other losses too when it changes', async () => {
    const still = { dropout: 0, shuffle: false };
    expect(await losses({ ...still, seed: 4 })).toEqual(await losses(still));
    expect(await losses({ ...still, modelSeed: 2 })).not.toEqual(await losses(still));
  });
});

describe('early stopping', () => {
  it('stops after patience epochs and puts the best weights back', async () => {
    const model = forecaster();
    // So large a step makes the loss rise sooner or later.
    const optimizer = new SGD(model.parameters(), { learningRate: 0.9, momentum: 0.9 });
    const trainer = trainerFor({ model, optimizer, earlyStopping: { patience: 3 } });
    const events: TrainingEvent[] = [];
    const history = await trainer.fit({
      ...sine,
      epochs: 200,
      batchSize: 16,
      onEvent: (event) => events.push(event),
    });
    expect(history.stoppedEarly).toBe(true);
    expect(history.epochs).toHaveLength(history.bestEpoch + 3);
    expect(events.at(-1)).toEqual({
      type: 'early_stop',
      epoch: history.bestEpoch + 3,
      best_epoch: history.bestEpoch,
      patience: 3,
    });
    const lowest = Math.min(...history.epochs.map(({ validationLoss }) => validationLoss!));
    expect(history.bestLoss).toBe(lowest);
    expect(history.epochs.at(-1)!.validationLoss).toBeGreaterThan(lowest);
    expect((await trainer.evaluate(sine.validation, { batchSize: 16 })).loss).toBe(lowest);
  });

  it('counts a decrease below minDelta as none', async () => {
    const trainer = trainerFor({ earlyStopping: { patience: 2, minDelta: 1000 } });
    const history = await trainer.fit({ ...sine, epochs: 50, batchSize: 16 });
    expect(history.stoppedEarly).toBe(true);
    expect(history.epochs).toHaveLength(3);
  });

  it('puts the best weights back when all epochs were run', async () => {
    const model = forecaster();
    const optimizer = new SGD(model.parameters(), { learningRate: 0.9, momentum: 0.9 });
    const trainer = trainerFor({ model, optimizer, earlyStopping: { patience: 100 } });
    const history = await trainer.fit({ ...sine, epochs: 12, batchSize: 16 });
    expect(history.stoppedEarly).toBe(false);
    expect((await trainer.evaluate(sine.validation, { batchSize: 16 })).loss).toBe(history.bestLoss);
  });
});

describe('cancelling', () => {
  it('ends the run from a timer, soon and with an AbortError', async () => {
    const controller = new AbortController();
    let aborted = 0;
    setTimeout(() => {
      aborted = performance.now();
      controller.abort(new Error('enough'));
    }, 100);
    const running = trainerFor().fit({ ...sine, epochs: 100_000, batchSize: 16, signal: controller.signal });
    const error = await running.catch((reason: unknown) => reason);
    expect(performance.now() - aborted).toBeLessThan(2000);
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ name: 'AbortError', cause: controller.signal.reason });
  });

  it('starts nothing when the signal is aborted already', async () => {
    const events: TrainingEvent[] = [];
    const signal = AbortSignal.abort();
    const running = trainerFor().fit({ ...small, signal, onEvent: (event) => events.push(event) });
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(events).toEqual([]);
  });

  it('ends the run before the next batch when a listener aborts', async () => {
    const controller = new AbortController();
    let steps = 0;
    const train = {
      length: 60,
      batch: (indices: Uint32Array) => {
        steps += 1;
        return sine.train.batch(indices);
      },
    };
    const onEvent = (event: TrainingEvent): void => {
      if (event.type === 'batch') controller.abort();
    };
    const running = trainerFor().fit({ ...small, train, onEvent, signal: controller.signal });
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(steps).toBe(1);
  });

  it('ends an evaluation', async () => {
    const running = trainerFor().evaluate(sine.train, { batchSize: 1, signal: AbortSignal.abort() });
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a loss that is not finite', () => {
  it('ends the run with advice', async () => {
    const model = forecaster();
    const optimizer = new SGD(model.parameters(), { learningRate: 1e20 });
    const running = trainerFor({ model, optimizer }).fit({ ...small, epochs: 20 });
    await expect(running).rejects.toThrow(DivergedError);
    await expect(running).rejects.toThrow(
      /loss became (NaN|Infinity) in .*epoch 1.*learning rate.*gradientClip/s,
    );
  });
});

describe('wrong options', () => {
  it.each([
    ['no epochs', { epochs: 0 }, 'epochs is 0'],
    ['half an epoch', { epochs: 1.5 }, 'epochs is 1.5'],
    ['a negative batch size', { batchSize: -4 }, 'batchSize is -4'],
    [
      'an empty validation part',
      { validation: { ...sine.validation, length: 0 } },
      'validation part is empty',
    ],
    ['an empty train part', { train: { ...sine.train, length: 0 } }, 'no training sample'],
  ])('%s', async (_, options, message) => {
    await expect(trainerFor().fit({ ...small, ...(options as Partial<FitOptions>) })).rejects.toThrow(
      message,
    );
  });

  it('early stopping with nothing to watch', async () => {
    const trainer = trainerFor({ earlyStopping: { patience: 2 } });
    await expect(trainer.fit({ ...small, validation: undefined })).rejects.toThrow('needs a validation part');
  });

  it.each([
    [{ seed: 0.5 }, 'seed is 0.5'],
    [{ gradientClip: 0 }, 'gradientClip is 0'],
    [{ gradientClip: Number.NaN }, 'gradientClip is NaN'],
    [{ earlyStopping: { patience: 0 } }, 'earlyStopping.patience is 0'],
    [{ earlyStopping: { patience: 1, minDelta: -1 } }, 'earlyStopping.minDelta is -1'],
  ])('%j', (options, message) => {
    expect(() => trainerFor(options)).toThrow(message);
  });

  it('an optimizer of another model', () => {
    const optimizer = new SGD(forecaster().parameters());
    expect(() => trainerFor({ optimizer })).toThrow('parameters of another model');
  });

  it('targets of another shape than the predictions', async () => {
    const inputs = { data: new Float32Array(24), shape: [2, 12, 1] };
    const train = new ArrayDataset(inputs, { data: new Float32Array(2), shape: [2] });
    await expect(trainerFor().fit({ train, epochs: 1, batchSize: 2 })).rejects.toThrow(
      'prediction has shape [2, 1], target has [2]',
    );
  });
});

const values = (data: number[], shape: number[]) => ({ data: Float32Array.from(data), shape });

describe('ArrayDataset', () => {
  it.each([
    ['too few values', values([1, 2, 3], [2, 2]), values([1, 2], [2, 1]), 'should hold 4 values and hold 3'],
    ['no samples', values([], [0, 2]), values([], [0, 1]), 'at least one sample'],
    ['a NaN', values([1, 2, 3, Number.NaN], [2, 2]), values([1, 2], [2, 1]), 'hold NaN in sample 1'],
    [
      'an infinite target',
      values([1, 2], [2, 1]),
      values([Infinity, 2], [2, 1]),
      'hold Infinity in sample 0',
    ],
    ['more targets than inputs', values([1, 2], [2, 1]), values([1, 2, 3], [3, 1]), '2 inputs but 3 targets'],
  ])('refuses %s', (_, inputs, targets, message) => {
    expect(() => new ArrayDataset(inputs, targets)).toThrow(message);
  });
});
