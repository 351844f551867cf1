import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ModelFileError } from '../../src/error.ts';
import { readModelFolder, writeModelFolder } from '../../src/node.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-folder-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const files = { 'model.json': Uint8Array.of(1, 2), 'model.safetensors': new Uint8Array(100_000).fill(7) };

describe('model folders', () => {
  test('come back as they were written', async () => {
    const directory = join(folder, 'deep', 'model');
    await writeModelFolder(directory, files);
    expect(await readModelFolder(directory)).toEqual(files);
    expect(await readdir(join(folder, 'deep'))).toEqual(['model']);
  });

  test('are never half-written over another', async () => {
    const directory = join(folder, 'model');
    await mkdir(directory);
    await writeFile(join(directory, 'mine.txt'), 'kept');
    await expect(writeModelFolder(directory, files)).rejects.toThrow(ModelFileError);
    expect(await readdir(folder)).toEqual(['model']);
    expect(await readdir(directory)).toEqual(['mine.txt']);
  });

  test('hold plain names only', async () => {
    const write = writeModelFolder(join(folder, 'model'), { '../escape': Uint8Array.of(1) });
    await expect(write).rejects.toThrow('"../escape" is not a plain file name');
    expect(await readdir(folder)).toEqual([]);
  });

  test('that are missing are named', async () => {
    await expect(readModelFolder(join(folder, 'none'))).rejects.toThrow(
      /none cannot be read as a model folder/,
    );
  });
});
