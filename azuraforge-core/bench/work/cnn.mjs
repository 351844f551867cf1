import { between, labels, makeInputs } from '../inputs.mjs';

const [batch, size, classes] = [64, 28, 10];

/** Training of a small image classifier: twice convolution, relu and pooling, a linear head, cross-entropy, Adam. */
export const cnn = {
  name: 'cnn',
  title: 'CNN training step (batch 64, 28×28, conv 3×3 → 16, pool, conv 3×3 → 32, pool, linear → 10, Adam)',
  settings: { learningRate: 0.001, checkedSteps: 4 },
  makeInputs: () =>
    makeInputs(2, {
      x: between(1, [batch, 1, size, size]),
      y: labels(classes, [batch]),
      weight1: between(0.3, [16, 1, 3, 3]),
      bias1: between(0.3, [16]),
      weight2: between(0.1, [32, 16, 3, 3]),
      bias2: between(0.1, [32]),
      headWeight: between(0.03, [classes, 32 * (size / 4) ** 2]),
      headBias: between(0.03, [classes]),
    }),
  // The first losses of PyTorch in 64 bits: python3 library/pytorch.py reference cnn
  expected: () => [2.3148535026401102, 2.2056316628251715, 2.157680787765448, 2.137433960984629],
  tolerance: 2e-5,
  figures: [
    { of: 'wasm', against: 'torch', reach: 'at most 1.5 times its time', atLeast: 1 / 1.5 },
    { of: 'wasm-2', against: 'wasm', reach: 'at least 1.6 times as fast', atLeast: 1.6 },
    { of: 'webgpu', against: 'tfjs-webgpu', reach: 'at least 3 times as fast', atLeast: 3 },
  ],
};
