import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Adam, AdamW, saveModel, SGD, Trainer, writeSafetensors } from '../dist/index.js';
import { Peer } from './peer.mjs';
import { taskOf } from './task.mjs';

const WARM_UP = 2;
const ROUNDS = 15;
/** Losses of equal training may differ by this share: the sums are rounded in another order. */
const TOLERANCE = 1e-3;

/**
 * Trains the model of an example here and in PyTorch, an epoch in turn, both from the same weights with the same batches.
 * Throws where their losses differ. `ours` and `theirs` are seconds a step, one for each round.
 */
export async function race(Example, { threads, python }) {
  const { task, config, samples } = await taskOf(Example);
  const model = task.createModel();
  const folder = await mkdtemp(join(tmpdir(), 'azuraforge-bench-'));
  let peer;
  try {
    await describe(folder, { model, task, config, samples, threads });
    peer = new Peer(python, folder);
    const ours = [];
    const theirs = [];
    let difference = 0;
    const optimizer = createOptimizer(model, config);
    const trainer = new Trainer({
      model,
      loss: task.loss,
      optimizer,
      gradientClip: config.gradient_clip,
    });
    await trainer.fit({
      train: samples.dataset,
      epochs: WARM_UP + ROUNDS,
      batchSize: config.batch_size,
      shuffle: false,
      callbacks: [
        async (moment) => {
          if (moment.type !== 'epochEnd') return;
          const { epoch, trainLoss, seconds } = moment.record;
          const answer = await peer.epoch();
          if (epoch <= WARM_UP) {
            difference = Math.max(difference, Math.abs(trainLoss - answer.loss) / answer.loss);
            if (!(difference <= TOLERANCE)) {
              throw new Error(
                `Epoch ${epoch} of the two is not the same training: a loss of ${trainLoss} here, ${answer.loss} in PyTorch.`,
              );
            }
            return;
          }
          ours.push(seconds / samples.batches);
          theirs.push(answer.seconds / samples.batches);
        },
      ],
    });
    optimizer.dispose();
    return { batchSize: config.batch_size, parameters: countOf(model), ours, theirs, difference };
  } finally {
    peer?.stop();
    model.dispose();
    await rm(folder, { recursive: true });
  }
}

async function describe(folder, { model, task, config, samples, threads }) {
  const { inputs, targets } = samples;
  const named = Object.fromEntries(inputs.map((values, place) => [`inputs${place}`, values]));
  const files = await saveModel(model, {
    pipelineId: 'bench',
    preprocessing: {},
    features: [],
    versions: {},
    datasetHash: '',
    seed: 0,
  });
  const training = { loss: { type: task.loss.constructor.name, ...task.loss }, config, threads };
  await Promise.all([
    ...Object.entries(files).map(([name, bytes]) => writeFile(join(folder, name), bytes)),
    writeFile(join(folder, 'samples.safetensors'), writeSafetensors({ ...named, targets })),
    writeFile(join(folder, 'training.json'), JSON.stringify(training)),
  ]);
}

function createOptimizer(model, { optimizer, learning_rate: learningRate, weight_decay: weightDecay }) {
  const Optimizer = { adam: Adam, adamw: AdamW, sgd: SGD }[optimizer];
  const options = { learningRate, weightDecay, ...(optimizer === 'sgd' && { momentum: 0.9 }) };
  return new Optimizer(model.parameters(), options);
}

function countOf(model) {
  return model
    .parameters()
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}
