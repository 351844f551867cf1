import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Generator } from 'azuraforge-core';
import { encode } from 'fast-png';
import { encodeWav } from '../src/data/wav-encoder.ts';

/** Segments of a digital clock that light up for each digit: top, upper left and right, middle, lower left and right, bottom. */
const SEGMENTS = [
  0b1110111, 0b0010010, 0b1011101, 0b1011011, 0b0111010, 0b1101011, 0b1101111, 0b1010010, 0b1111111,
  0b1111011,
];

const SIDE = 28;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'examples-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Digits of a clock, somewhere in a noisy image: the real data is too large for a test, and not ours to pass on. */
function drawDigit(digit: number, generator: Generator): Uint8Array {
  const draw = (end: number): number => Math.floor(generator.random() * end);
  const pixels = Uint8Array.from({ length: SIDE * SIDE }, () => draw(50));
  const [top, left] = [2 + draw(5), 3 + draw(8)];
  const bar = ([row, column, height, width]: readonly [number, number, number, number]): void => {
    for (let y = row; y < row + height; y += 1) {
      for (let x = column; x < column + width; x += 1) pixels[(top + y) * SIDE + left + x] = 180 + draw(75);
    }
  };
  const lit = (segment: number): boolean => ((SEGMENTS[digit]! >> (6 - segment)) & 1) === 1;
  const places = [
    [0, 2, 2, 8],
    [2, 0, 7, 2],
    [2, 10, 7, 2],
    [9, 2, 2, 8],
    [11, 0, 7, 2],
    [11, 10, 7, 2],
    [18, 2, 2, 8],
  ] as const;
  for (const [segment, place] of places.entries()) if (lit(segment)) bar(place);
  return pixels;
}

function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  head.setUint32(0, 0x0800 + shape.length);
  for (const [axis, size] of shape.entries()) head.setUint32(4 + 4 * axis, size);
  return Buffer.concat([new Uint8Array(head.buffer), data]);
}

async function writeMnist(): Promise<void> {
  const generator = new Generator(1);
  for (const [name, count] of [
    ['train', 600],
    ['t10k', 100],
  ] as const) {
    const labels = Uint8Array.from({ length: count }, (_, index) => index % 10);
    const images = Buffer.concat(Array.from(labels, (digit) => drawDigit(digit, generator)));
    await writeFile(join(folder, `${name}-images-idx3-ubyte`), idx([count, SIDE, SIDE], images));
    await writeFile(join(folder, `${name}-labels-idx1-ubyte`), idx([count], labels));
  }
}

function run(
  example: string,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const file = fileURLToPath(new URL(`../examples/${example}.js`, import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [file, '--data', folder, ...args], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('mnist learns digits, and fails where it misses its target', async () => {
  await writeMnist();
  const reached = await run('mnist', ['--epochs', '4', '--accuracy', '0.9']);
  expect(reached).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^mnist: [\d.]+ % .*\(10\.00 % by/),
  });
  const missed = await run('mnist', ['--epochs', '1', '--accuracy', '1.01']);
  expect(missed).toMatchObject({ code: 1, stderr: expect.stringContaining('Missed: at least 101.00 %') });
});

test('fashion-mnist leaves out empty and repeated images', async () => {
  const generator = new Generator(2);
  for (let label = 0; label < 10; label += 1) {
    const images = Array.from({ length: 60 }, () => Array.from(drawDigit(label, generator)));
    await writeFile(
      join(folder, `${label}.json`),
      JSON.stringify({ data: [...images, [], images[0], images[0]] }),
    );
  }
  const { code, stdout } = await run('fashion-mnist', ['--epochs', '4', '--accuracy', '0.7']);
  // A seventh of the 600 that are neither empty nor repeated; of all 620 it would be 89.
  expect(stdout).toMatch(/^fashion_mnist: [\d.]+ % of 86 test samples are right/);
  expect(code).toBe(0);
});

test('weather learns more than that tomorrow is like today', async () => {
  const generator = new Generator(3);
  const days = Array.from({ length: 600 }, (_, day) => {
    const season = 12 - 8 * Math.cos((2 * Math.PI * day) / 365.25);
    const highest = season + 8 * (generator.random() - 0.5);
    const date = new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10);
    return `${date},${highest.toFixed(1)},${(highest - 8).toFixed(1)},${day % 4},${(2 + generator.random()).toFixed(1)}`;
  });
  const file = join(folder, 'weather.csv');
  await writeFile(file, ['date,temp_max,temp_min,precipitation,wind', ...days].join('\n'));
  const { code, stdout } = await run('weather', ['--data', file]);
  expect(stdout).toMatch(/^weather: off by [\d.]+ °C in the mean, [\d.]+ % less than the last value/);
  expect(code).toBe(0);
});

