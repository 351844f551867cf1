// A small convolutional network that tells bars, crosses and rings apart. `node examples/cnn.js`, or cnn.html in a
// browser: the same program.
import {
  adamStep,
  compile,
  conv2d,
  createAdamState,
  crossEntropyLoss,
  fromTypedArray,
  linear,
  manualSeed,
  maxPool2d,
  rand,
  randn,
  setDefaultDevice,
  tidy,
  zeroGrad,
} from 'azuraforge-core';
import { chosenDevice, showDevice, showOutcome, showStep } from './display.js';

showDevice(await setDefaultDevice(chosenDevice()));
manualSeed(7);

const size = 12;
/** Whether a shape of that radius is bright at a distance of dx, dy from its middle. */
const shapes = [
  function isBar(dx, dy, radius) {
    return Math.abs(dy) < 1 && Math.abs(dx) <= radius;
  },
  function isCross(dx, dy, radius) {
    return Math.min(Math.abs(dx), Math.abs(dy)) < 1 && Math.max(Math.abs(dx), Math.abs(dy)) <= radius;
  },
  function isRing(dx, dy, radius) {
    return Math.abs(Math.hypot(dx, dy) - radius) < 0.7;
  },
];

/** Noisy pictures [count, 1, size, size] of shapes with random places and sizes, and the number of the shape in each. */
async function makePictures(count) {
  const random = await tidy(() => rand([count, 4])).data();
  const [pixels, kinds] = [new Float32Array(count * size * size), new Int32Array(count)];
  for (let i = 0; i < count; i++) {
    const [x, y, growth, turn] = random.subarray(4 * i, 4 * i + 4);
    const [middleX, middleY, radius] = [4 + 4 * x, 4 + 4 * y, 2.5 + 1.5 * growth];
    kinds[i] = i % shapes.length;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const distances = [column - middleX, row - middleY];
        if (turn < 0.5) distances.reverse();
        pixels[(i * size + row) * size + column] = shapes[kinds[i]](...distances, radius) ? 1 : 0;
      }
    }
  }
  const shape = [count, 1, size, size];
  return {
    pictures: tidy(() => fromTypedArray(pixels, shape).add(randn(shape).mul(0.3))),
    kinds: fromTypedArray(kinds, [count]),
  };
}

/** Random numbers as large as lets signals pass through `inputs` terms of a sum unchanged (Kaiming He, 2015). */
function weight(shape, inputs) {
  const made = tidy(() => randn(shape).mul(Math.sqrt(2 / inputs)));
  made.requiresGrad = true;
  return made;
}

const [conv1, bias1] = [weight([8, 1, 3, 3], 9), weight([8], 100)];
const [conv2, bias2] = [weight([16, 8, 3, 3], 72), weight([16], 100)];
const [head, headBias] = [weight([shapes.length, 16 * 9], 16 * 9), weight([shapes.length], 100)];
const parameters = [conv1, bias1, conv2, bias2, head, headBias];
const state = createAdamState(parameters);

function classify(pictures) {
  const first = maxPool2d(conv2d(pictures, conv1, bias1, { padding: 1 }).relu(), 2);
  const second = maxPool2d(conv2d(first, conv2, bias2, { padding: 1 }).relu(), 2);
  return linear(second.reshape([pictures.shape[0], -1]), head, headBias);
}

// Captured at its first call, replayed from then on.
const trainStep = compile((pictures, kinds) => {
  zeroGrad(parameters);
  const loss = crossEntropyLoss(classify(pictures), kinds);
  loss.backward();
  adamStep(parameters, state, { lr: 0.01 });
  return loss.detach();
});

const [steps, batches, batch] = [160, 40, 48];
const training = await makePictures(batches * batch);
for (let step = 1; step <= steps; step++) {
  const start = (step % batches) * batch;
  const loss = tidy(() =>
    trainStep(training.pictures.narrow(0, start, batch), training.kinds.narrow(0, start, batch)),
  );
  if (step % 8 === 0) await showStep(step, await loss.item());
  loss.dispose();
}

const unseen = await makePictures(240);
const right = await tidy(() => classify(unseen.pictures).argmax(1).eq(unseen.kinds).sum()).item();
showOutcome(`${right} of 240 new pictures are named correctly`);
