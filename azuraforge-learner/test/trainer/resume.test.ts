import { describe, expect, it } from '@jest/globals';
import type { TrainingMoment } from '../../src/callback.ts';
import { ModelFileError } from '../../src/error.ts';
import { MSELoss } from '../../src/loss.ts';
import { MeanAbsoluteError } from '../../src/metric/mean-absolute-error.ts';
import type { Sequential } from '../../src/nn/sequential.ts';
import { Adagrad } from '../../src/optim/adagrad.ts';
import { Adam } from '../../src/optim/adam.ts';
import type { Optimizer } from '../../src/optim/optimizer.ts';
import { RMSprop } from '../../src/optim/rmsprop.ts';
import type { Scheduler } from '../../src/optim/scheduler.ts';
import { CosineAnnealingLR } from '../../src/optim/scheduler/cosine.ts';
import { ExponentialLR } from '../../src/optim/scheduler/decay.ts';
import { OneCycleLR } from '../../src/optim/scheduler/one-cycle.ts';
import { ReduceLROnPlateau } from '../../src/optim/scheduler/plateau.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { readState } from '../../src/nn/state.ts';
import { Trainer } from '../../src/trainer.ts';
import type { FitOptions, TrainerOptions, TrainingHistory } from '../../src/trainer.ts';
import { checkpointWeights } from '../../src/trainer/checkpoint.ts';
import { useDevice } from '../devices.ts';
import { forecaster, sineWindows } from './forecaster.ts';
import { MemoryStore } from './memory-store.ts';

const sine = { train: sineWindows(28), validation: sineWindows(8, 30) };
const EPOCHS = 5;
const fit = { ...sine, epochs: EPOCHS, batchSize: 5 };

interface Recipe {
  optimizer: (model: Sequential) => Optimizer;
  scheduler?: (optimizer: Optimizer) => Scheduler;
  options?: Partial<TrainerOptions>;
}

const recipes: Record<string, Recipe> = {
  'Adam, dropout, early stopping': {
    optimizer: (model) => new Adam(model.parameters(), { learningRate: 0.02 }),
    options: { earlyStopping: { patience: 3 }, gradientClip: 1 },
  },
  'SGD with momentum, plateau, averaged weights, run anew at each step': {
    optimizer: (model) => new SGD(model.parameters(), { learningRate: 0.2, momentum: 0.9 }),
    scheduler: (optimizer) => new ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5 }),
    options: { averageDecay: 0.8, compile: false },
  },
  'RMSprop, one cycle over all steps, accumulation, averaged weights': {
    optimizer: (model) => new RMSprop(model.parameters(), { learningRate: 0.01, centered: true }),
    scheduler: (optimizer) => new OneCycleLR(optimizer, { maxLearningRate: 0.01, totalSteps: 3 * EPOCHS }),
    options: {
      schedulerInterval: 'step',
      accumulation: 2,
      averageDecay: 0.9,
      earlyStopping: { patience: 4 },
    },
  },
  // The best weights are those of an epoch before the interruption.
  'Adam, a rate that explodes, early stopping': {
    optimizer: (model) => new Adam(model.parameters(), { learningRate: 0.02 }),
    scheduler: (optimizer) => new ExponentialLR(optimizer, { gamma: 8 }),
    options: { earlyStopping: { patience: 5 } },
  },
  'Adagrad, cosine, metrics': {
    optimizer: (model) => new Adagrad(model.parameters(), { learningRate: 0.05, lrDecay: 0.01 }),
    scheduler: (optimizer) => new CosineAnnealingLR(optimizer, { tMax: EPOCHS }),
    options: { metrics: [new MeanAbsoluteError()], gradientClipValue: 0.1 },
  },
};

/** As a new process would begin: nothing is left but the store. */
function newTrainer({ optimizer: build, scheduler, options }: Recipe): {
  trainer: Trainer;
  model: Sequential;
} {
  const model = forecaster({ dropout: 0.3 });
  const optimizer = build(model);
  const trainer = new Trainer({
    model,
    optimizer,
    scheduler: scheduler?.(optimizer),
    loss: new MSELoss(),
    seed: 5,
    ...options,
  });
  return { trainer, model };
}

async function resultOf(model: Sequential, { epochs, ...history }: TrainingHistory): Promise<unknown> {
  return {
    weights: await readState(model.stateDict()),
    ...history,
    seconds: 0,
    epochs: epochs.map((record) => ({ ...record, seconds: 0 })),
  };
}

async function whole(recipe: Recipe): Promise<unknown> {
  const { trainer, model } = newTrainer(recipe);
  return resultOf(model, await trainer.fit(fit));
}

/** Dies at a moment, is started again by another process, and ends. */
async function interrupted(
  recipe: Recipe,
  dies: (moment: TrainingMoment) => boolean,
  { everySteps }: { everySteps?: number } = {},
): Promise<unknown> {
  const checkpoints = { store: new MemoryStore(), everySteps };
  const callbacks = [
    (moment: TrainingMoment): void => {
      if (dies(moment)) throw new Error('killed');
    },
  ];
  await expect(newTrainer(recipe).trainer.fit({ ...fit, checkpoints, callbacks })).rejects.toThrow('killed');
  const { trainer, model } = newTrainer(recipe);
  return resultOf(model, await trainer.fit({ ...fit, checkpoints, resume: true }));
}

const atBoundary = (moment: TrainingMoment): boolean => moment.type === 'epochBegin' && moment.epoch === 4;
const inEpoch = (moment: TrainingMoment): boolean =>
  moment.type === 'batchEnd' && moment.epoch === 3 && moment.batch === 5;

