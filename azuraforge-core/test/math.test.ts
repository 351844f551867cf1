import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import { compile, fromTypedArray, tensor, where } from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

beforeAll(registerDevices);

/** Floats from the smallest denormal to the largest number, evenly over the exponents, with both signs. */
function sweep(low: number, high: number, count = 40_000): Float32Array {
  const [from, to] = [Math.log2(low), Math.log2(high)];
  return Float32Array.from({ length: 2 * count }, (_, i) => {
    const size = 2 ** (from + ((to - from) * (i >> 1)) / (count - 1));
    return i % 2 === 0 ? size : -size;
  });
}

const SMALLEST_NORMAL = 2 ** -126;

/** The distance of neighbouring floats at a value. */
function ulpOf(value: number): number {
  const size = Math.abs(value);
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) - 23);
}

/** In units in the last place; where denormal results may be 0, they count as such. */
function errorOf(value: number, expected: number, mayFlush: boolean): number {
  const nearest = Math.fround(expected);
  if (Object.is(value, nearest)) return 0;
  if (mayFlush && value === 0 && Math.abs(nearest) < SMALLEST_NORMAL) return 0;
  const error = Math.abs(value - expected) / ulpOf(nearest);
  return Number.isNaN(error) ? Infinity : error;
}

/** erf in doubles: its series near 0, the continued fraction of erfc beyond. */
function erf(x: number): number {
  const size = Math.abs(x);
  if (size < 2.5) {
    let [term, sum] = [size, size];
    for (let n = 1; n < 80; n++) {
      term *= -(size * size) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 120; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / (Math.sqrt(Math.PI) * (size + fraction)));
}

const SPECIALS = [0, -0, Infinity, -Infinity, NaN, 1, -1, 2 ** -149, -(2 ** -149), 3e38, -3e38];

function isNormal(value: number): boolean {
  return value === 0 || !(Math.abs(value) < SMALLEST_NORMAL);
}

/** IEEE 754 has pow(1, anything) = 1 and pow(−1, ±∞) = 1, where JavaScript has NaN. */
function ieeePower(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;
}

const FUNCTIONS: [string, (x: Tensor) => Tensor, (x: number) => number, number][] = [
  ['exp', (x) => x.exp(), Math.exp, 2],
  ['log', (x) => x.log(), Math.log, 2],
  ['tanh', (x) => x.tanh(), Math.tanh, 4],
  ['sigmoid', (x) => x.sigmoid(), (x) => 1 / (1 + Math.exp(-x)), 4],
  // softplus below its threshold is log1p(exp(x)); gelu is x·(1 + erf(x/√2))/2.
  ['log1p', (x) => x.softplus(1, Infinity), (x) => (x > 88.72284 ? Infinity : Math.log1p(Math.exp(x))), 6],
];

describe.each(['wasm', 'webgpu'])('functions of the device %s', (device) => {
  // GPUs may take denormal numbers for 0.
  const mayFlush = device === 'webgpu';
  test.each(FUNCTIONS)('%s is right to a few units in the last place', async (_, run, reference, bound) => {
    const inputs = Float32Array.from([...sweep(2 ** -149, 2 ** 127), ...sweep(0.01, 120), ...SPECIALS]);
    const found = await run(fromTypedArray(inputs, [inputs.length], { device })).data();
    let worst = { error: 0, input: 0, value: 0 };
    for (const [i, input] of inputs.entries()) {
      const value = found[i]!;
      let error = errorOf(value, reference(input), mayFlush);
      if (mayFlush && Math.abs(input) < SMALLEST_NORMAL)
        error = Math.min(error, errorOf(value, reference(input < 0 ? -0 : 0), mayFlush));
      if (error > worst.error) worst = { error, input, value };
    }

    expect(worst.error).toBeLessThanOrEqual(bound);
  });

  test('erf, seen through gelu, is right to a few units of its largest value', async () => {
    const inputs = sweep(1e-6, 8, 5000);
    const found = await fromTypedArray(inputs, [inputs.length], { device }).gelu().data();
    for (const [i, x] of inputs.entries()) {
      const expected = 0.5 * x * (1 + erf(x * Math.SQRT1_2));
      expect(Math.abs(found[i]! - expected)).toBeLessThanOrEqual(2 ** -23 * Math.abs(x));
    }
  });

  test('any number but 0 is true, NaN too, one by one and four at a time', async () => {
    for (const repeats of [1, 4]) {
      const condition = Array.from({ length: repeats }, () => SPECIALS.filter(isNormal)).flat();
      const values = fromTypedArray(Float32Array.from(condition), [condition.length], { device });
      const expected = condition.map((value) => (value === 0 ? 2 : 1));
      expect(await where(values, 1, 2).array()).toEqual(expected);
    }
  });

  test('a power is right to a few units in the last place, however large', async () => {
    const exponents = [0.5, -0.5, 1, -1, 2, 3, -3, 4, 5, 10, 33, 101, 1.7, -2.3, 0.01, -0.003, 40.5, 1e-8];
    const bases = [...sweep(1e-6, 1e6, 500), ...sweep(0.9, 1.1, 500), ...SPECIALS.filter(isNormal)];
    const pairs = exponents.flatMap((exponent) => bases.map((base) => [base, exponent] as const));
    const specials = SPECIALS.filter(isNormal);
    for (const a of specials) for (const b of specials) pairs.push([a, b]);
    const side = (i: 0 | 1) =>
      fromTypedArray(
        Float32Array.from(pairs, (pair) => pair[i]),
        [pairs.length],
        { device },
      );
    const [base, exponent] = [side(0), side(1)];
    const [a, b] = [await base.data(), await exponent.data()];
    let worst = { error: 0, a: 0, b: 0, value: 0 };
    for (const [i, value] of (await base.pow(exponent).data()).entries()) {
      const error = errorOf(value, ieeePower(a[i]!, b[i]!), mayFlush);
      if (error > worst.error) worst = { error, a: a[i]!, b: b[i]!, value };
    }
    expect(worst.error).toBeLessThanOrEqual(6);
  });
});

/** By torch: `a * b`, `a * 987654321`, `a * a` and `a * b * a + 1` of int32 tensors. */
const [LEFT, RIGHT] = [
  [123456789, -2147483648, 2147483647, 65536, -7],
  [987654321, -1, 2147483647, 65536, 987654321],
];
const WRAPPED = [
  [-67153019, -2147483648, 1, 0, 1676354345],
  [-67153019, -2147483648, 1159829327, 1756430336, 1676354345],
  [-1757895751, 0, 1, 0, 49],
  [1964661482, 1, -2147483648, 1, 1150421474],
];

test.each(DEVICES)('products of integers are kept modulo 2³² on %s', async (device) => {
  const [a, b] = [LEFT, RIGHT].map((values) => tensor(values!, { device, dtype: 'int32' })) as [
    Tensor,
    Tensor,
  ];
  const products = () => [a.mul(b), a.mul(987654321), a.square(), a.mul(b).mul(a).add(1)];
  for (const made of [products(), compile(products)()]) {
    expect(made.map(({ dtype }) => dtype)).toEqual(made.map(() => 'int32'));
    expect(await Promise.all(made.map((product) => product.array()))).toEqual(WRAPPED);
  }
  expect(await a.narrow(0, 3, 1).mul(0.5).array()).toEqual([32768]);
});
