// The numbers that every contestant gets: made once from a seed, written to files, read by each process.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A source of numbers in [0, 1): mulberry32. */
function randomSource(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Fills arrays of the given shapes; `fill` makes one element from a number in [0, 1). */
export function makeInputs(seed, descriptions) {
  const random = randomSource(seed);
  return Object.fromEntries(
    Object.entries(descriptions).map(([name, { shape, fill }]) => {
      const size = shape.reduce((product, length) => product * length, 1);
      return [name, { shape, data: Float32Array.from({ length: size }, () => fill(random())) }];
    }),
  );
}

/** `bound`: numbers evenly spread over [−bound, bound). */
export function between(bound, shape) {
  return { shape, fill: (random) => (2 * random - 1) * bound };
}

/** Whole numbers 0 to `count` − 1. */
export function labels(count, shape) {
  return { shape, fill: (random) => Math.floor(random * count) };
}

/** Writes `NAME.bin`, all arrays one after the other, and `NAME.json`, which says where each begins. */
export function writeInputs(folder, name, inputs, settings) {
  const arrays = {};
  let offset = 0;
  for (const [key, { shape, data }] of Object.entries(inputs)) {
    arrays[key] = { shape, offset };
    offset += data.length;
  }
  const all = new Float32Array(offset);
  for (const [key, { data }] of Object.entries(inputs)) all.set(data, arrays[key].offset);
  writeFileSync(join(folder, `${name}.bin`), all);
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ arrays, settings }));
}

export function readInputs(folder, name) {
  const { arrays, settings } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const bytes = readFileSync(join(folder, `${name}.bin`));
  const inputs = Object.fromEntries(
    Object.entries(arrays).map(([key, { shape, offset }]) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const start = bytes.byteOffset + 4 * offset;
      return [key, { shape, data: new Float32Array(bytes.buffer.slice(start, start + 4 * size)) }];
    }),
  );
  return { inputs, settings };
}
