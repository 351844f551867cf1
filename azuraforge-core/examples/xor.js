// A network that learns xor. `node examples/xor.js`, or xor.html in a browser: the same program.
import {
  adamStep,
  createAdamState,
  linear,
  manualSeed,
  mseLoss,
  rand,
  setDefaultDevice,
  tensor,
  tidy,
  zeroGrad,
} from 'azuraforge-core';
import { chosenDevice, showDevice, showOutcome, showStep } from './display.js';

showDevice(await setDefaultDevice(chosenDevice()));
manualSeed(7);

/** Numbers evenly spread over [−1, 1). */
function weight(...shape) {
  const made = tidy(() => rand(shape).sub(0.5).mul(2));
  made.requiresGrad = true;
  return made;
}

const [w1, b1, w2, b2] = [weight(8, 2), weight(8), weight(1, 8), weight(1)];
const parameters = [w1, b1, w2, b2];
const state = createAdamState(parameters);

const inputs = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const x = tensor(inputs);
const y = tensor([[0], [1], [1], [0]]);

function predict() {
  return linear(linear(x, w1, b1).tanh(), w2, b2).sigmoid();
}

function trainStep() {
  zeroGrad(parameters);
  const loss = mseLoss(predict(), y);
  loss.backward();
  adamStep(parameters, state, { lr: 0.05 });
  return loss.detach();
}

for (let step = 0; step <= 400; step++) {
  const loss = tidy(trainStep);
  if (step % 20 === 0) await showStep(step, await loss.item());
  loss.dispose();
}

const answers = await tidy(predict).array();
showOutcome(inputs.map(([a, b], i) => `${a} xor ${b} is ${answers[i][0].toFixed(2)}`).join(', '));
