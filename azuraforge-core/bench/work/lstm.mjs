import { between, makeInputs } from '../inputs.mjs';

const [batch, steps, features, hidden] = [32, 60, 11, 100];

/** Training of a forecaster: the last hidden state of an LSTM, a linear head, mean squared error, Adam. */
export const lstm = {
  name: 'lstm',
  title: 'LSTM training step (batch 32, 60 steps, 11 features, hidden 100, linear head, MSE, Adam)',
  settings: { learningRate: 0.001, checkedSteps: 4 },
  // Parameters have the names, layouts and usual sizes of torch.
  makeInputs: () =>
    makeInputs(1, {
      x: between(1, [batch, steps, features]),
      y: between(1, [batch, 1]),
      weightIh: between(0.1, [4 * hidden, features]),
      weightHh: between(0.1, [4 * hidden, hidden]),
      biasIh: between(0.1, [4 * hidden]),
      biasHh: between(0.1, [4 * hidden]),
      headWeight: between(0.1, [1, hidden]),
      headBias: between(0.1, [1]),
    }),
  // The first losses of PyTorch in 64 bits: python3 library/pytorch.py reference lstm
  expected: () => [0.39293164312770035, 0.3895071539169702, 0.38615469137103603, 0.3827976261281808],
  tolerance: 2e-5,
  figures: [
    { of: 'wasm', against: 'tfjs-wasm', reach: 'at least 12 times as fast', atLeast: 12 },
    { of: 'wasm', against: 'torch', reach: 'at most 1.2 times its time', atLeast: 1 / 1.2 },
    { of: 'webgpu', against: 'tfjs-webgpu', reach: 'at least 5 times as fast', atLeast: 5 },
  ],
};
