import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convertIndexedToRgb, decode as decodePng } from 'fast-png';
import { decode as decodeJpeg } from 'jpeg-js';
import type { ImageBytes } from '../data/image-dataset.ts';
import { DataError } from '../error.ts';
import { namingFile } from './file-error.ts';

export interface ReadImageOptions {
  /** 3 (default): red, green, blue; 1: gray. Images of the other kind are converted; transparency is left out. */
  channels?: 1 | 3;
}

/** `channels × height × width` bytes, plane after plane. */
export interface FileImage {
  pixels: Uint8Array;
  channels: 1 | 3;
  height: number;
  width: number;
}

export interface ImageFolder extends ImageBytes {
  /** The names of the folders, in order; a label is a place in it. */
  classNames: string[];
  labels: Int32Array;
  /** The path of each image. */
  files: string[];
}

/** Pixels as the decoders give them: `samples` bytes for each, of which the first 3, or the first where there are fewer, count. */
interface Interleaved {
  width: number;
  height: number;
  data: Uint8Array;
  samples: number;
}

/** A JPEG that unpacks to more would take the memory of the process with it. */
const MAX_MEGAPIXELS = 100;
const IMAGE = /\.(png|jpe?g)$/i;

/** Reads a PNG or JPEG file, whatever its name. Throws DataError that names the file where it is damaged. */
export function readImage(file: string | URL, { channels = 3 }: ReadImageOptions = {}): Promise<FileImage> {
  return namingFile(file, 'It is cut off or damaged; write or download it again.', async () => {
    const image = decode(await readFile(file));
    return { pixels: planes(image, channels), channels, height: image.height, width: image.width };
  });
}

/**
 * Reads all PNG and JPEG files of a folder that has a folder for each class. Images must be of one size.
 * Throws DataError that names the folder or file: fewer than two classes, a class without images, another size.
 */
export async function readImageFolder(
  directory: string,
  options: ReadImageOptions = {},
): Promise<ImageFolder> {
  const entries = await namingFile(
    directory,
    'Give a folder that has a folder of images for each class.',
    () => readdir(directory, { withFileTypes: true }),
  );
  const classNames = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  classNames.sort();
  if (classNames.length < 2) {
    throw new DataError(
      `${directory} has folders for ${classNames.length} classes; a classifier needs at least two. Put the images of each class into a folder of its own.`,
    );
  }
  const files: string[] = [];
  const labels: number[] = [];
  for (const [label, name] of classNames.entries()) {
    const names = (await readdir(join(directory, name))).filter((file) => IMAGE.test(file)).sort();
    if (names.length === 0) {
      throw new DataError(
        `${join(directory, name)} has no PNG or JPEG file. Add images or remove the folder.`,
      );
    }
    files.push(...names.map((file) => join(directory, name, file)));
    labels.push(...names.map(() => label));
  }
  const first = await readImage(files[0]!, options);
  const pixels = new Uint8Array(files.length * first.pixels.length);
  for (const [index, file] of files.entries()) {
    const image = await readImage(file, options);
    if (image.height !== first.height || image.width !== first.width) {
      throw new DataError(
        `${file} is ${image.width} × ${image.height} pixels, but ${files[0]} is ${first.width} × ${first.height}. Bring all images to one size.`,
      );
    }
    pixels.set(image.pixels, index * first.pixels.length);
  }
  return {
    pixels,
    shape: [files.length, first.channels, first.height, first.width],
    classNames,
    labels: Int32Array.from(labels),
    files,
  };
}

function decode(bytes: Uint8Array): Interleaved {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return fromPng(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return fromJpeg(bytes);
  throw new DataError('It is neither PNG nor JPEG. Convert it, or remove it.');
}

function fromPng(bytes: Uint8Array): Interleaved {
  const png = decodePng(bytes, { checkCrc: true });
  const { width, height, depth, channels } = png;
  if (png.palette) return { width, height, data: convertIndexedToRgb(png), samples: png.palette[0]!.length };
  if (depth < 8) {
    // Grays of few bits are packed as the numbers of a palette are.
    const levels = 2 ** depth;
    const palette = Array.from({ length: levels }, (_, level): [number, number, number] => {
      const gray = Math.round((255 * level) / (levels - 1));
      return [gray, gray, gray];
    });
    return { width, height, data: convertIndexedToRgb({ ...png, palette }), samples: 3 };
  }
  const data = depth === 16 ? Uint8Array.from(png.data, (value) => value >> 8) : Uint8Array.from(png.data);
  return { width, height, data, samples: channels };
}

function fromJpeg(bytes: Uint8Array): Interleaved {
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: MAX_MEGAPIXELS,
  });
  return { width, height, data, samples: 3 };
}

function planes({ width, height, data, samples }: Interleaved, channels: 1 | 3): Uint8Array {
  const size = width * height;
  const pixels = new Uint8Array(channels * size);
  const isGray = samples < 3;
  for (let position = 0; position < size; position += 1) {
    const start = position * samples;
    const red = data[start]!;
    const [green, blue] = isGray ? [red, red] : [data[start + 1]!, data[start + 2]!];
    if (channels === 1) {
      // Luma of ITU-R BT.601.
      pixels[position] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    } else {
      pixels[position] = red;
      pixels[size + position] = green;
      pixels[2 * size + position] = blue;
    }
  }
  return pixels;
}
