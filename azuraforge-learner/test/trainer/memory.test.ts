import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { memory } from 'azuraforge-core';
import { MSELoss } from '../../src/loss.ts';
import type { Sequential } from '../../src/nn/sequential.ts';
import { Adam } from '../../src/optim/adam.ts';
import { Trainer } from '../../src/trainer.ts';
import { evaluate, predictInBatches } from '../../src/trainer/evaluation.ts';
import { forecaster, sineWindows } from './forecaster.ts';

// A file of its own: elsewhere the garbage collector may free what earlier tests left, and so move the counts.
let model: Sequential;
let optimizer: Adam;
let before: number;

beforeEach(() => {
  model = forecaster({ dropout: 0.2 });
  optimizer = new Adam(model.parameters(), { learningRate: 0.01 });
  before = memory().buffers;
});

afterEach(() => {
  optimizer.dispose();
  model.dispose();
  expect(memory().buffers).toBe(0);
});

function fail(): void {
  throw new Error('stop here');
}

describe('what a training holds on the device', () => {
  const sine = { train: sineWindows(60), validation: sineWindows(20, 60) };
  const fit = (onEpochEnd: () => void): Promise<unknown> =>
    new Trainer({
      model,
      optimizer,
      loss: new MSELoss(),
      gradientClip: 1,
      earlyStopping: { patience: 50 },
    }).fit({
      ...sine,
      epochs: 5,
      batchSize: 16,
      onEpochEnd,
    });

  it('does not grow from epoch to epoch, and is free again at the end', async () => {
    const used: number[] = [];
    await fit(() => used.push(memory().buffers));
    expect(used).toEqual(used.map(() => used[0]));
    expect(memory().buffers).toBe(before);
  });

  it('is free again after a failure', async () => {
    await expect(fit(fail)).rejects.toThrow('stop here');
    expect(memory().buffers).toBe(before);
  });
});

it('evaluation and prediction leave nothing behind', async () => {
  await predictInBatches(model, sineWindows(20), { batchSize: 8 });
  await evaluate(model, new MSELoss(), sineWindows(20), { batchSize: 8 });
  expect(memory().buffers).toBe(before);
});
