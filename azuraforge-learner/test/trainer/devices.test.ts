import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCpuBackend, registerBackend, setDefaultDevice } from 'azuraforge-core';
import { MSELoss } from '../../src/loss.ts';
import { Adam } from '../../src/optim/adam.ts';
import { Trainer } from '../../src/trainer.ts';
import type { FitOptions, TrainerOptions } from '../../src/trainer.ts';
import { expectValuesClose } from '../close.ts';
import { DEVICES, useDevice } from '../devices.ts';
import { forecaster, sineWindows } from './forecaster.ts';

const small = { train: sineWindows(60), validation: sineWindows(20, 60), epochs: 3, batchSize: 16 };

async function losses(
  options: Partial<TrainerOptions> = {},
  fit: Partial<FitOptions> = {},
): Promise<number[]> {
  const model = forecaster({ dropout: 0.2 });
  const optimizer = new Adam(model.parameters(), { learningRate: 0.01 });
  const trainer = new Trainer({ model, optimizer, loss: new MSELoss(), gradientClip: 1, ...options });
  const { epochs } = await trainer.fit({ ...small, ...fit });
  return epochs.flatMap(({ trainLoss, validationLoss }) => [trainLoss, validationLoss!]);
}

let onCpu: number[];

beforeAll(async () => {
  await setDefaultDevice('cpu');
  onCpu = await losses({ compile: false });
});

describe.each(DEVICES)('a training on %s', (device) => {
  useDevice(device);

  it('has the losses of the reference device, and the same ones each time, to the bit', async () => {
    const first = await losses();
    expectValuesClose(first, onCpu, 'losses', 1e-4);
    expect(await losses()).toEqual(first);
  });
});

describe('a training', () => {
  let reads = 0;

  beforeAll(async () => {
    registerBackend({
      name: 'counting',
      open: () => {
        const backend = openCpuBackend('counting');
        const read = backend.read.bind(backend);
        return Object.assign(backend, {
          read: (...args: Parameters<typeof read>) => {
            reads += 1;
            return read(...args);
          },
        });
      },
    });
    await setDefaultDevice('counting');
  });

  afterAll(() => setDefaultDevice('wasm'));

  it('reads nothing from the device but for its events', async () => {
    const counts = new Set<number>();
    const started = performance.now();
    let batches = 0;
    let before = 0;
    let after = 0;
    await losses(
      { averageDecay: 0.9, accumulation: 2 },
      {
        batchSize: 2,
        epochs: 1,
        callbacks: [
          ({ type }) => {
            if (type === 'validation') after = reads;
            if (type === 'batchEnd') before = reads;
            if (type !== 'batchBegin') return;
            batches += 1;
            counts.add(reads);
          },
        ],
      },
    );
    expect(batches).toBe(30);
    expect(counts.size).toBeLessThanOrEqual(2 + (performance.now() - started) / 250);
    // The losses of 30 and 10 batches and a norm, but no prediction.
    expect(after - before).toBeGreaterThanOrEqual(10);
    expect(after).toBeLessThanOrEqual(30 + 10 + counts.size + 1);
  });
});
