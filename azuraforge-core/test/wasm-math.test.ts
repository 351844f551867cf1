import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import { fromTypedArray, registerBackend, openWasmBackend } from '../src/index.ts';

beforeAll(() => registerBackend({ name: 'math', open: () => openWasmBackend('math') }));

/** Floats from the smallest denormal to the largest number, evenly over the exponents, with both signs. */
function sweep(low: number, high: number, count = 40_000): Float32Array {
  const [from, to] = [Math.log2(low), Math.log2(high)];
  return Float32Array.from({ length: 2 * count }, (_, i) => {
    const size = 2 ** (from + ((to - from) * (i >> 1)) / (count - 1));
    return i % 2 === 0 ? size : -size;
  });
}

/** The distance of neighbouring floats at a value. */
function ulpOf(value: number): number {
  const size = Math.abs(value);
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) - 23);
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

const FUNCTIONS: [string, (x: Tensor) => Tensor, (x: number) => number, number][] = [
  ['exp', (x) => x.exp(), Math.exp, 2],
  ['log', (x) => x.log(), Math.log, 2],
  ['tanh', (x) => x.tanh(), Math.tanh, 4],
  ['sigmoid', (x) => x.sigmoid(), (x) => 1 / (1 + Math.exp(-x)), 4],
  // softplus below its threshold is log1p(exp(x)); gelu is x·(1 + erf(x/√2))/2.
  ['log1p', (x) => x.softplus(1, Infinity), (x) => (x > 88.72 ? Infinity : Math.log1p(Math.exp(x))), 6],
];

describe('functions of the wasm device', () => {
  test.each(FUNCTIONS)('%s is right to a few units in the last place', async (_, run, reference, bound) => {
    const inputs = Float32Array.from([...sweep(2 ** -149, 2 ** 127), ...sweep(0.01, 120), ...SPECIALS]);
    const found = await run(fromTypedArray(inputs, [inputs.length], { device: 'math' })).data();
    let worst = { error: 0, input: 0, value: 0 };
    for (const [i, input] of inputs.entries()) {
      const [value, expected] = [found[i]!, reference(input)];
      const nearest = Math.fround(expected);
      if (Object.is(value, nearest)) continue;
      const error = Math.abs(value - expected) / ulpOf(nearest);
      if (!(error <= worst.error)) worst = { error, input, value };
    }
    expect(worst).toEqual({ ...worst, error: expect.any(Number) });
    expect(worst.error).toBeLessThanOrEqual(bound);
  });

  test('erf, seen through gelu, is right to a few units of its largest value', async () => {
    const inputs = sweep(1e-6, 8);
    const found = await fromTypedArray(inputs, [inputs.length], { device: 'math' }).gelu().data();
    for (const [i, x] of inputs.entries()) {
      const expected = 0.5 * x * (1 + erf(x * Math.SQRT1_2));
      expect(Math.abs(found[i]! - expected)).toBeLessThanOrEqual(2 ** -23 * Math.abs(x));
    }
  });
});
