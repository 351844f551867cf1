import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataError } from '../../src/error.ts';
import { readImage, readImageFolder } from '../../src/node/image-file.ts';
import { readTableCsv, readTableParquet } from '../../src/node/table-file.ts';
import { readWav } from '../../src/node/wav-file.ts';
import { readFixture } from '../fixture.ts';

interface Fixture {
  images: { name: string; shape: [number, number, number]; pixels: number[] }[];
  sounds: { name: string; channels: number[][] }[];
}

const { images, sounds } = await readFixture<Fixture>('files/expected');
const fixtureFile = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/files/${name}`, import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'azuraforge-files-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function damaged(name: string, damage: (bytes: Buffer) => Uint8Array): Promise<string> {
  const file = join(folder, `damaged-${name}`);
  await writeFile(file, damage(await readFile(fixtureFile(name))));
  return file;
}

/** A folder with copies of fixture files under other names. */
async function fill(name: string, files: Record<string, string>): Promise<string> {
  const directory = join(folder, name);
  await mkdir(directory, { recursive: true });
  for (const [target, source] of Object.entries(files)) {
    await mkdir(join(directory, target, '..'), { recursive: true });
    await copyFile(fixtureFile(source), join(directory, target));
  }
  return directory;
}

const half = (bytes: Buffer): Uint8Array => bytes.subarray(0, bytes.length >> 1);
/** Every bit of a byte in the middle. */
const flipped = (bytes: Buffer): Uint8Array =>
  bytes.map((byte, index) => (index === bytes.length >> 1 ? byte ^ 255 : byte));

test.each(images)('$name has the pixels that Pillow reads', async ({ name, shape, pixels }) => {
  const channels = shape[0] as 1 | 3;
  const image = await readImage(fixtureFile(name), { channels });
  expect([image.channels, image.height, image.width]).toEqual(shape);
  // Decoders of JPEG may round differently.
  const tolerance = name.endsWith('.jpg') ? 2 : 0;
  const wrong = pixels.flatMap((expected, index) =>
    Math.abs(image.pixels[index]! - expected) <= tolerance
      ? []
      : [{ index, expected, actual: image.pixels[index] }],
  );
  expect(wrong).toEqual([]);
});

test('images become gray or coloured as asked', async () => {
  const gray = await readImage(fixtureFile('gray.png'), { channels: 1 });
  const coloured = await readImage(fixtureFile('gray.png'));
  expect([...coloured.pixels]).toEqual([...gray.pixels, ...gray.pixels, ...gray.pixels]);
  const [red, green, blue] = [25, 18, 235];
  const luma = await readImage(fixtureFile('colour.png'), { channels: 1 });
  expect(luma.pixels[15]).toBe(Math.round(0.299 * red + 0.587 * green + 0.114 * blue));
});

test.each(sounds)('$name has the samples that were written', async ({ name, channels }) => {
  const sound = await readWav(fixtureFile(name));
  expect(sound.sampleRate).toBe(8000);
  expect(sound.channels).toHaveLength(channels.length);
  const step = name === 'mono8.wav' ? 2 ** -6 : 2 ** -14;
  for (const [channel, samples] of channels.entries()) {
    expect(sound.channels[channel]).toHaveLength(samples.length);
    const furthest = Math.max(
      ...samples.map((sample, index) => Math.abs(sample - sound.channels[channel]![index]!)),
    );
    expect(furthest).toBeLessThan(step);
  }
});

test.each(['snappy', 'gzip', 'zstd', 'none'])(
  'Parquet (%s) has the rows that were written',
  async (compression) => {
    const table = await readTableParquet(fixtureFile(`${compression}.parquet`), {
      numeric: ['age', 'income', 'member'],
      categorical: ['city'],
    });
    expect([...table.numeric('age')]).toEqual([20, Number.NaN, 40, 31]);
    expect([...table.numeric('income')]).toEqual([1.5, 2.25, Number.NaN, -4]);
    expect([...table.numeric('member')]).toEqual([1, 0, 1, Number.NaN]);
    expect(table.categorical('city')).toEqual(['Ankara', 'Bursa', null, 'Ankara']);
  },
);

test('an image of more than 100 megapixels is refused before it is unpacked', async () => {
  const file = join(folder, 'huge.png');
  const bytes = await readFile(fixtureFile('gray.png'));
  bytes.writeUInt32BE(100_000, 16);
  bytes.writeUInt32BE(100_000, 20);
  await writeFile(file, bytes);
  await expect(readImage(file)).rejects.toThrow('100000 × 100000 pixels, more than 100 megapixels');
});

test('a small PNG that unpacks to far more than its size needs is refused before it is unpacked', async () => {
  const file = join(folder, 'bomb.png');
  const bytes = await readFile(fixtureFile('gray.png'));
  const packed = deflateSync(Buffer.alloc(16_000_000));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(packed.length, 0);
  head.write('IDAT', 4);
  const signatureAndHeader = bytes.subarray(0, 33);
  await writeFile(file, Buffer.concat([signatureAndHeader, head, packed, Buffer.alloc(4)]));
  await expect(readImage(file)).rejects.toThrow('more packed bytes than an image of its size can need');
});

test('CSV gives a table, or an error that names file, column and row', async () => {
  const file = join(folder, 'people.csv');
  await writeFile(file, '\uFEFFage,city\n20,"Ankara, TR"\n,Bursa\ntall,\n');
  const table = await readTableCsv(file, { categorical: ['city'] });
  expect(table.categorical('city')).toEqual(['Ankara, TR', 'Bursa', null]);
  await expect(readTableCsv(file, { numeric: ['age'] })).rejects.toThrow(`${file}: Column "age", row 3`);
  await writeFile(file, 'a,b\n1\n');
  await expect(readTableCsv(file, { numeric: ['a'] })).rejects.toThrow(
    /people\.csv: .*Check that it is a CSV/,
  );
});

describe('damaged files are DataErrors that name them', () => {
  test.each<[string, (bytes: Buffer) => Uint8Array, (file: string) => Promise<unknown>]>([
    ['colour.png', half, readImage],
    ['colour.png', flipped, readImage],
    ['colour.jpg', half, readImage],
    ['colour.jpg', () => new Uint8Array(), readImage],
    ['gray.png', () => Buffer.from('GIF89a'), readImage],
    ['stereo16.wav', half, readWav],
    ['stereo16.wav', (bytes) => bytes.subarray(0, -1), readWav],
    ['stereo16.wav', (bytes) => bytes.subarray(0, 30), readWav],
    ['mono8.wav', () => Buffer.from('RIFFxxxxWAVE'), readWav],
    ['snappy.parquet', half, (file) => readTableParquet(file, { numeric: ['age'] })],
    ['zstd.parquet', () => new Uint8Array(), (file) => readTableParquet(file, { numeric: ['age'] })],
  ])('%s (%#)', async (name, damage, read) => {
    const file = await damaged(name, damage);
    const outcome = read(file);
    await expect(outcome).rejects.toBeInstanceOf(DataError);
    await expect(outcome).rejects.toThrow(`${file}: `);
  });

  test('and so are missing ones', async () => {
    const file = join(folder, 'missing');
    for (const outcome of [
      readImage(file),
      readWav(file),
      readTableCsv(file, {}),
      readTableParquet(file, {}),
    ]) {
      await expect(outcome).rejects.toThrow(`${file}: ENOENT`);
    }
  });
});

describe('a folder of images', () => {
  test('has a class for each folder', async () => {
    const directory = await fill('good', {
      'b/1.png': 'colour.png',
      'a/2.JPG': 'colour.jpg',
      'a/1.png': 'gray.png',
    });
    await writeFile(join(directory, 'a', 'notes.txt'), 'no image');
    const { shape, labels, classNames, files, pixels } = await readImageFolder(directory, { channels: 1 });
    expect(shape).toEqual([3, 1, 9, 14]);
    expect([...labels]).toEqual([0, 0, 1]);
    expect(classNames).toEqual(['a', 'b']);
    expect(files[1]).toBe(join(directory, 'a', '2.JPG'));
    expect(pixels.subarray(0, 126)).toEqual(
      (await readImage(fixtureFile('gray.png'), { channels: 1 })).pixels,
    );
  });

  test('with one class, an empty one, or a damaged image is an error', async () => {
    const single = await fill('single', { 'a/1.png': 'gray.png' });
    await expect(readImageFolder(single)).rejects.toThrow(
      /has folders for 1 classes; a classifier needs at least two/,
    );
    await mkdir(join(single, 'b'));
    await expect(readImageFolder(single)).rejects.toThrow(`${join(single, 'b')} has no PNG or JPEG file`);
    await writeFile(join(single, 'b', 'x.png'), 'nothing');
    await expect(readImageFolder(single)).rejects.toThrow(
      `${join(single, 'b', 'x.png')}: It is neither PNG nor JPEG`,
    );
    await expect(readImageFolder(join(folder, 'none'))).rejects.toThrow(DataError);
  });
});