describe.each(['cpu', 'wasm'])('a training that is killed, on %s', (device) => {
  useDevice(device);

  describe.each(Object.entries(recipes))('with %s', (_, recipe) => {
    it('ends as if it had not been, to the bit', async () => {
      const expected = await whole(recipe);
      expect(await interrupted(recipe, atBoundary)).toEqual(expected);
      expect(await interrupted(recipe, inEpoch, { everySteps: 2 })).toEqual(expected);
    });
  });
});

describe('checkpoints', () => {
  const recipe = recipes['Adam, dropout, early stopping']!;

  it('are written after each epoch and each that is best, and within epochs when asked', async () => {
    const store = new MemoryStore();
    const told: string[] = [];
    const { epochs } = await newTrainer(recipe).trainer.fit({
      ...fit,
      checkpoints: { store, everySteps: 4 },
      callbacks: [
        (moment) => {
          if (moment.type === 'checkpoint') told.push(moment.name);
        },
      ],
    });
    // An epoch has six steps.
    const expected = epochs.flatMap(({ best }) => ['last', 'last', ...(best ? ['best'] : [])]);
    expect(store.writes).toEqual(expected);
    expect(told).toEqual(expected);
  });

  it('of the best epoch hold its weights, averaged where they are averaged', async () => {
    for (const options of [{}, { averageDecay: 0.9 }]) {
      const store = new MemoryStore();
      const { trainer } = newTrainer({ ...recipe, options: { ...recipe.options, ...options } });
      const { bestLoss } = await trainer.fit({ ...fit, checkpoints: { store } });
      const other = newTrainer(recipe);
      other.model.loadStateDict(checkpointWeights(store.files.get('best')!));
      const { loss } = await other.trainer.evaluate(sine.validation, { batchSize: 5 });
      expect(loss).toBe(bestLoss);
    }
  });

  it('of a training that has ended end at once, and go on when more epochs are asked for', async () => {
    const checkpoints = { store: new MemoryStore() };
    const first = newTrainer(recipe);
    const ended = await resultOf(first.model, await first.trainer.fit({ ...fit, epochs: 3, checkpoints }));
    const again = newTrainer(recipe);
    const history = await again.trainer.fit({ ...fit, epochs: 3, checkpoints, resume: true });
    expect(await resultOf(again.model, history)).toEqual(ended);
    const longer = newTrainer(recipe);
    const longerHistory = await longer.trainer.fit({ ...fit, checkpoints, resume: true });
    expect(await resultOf(longer.model, longerHistory)).toEqual(await whole(recipe));
  });

  it('start from the beginning where there are none', async () => {
    const checkpoints = { store: new MemoryStore() };
    const { trainer, model } = newTrainer(recipe);
    const history = await trainer.fit({ ...fit, checkpoints, resume: true });
    expect(await resultOf(model, history)).toEqual(await whole(recipe));
  });
});

describe('a checkpoint that cannot be taken up', () => {
  const recipe = recipes['Adam, dropout, early stopping']!;
  const written = async (): Promise<MemoryStore> => {
    const store = new MemoryStore();
    await newTrainer(recipe).trainer.fit({ ...fit, epochs: 1, checkpoints: { store } });
    return store;
  };
  const resumed = (store: MemoryStore, change: Partial<FitOptions> = {}, other = recipe): Promise<unknown> =>
    newTrainer(other).trainer.fit({ ...fit, checkpoints: { store }, resume: true, ...change });

  it.each([
    ['cut off', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 100)],
    ['cut off in its header', (bytes: Uint8Array) => bytes.subarray(0, 50)],
    ['empty', () => new Uint8Array()],
    ['overwritten', (bytes: Uint8Array) => bytes.map((byte, at) => (at >= 8 && at < 100 ? 0 : byte))],
    ['of another kind', () => new TextEncoder().encode('{"not": "a checkpoint"}')],
    [
      'changed in its progress',
      (bytes: Uint8Array) => {
        const text = new TextDecoder('latin1').decode(bytes).replace('\\"batch\\":', '\\"match\\":');
        return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
      },
    ],
  ])('%s', async (_, damage) => {
    const store = await written();
    store.files.set('last', damage(store.files.get('last')!));
    await expect(resumed(store)).rejects.toThrow(ModelFileError);
  });

  it('of another model', async () => {
    const store = await written();
    const small = forecaster({ hidden: 3 });
    const trainer = new Trainer({
      model: small,
      optimizer: new Adam(small.parameters()),
      loss: new MSELoss(),
      seed: 5,
      earlyStopping: { patience: 3 },
    });
    const running = trainer.fit({ ...fit, checkpoints: { store }, resume: true });
    await expect(running).rejects.toThrow('lstm.weight_ih_l0 has the shape');
  });

  it.each([
    ['batchSize 5, this training has 20', { batchSize: 20 }, {}],
    ['shuffle true, this training has false', { shuffle: false }, {}],
    ['samples 28, this training has 20', { train: sineWindows(20) }, {}],
    ['seed 5, this training has 6', {}, { seed: 6 }],
    ['averageDecay false, this training has true', {}, { averageDecay: 0.9 }],
    ['earlyStopping true, this training has false', {}, { earlyStopping: undefined }],
  ])('of other settings: %s', async (message, change, options) => {
    const other = { ...recipe, options: { ...recipe.options, ...options } };
    await expect(resumed(await written(), change, other)).rejects.toThrow(
      `The checkpoint was written with ${message}.`,
    );
  });

  it('without a store', async () => {
    const running = newTrainer(recipe).trainer.fit({ ...fit, resume: true });
    await expect(running).rejects.toThrow('pass `checkpoints`');
  });
});