test('penguins learns species although some values are missing', async () => {
  const generator = new Generator(4);
  const rows = Array.from({ length: 150 }, (_, row) => {
    const kind = row % 3;
    return {
      Species: ['Adelie', 'Chinstrap', 'Gentoo'][kind],
      Island: kind === 2 ? 'Biscoe' : 'Dream',
      'Beak Length (mm)': row % 20 === 7 ? null : 38 + 5 * kind + 2 * generator.random(),
      'Beak Depth (mm)': 18 - kind + generator.random(),
      'Flipper Length (mm)': 190 + 10 * kind,
      'Body Mass (g)': 3700 + 500 * kind,
      Sex: row % 25 === 3 ? null : ['MALE', 'FEMALE'][row % 2],
    };
  });
  const file = join(folder, 'penguins.json');
  await writeFile(file, JSON.stringify(rows));
  const { code, stdout } = await run('penguins', ['--data', file]);
  expect(stdout).toMatch(/^penguins: [\d.]+ % of 45 test samples are right \(33\.\d+ % by/);
  expect(code).toBe(0);
});

test('gpt compares the model with trigrams, and fails where it misses its target', async () => {
  const generator = new Generator(3);
  const draw = (words: readonly string[]): string => words[Math.floor(generator.random() * words.length)]!;
  const sentence = (): string =>
    `The ${draw(['old', 'young', 'tired'])} ${draw(['sailor', 'captain', 'cook'])} ${draw(['saw', 'heard', 'feared'])} the whale. `;
  for (const name of [...Array.from({ length: 135 }, (_, index) => `chapter_${index + 1}`), 'epilogue']) {
    const text = Array.from({ length: 3 }, sentence).join('');
    await writeFile(join(folder, `${name}.json`), JSON.stringify({ title: 'Of sailors.', text }));
  }
  const { code, stdout, stderr } = await run('gpt', ['--epochs', '1', '--margin', '9']);
  expect(stdout).toMatch(
    /^moby_dick: validation loss [\d.]+ nats per token \([\d.]+ by trigrams\).*\nmoby_dick: test loss/,
  );
  expect(stdout).toMatch(/After “.*”: /);
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Missed: a loss on both parts more than 9 below'),
  });
});

test('spam leaves out repeated mails, and fails where naive Bayes is right as often', async () => {
  const folders = ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'];
  for (const [place, name] of folders.entries()) {
    await mkdir(join(folder, name));
    for (let index = 0; index < 40; index += 1) {
      // Every second one is there twice, but for a header.
      const body = `${place < 3 ? 'Shall we meet' : 'Win a prize'} <b>at</b> number ${place}${index >> 1}?`;
      const text = `From: ${index}\nSubject: Hello\nDate: today\n\n${body}\n`;
      await writeFile(join(folder, name, `${index}.json`), JSON.stringify({ text }));
    }
  }
  const { code, stdout, stderr } = await run('spam', ['--epochs', '1', '--accuracy', '0']);
  // 15 of 100; with repeated ones it would be 30 of 200.
  expect(stdout).toMatch(
    /^spam: [\d.]+ % of 15 test samples are right \(60\.00 % by .*, 100\.00 % by Naive Bayes/,
  );
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('and more than by Naive Bayes'),
  });
});

test('emoji learns from name and picture together, and fails where it misses its target', async () => {
  const side = 34;
  const columns = 16;
  const generator = new Generator(3);
  const pixels = Uint8Array.from({ length: 3 * (columns * side) ** 2 }, () => 40 * generator.random());
  const emoji = Array.from({ length: columns * columns }, (_, index) => {
    const [sheetX, sheetY] = [index % columns, Math.floor(index / columns)];
    const [isRed, isBig] = [generator.random() < 0.5, generator.random() < 0.5];
    for (let y = 8; y < 26; y += 1) {
      for (let x = 8; x < 26; x += 1) {
        const place = 3 * ((sheetY * side + y) * columns * side + sheetX * side + x);
        pixels[place + (isRed ? 0 : 2)] = 200 + Math.floor(55 * generator.random());
      }
    }
    return {
      sheet_x: sheetX,
      sheet_y: sheetY,
      short_name: `${isBig ? 'big' : 'small'}_thing`,
      category: `${isBig ? 'big' : 'small'} & ${isRed ? 'red' : 'blue'}`,
      has_img_google: true,
    };
  });
  await mkdir(join(folder, 'img/google/sheets'), { recursive: true });
  const size = columns * side;
  const sheet = encode({ width: size, height: size, data: pixels, channels: 3, depth: 8 });
  await writeFile(join(folder, 'img/google/sheets/32.png'), sheet);
  const others = [
    { ...emoji[0], category: 'Component' },
    { ...emoji[0], has_img_google: false },
  ];
  await writeFile(join(folder, 'emoji.json'), JSON.stringify([...emoji, ...others]));
  const { code, stdout } = await run('emoji', ['--epochs', '12', '--margin', '0.2']);
  expect(stdout).toMatch(/^emoji: [\d.]+ % of the test emoji are right from name and picture/);
  expect(code).toBe(0);
  const missed = await run('emoji', ['--epochs', '1', '--margin', '1']);
  expect(missed).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Missed: at least 100.00 % more'),
  });
});

test('speech beats linear prediction on waves with corners', async () => {
  const generator = new Generator(4);
  for (const name of ['digits', 'letters', 'phonetic']) {
    await mkdir(join(folder, name));
    const samples = Float32Array.from({ length: 9000 }, (_, at) => {
      const level = [0.5, -0.2, 0.1, -0.6][Math.floor(at / 8) % 4]!;
      return level + 0.01 * generator.random();
    });
    await writeFile(join(folder, name, 'a.wav'), encodeWav(samples, 8000));
  }
  const { code, stdout } = await run('speech', ['--epochs', '10', '--bits', '0.1']);
  expect(stdout).toMatch(/^speech: [\d.]+ bits a sample \([\d.]+ by the best baseline\)/);
  expect(code).toBe(0);
});
