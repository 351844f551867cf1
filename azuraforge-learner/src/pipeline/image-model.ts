import type { Generator } from 'azuraforge-core';
import { colorJitter } from '../data/augment/color.ts';
import type { ImageTransform } from '../data/augment/image.ts';
import { cutout, randomCrop, randomHorizontalFlip, randomRotation } from '../data/augment/image.ts';
import { ConfigError } from '../error.ts';
import { ReLU } from '../nn/activation.ts';
import { Conv2d } from '../nn/convolution.ts';
import { Dropout } from '../nn/dropout.ts';
import { Flatten } from '../nn/flatten.ts';
import { Linear } from '../nn/linear.ts';
import type { Module } from '../nn/module.ts';
import { BatchNorm2d } from '../nn/normalization.ts';
import { MaxPool2d } from '../nn/pool.ts';
import { Sequential } from '../nn/sequential.ts';
import type { ImageConfig } from './image-config.ts';

/** `channels × height × width` of one image. */
export type ImageShape = readonly [channels: number, height: number, width: number];

/** Throws ConfigError where the blocks would halve the image to nothing. */
export function checkBlocks([, height, width]: ImageShape, { blocks }: Pick<ImageConfig, 'blocks'>): void {
  const most = Math.floor(Math.log2(Math.min(height, width)));
  if (blocks <= most) return;
  const message =
    most === 0
      ? `Images of ${width} × ${height} pixels are too small for a convolution block.`
      : `Images of ${width} × ${height} pixels can be halved ${most} times only: must be at most ${most}.`;
  throw new ConfigError(`The configuration does not fit the images. blocks: ${message}`, [
    { path: 'blocks', message, keyword: 'maximum', params: { limit: most } },
  ]);
}

/** `[batch, channels, height, width]` → `[batch, classes]` logits: blocks of convolution and pooling, then two dense layers. */
export function createImageModel(
  shape: ImageShape,
  classes: number,
  config: ImageConfig,
  generator: Generator,
): Module {
  const { layers, patterns } = imageBlocks(shape, config, generator);
  return new Sequential({
    ...layers,
    flatten: new Flatten(),
    dropout1: new Dropout(config.dropout),
    hidden: new Linear(patterns, config.hidden_size, { generator }),
    relu: new ReLU(),
    dropout2: new Dropout(config.dropout),
    head: new Linear(config.hidden_size, classes, { generator }),
  });
}

/** Blocks of convolution and pooling, and how many numbers they make of an image. */
export function imageBlocks(
  [channels, height, width]: ImageShape,
  config: Pick<ImageConfig, 'channels' | 'blocks'>,
  generator: Generator,
): { layers: Record<string, Module>; patterns: number } {
  const layers: Record<string, Module> = {};
  let inChannels = channels;
  let outChannels = config.channels;
  for (let block = 1; block <= config.blocks; block += 1) {
    layers[`conv${block}`] = new Conv2d(inChannels, outChannels, 3, { padding: 1, bias: false, generator });
    layers[`norm${block}`] = new BatchNorm2d(outChannels);
    layers[`relu${block}`] = new ReLU();
    layers[`pool${block}`] = new MaxPool2d(2);
    inChannels = outChannels;
    outChannels *= 2;
  }
  const side = 2 ** config.blocks;
  return { layers, patterns: inChannels * Math.floor(height / side) * Math.floor(width / side) };
}

/** The changes by chance that the configuration asks for. */
export function augmentations(config: Omit<ImageConfig, 'augment_mixup'>): ImageTransform[] {
  return [
    ...(config.augment_flip ? [randomHorizontalFlip()] : []),
    ...(config.augment_rotation > 0 ? [randomRotation({ degrees: config.augment_rotation })] : []),
    ...(config.augment_shift > 0 ? [randomCrop({ padding: config.augment_shift })] : []),
    ...(config.augment_color > 0
      ? [
          colorJitter({
            brightness: config.augment_color,
            contrast: config.augment_color,
            saturation: config.augment_color,
          }),
        ]
      : []),
    ...(config.augment_cutout > 0 ? [cutout({ size: config.augment_cutout })] : []),
  ];
}
