import { describe, expect, it } from '@jest/globals';
import { clipGradNorm, tidy } from 'azuraforge-core';
import { MSELoss } from '../../src/loss.ts';
import { LastStep } from '../../src/nn/last-step.ts';
import { Linear } from '../../src/nn/linear.ts';
import { LSTM } from '../../src/nn/lstm.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { Adam } from '../../src/optim/adam.ts';
import { Trainer } from '../../src/trainer.ts';
import { ArrayDataset } from '../../src/trainer/dataset.ts';
import { expectClose, expectValuesClose } from '../close.ts';
import { asTensorData, readFixture } from '../fixture.ts';
import type { FixtureTensor } from '../fixture.ts';

interface TrainingCase {
  options: { inputSize: number; hiddenSize: number; numLayers: number; outFeatures: number };
  state: Record<string, FixtureTensor>;
  inputs: FixtureTensor;
  targets: FixtureTensor;
  learningRate: number;
  gradientClip: number;
  batchSize: number;
  gradientNorms: number[];
  epochLosses: number[];
  trainedState: Record<string, FixtureTensor>;
}

const reference = await readFixture<TrainingCase>('training');
const { inputSize, hiddenSize, numLayers, outFeatures } = reference.options;
const values = ({ shape, data }: FixtureTensor) => ({ shape, data: Float32Array.from(data) });
const train = new ArrayDataset(values(reference.inputs), values(reference.targets));

function start(): { model: Sequential; optimizer: Adam } {
  const model = new Sequential({
    lstm: new LSTM(inputSize, hiddenSize, { numLayers }),
    last: new LastStep(),
    head: new Linear(hiddenSize, outFeatures),
  });
  model.loadStateDict(asTensorData(reference.state));
  return { model, optimizer: new Adam(model.parameters(), { learningRate: reference.learningRate }) };
}

describe('a training of LSTM and Linear beside PyTorch', () => {
  it('has the same losses and ends in the same weights', async () => {
    const { model, optimizer } = start();
    const trainer = new Trainer({
      model,
      optimizer,
      loss: new MSELoss(),
      gradientClip: reference.gradientClip,
    });
    const { epochs } = await trainer.fit({
      train,
      epochs: reference.epochLosses.length,
      batchSize: reference.batchSize,
      shuffle: false,
    });
    expectValuesClose(
      epochs.map(({ trainLoss }) => trainLoss),
      reference.epochLosses,
      'epoch losses',
    );
    const trained = model.stateDict();
    expect(Object.keys(trained)).toEqual(Object.keys(reference.trainedState));
    for (const [name, weights] of Object.entries(reference.trainedState)) {
      // Adam divides by the gradient's own size, so where a gradient is nearly 0 its rounding grows with every step.
      await expectClose(trained[name]!, weights, name, 5e-5);
    }
  });

  it('has the same gradient norm before clipping, step by step', async () => {
    const { model, optimizer } = start();
    const norms: number[] = [];
    for (let step = 0; step < reference.gradientNorms.length; step++) {
      const first = (step * reference.batchSize) % train.length;
      const indices = Uint32Array.from({ length: reference.batchSize }, (_, offset) => first + offset);
      const norm = tidy(() => {
        const { input, target } = train.batch(indices);
        optimizer.zeroGrad();
        new MSELoss().forward(model.forward(input), target).backward();
        const before = clipGradNorm(model.parameters(), reference.gradientClip);
        optimizer.step();
        return before;
      });
      norms.push(await norm.item());
    }
    expectValuesClose(norms, reference.gradientNorms, 'norms');
    expect(Math.max(...norms)).toBeGreaterThan(reference.gradientClip);
  });
});
