import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileImage } from '../data/image-decoder.ts';
import { decodeImage } from '../data/image-decoder.ts';
import type { ImageBytes } from '../data/image-dataset.ts';
import { DataError } from '../error.ts';
import { namingFile } from './file-error.ts';

export interface ReadImageOptions {
  /** 3 (default): red, green, blue; 1: gray. Images of the other kind are converted; transparency is left out. */
  channels?: 1 | 3;
}

export interface ImageFolder extends ImageBytes {
  /** The names of the folders, in order; a label is a place in it. */
  classNames: string[];
  labels: Int32Array;
  /** The path of each image. */
  files: string[];
}

const IMAGE = /\.(png|jpe?g)$/i;

/** Reads a PNG or JPEG file, whatever its name. Throws DataError that names the file where it is damaged. */
export function readImage(file: string | URL, { channels = 3 }: ReadImageOptions = {}): Promise<FileImage> {
  return namingFile(file, 'It is cut off or damaged; write or download it again.', async () =>
    decodeImage(await readFile(file), channels),
  );
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
