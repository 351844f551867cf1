import { inputError } from './error.ts';

const PHILOX_M0 = 0xd2511f53;
const PHILOX_M1 = 0xcd9e8d57;
const PHILOX_W0 = 0x9e3779b9;
const PHILOX_W1 = 0xbb67ae85;

/** The upper 32 bits of a product; none of the parts that it is put together from is larger than 32 bits. */
function highProduct(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const crossed = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (crossed >>> 16)) >>> 0;
}

/**
 * One block of Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): four unsigned
 * 32-bit words written to `out`. The counter is (blockLow, blockHigh, 0, 0).
 */
export function philox(
  out: Uint32Array,
  keyLow: number,
  keyHigh: number,
  blockLow: number,
  blockHigh: number,
): void {
  let [c0, c1, c2, c3] = [blockLow >>> 0, blockHigh >>> 0, 0, 0];
  let [k0, k1] = [keyLow >>> 0, keyHigh >>> 0];
  for (let round = 0; round < 10; round++) {
    const high0 = highProduct(PHILOX_M0, c0);
    const low0 = Math.imul(PHILOX_M0, c0) >>> 0;
    const high1 = highProduct(PHILOX_M1, c2);
    const low1 = Math.imul(PHILOX_M1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + PHILOX_W0) >>> 0;
    k1 = (k1 + PHILOX_W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Where a generator stands: plain data, fit for JSON. */
export interface GeneratorState {
  readonly seed: number;
  /** Blocks of four words used so far. */
  readonly offset: number;
}

const WORD = 2 ** 32;

/** A source of random numbers that depends on seed and position alone, so every device gives the same ones. */
export class Generator {
  #seed = 0;
  #offset = 0;

  /** @param seed a whole number from 0 to 2⁵³ − 1 */
  constructor(seed: number) {
    this.manualSeed(seed);
  }

  /** Starts anew from `seed`. */
  manualSeed(seed: number): this {
    this.state = { seed, offset: 0 };
    return this;
  }

  get state(): GeneratorState {
    return { seed: this.#seed, offset: this.#offset };
  }

  set state({ seed, offset }: GeneratorState) {
    for (const [name, value] of Object.entries({ seed, offset })) {
      if (!Number.isSafeInteger(value) || value < 0) {
        throw inputError('Generator', `${name} must be a whole number from 0 to 2^53 - 1, got ${value}`, {
          [name]: value,
        });
      }
    }
    this.#seed = seed;
    this.#offset = offset;
  }

  /** Takes the blocks for `count` words; the scalars of a `random` kernel. */
  reserve(count: number): readonly [number, number, number, number] {
    const start = this.#offset;
    this.#offset += Math.ceil(count / 4);
    return [this.#seed % WORD, Math.floor(this.#seed / WORD), start % WORD, Math.floor(start / WORD)];
  }

  /** The next number from 0 up to but not including 1, on the host. Uses up one block. */
  random(): number {
    const words = new Uint32Array(4);
    philox(words, ...this.reserve(4));
    return (words[0]! >>> 8) * 2 ** -24;
  }

  /** The numbers 0 … count − 1 in random order (Fisher-Yates), on the host. */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    const words = new Uint32Array(4);
    for (let last = count - 1; last > 0; last--) {
      philox(words, ...this.reserve(4));
      // 53 random bits: the bias of the multiplication is far below one in 2^20 for any array that fits in memory.
      const fraction = ((words[0]! >>> 5) * 2 ** 26 + (words[1]! >>> 6)) * 2 ** -53;
      const pick = Math.floor(fraction * (last + 1));
      const swapped = order[last]!;
      order[last] = order[pick]!;
      order[pick] = swapped;
    }
    return order;
  }
}

let shared: Generator | null = null;

/** The generator of calls that name none. It starts from seed 0, so that a program repeats itself unless told otherwise. */
export function defaultGenerator(): Generator {
  shared ??= new Generator(0);
  return shared;
}

/** Seeds the default generator. */
export function manualSeed(seed: number): Generator {
  return defaultGenerator().manualSeed(seed);
}
