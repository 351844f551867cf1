import { Generator } from 'azuraforge-core';
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { ImageClassificationPipeline } from '../../src/pipeline/image-classification-pipeline.ts';
import { imageProperties } from '../../src/pipeline/image-config.ts';
import type { LabelledImages } from '../../src/pipeline/labelled-images.ts';

const SIDE = 8;

const configSchema = Type.Object(
  imageProperties({
    epochs: 12,
    channels: 8,
    blocks: 1,
    hidden_size: 32,
    batch_size: 32,
    dropout: 0,
    learning_rate: 0.01,
  }),
  { title: 'Bars', description: 'Tells which way a bar lies.', additionalProperties: false },
);

export type BarConfig = Static<typeof configSchema>;

/** Bars that lie, stand or lean, somewhere in a noisy image of one or three channels; half of them lie. */
export function barImages(count: number, { channels = 1, noise = 60 } = {}): LabelledImages {
  const generator = new Generator(3);
  const draw = (end: number): number => Math.floor(generator.random() * end);
  const size = channels * SIDE * SIDE;
  const pixels = Uint8Array.from({ length: count * size }, () => draw(noise));
  const labels = Int32Array.from({ length: count }, (_, index) => [0, 0, 1, 2][index % 4]!);
  for (const [index, label] of labels.entries()) {
    const place = 1 + draw(SIDE - 2);
    for (let along = 0; along < SIDE; along += 1) {
      const [row, column] = [
        [place, along],
        [along, place],
        [along, (along + place) % SIDE],
      ][label] as [number, number];
      for (let channel = 0; channel < channels; channel += 1) {
        pixels[index * size + (channel * SIDE + row) * SIDE + column] = 200 + draw(55);
      }
    }
  }
  return {
    pixels,
    shape: [count, channels, SIDE, SIDE],
    labels,
    classNames: ['lying', 'standing', 'leaning'],
  };
}

export class BarPipeline extends ImageClassificationPipeline<BarConfig> {
  override readonly id: string = 'bars';
  override readonly configSchema = configSchema;
  readonly #images: LabelledImages;

  constructor(images: LabelledImages = barImages(320)) {
    super();
    this.#images = images;
  }

  protected override loadImages(): LabelledImages {
    return this.#images;
  }
}
