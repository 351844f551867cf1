import { ArrayDataset } from '../dist/index.js';

/** Batches that are timed; they are learned again and again. */
const BATCHES = 8;

/** What makes a step differ from run to run, or from the same layers elsewhere, and is switched off here. */
const PLAIN = {
  dropout: 0,
  schedule: 'constant',
  augment_flip: false,
  augment_rotation: 0,
  augment_shift: 0,
  augment_color: 0,
  augment_cutout: 0,
};

/** A few batches that an example learns from, with the model, loss and settings that it learns with. */
export async function taskOf(Example) {
  // Only a subclass may ask a pipeline what it prepares.
  class Opened extends Example {
    async open() {
      const defaults = this.defaultConfig();
      const known = Object.entries(PLAIN).filter(([field]) => field in defaults);
      const config = this.validateConfig({ ...defaults, ...Object.fromEntries(known) });
      const task = await this.prepare(await this.load(config), config);
      return { task, config, samples: await someSamples(task.train, config.batch_size) };
    }
  }
  return new Opened().open();
}

/** Taken from everywhere in the data, which may be sorted. */
async function someSamples(dataset, batchSize) {
  const batches = Math.min(BATCHES, Math.floor(dataset.length / batchSize));
  const count = batches * batchSize;
  const { input, target } = dataset.batch(
    Uint32Array.from({ length: count }, (_, i) => Math.floor((i * dataset.length) / count)),
  );
  const tensors = [input].flat();
  try {
    const [inputs, targets] = [await Promise.all(tensors.map(valuesOf)), await valuesOf(target)];
    return { inputs, targets, batches, dataset: joined(inputs, targets) };
  } finally {
    for (const tensor of [...tensors, target]) tensor.dispose();
  }
}

/** A data set of one or several inputs. */
function joined(inputs, targets) {
  const parts = inputs.map((values) => new ArrayDataset(values, targets));
  return {
    length: parts[0].length,
    batch: (indices) => {
      const batches = parts.map((part) => part.batch(indices));
      return { input: batches.map(({ input }) => input), target: batches[0].target };
    },
  };
}

async function valuesOf(tensor) {
  return { dtype: tensor.dtype, shape: tensor.shape, data: await tensor.data() };
}
