import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import { defaultGenerator, dropout, Generator, manualSeed, ones, rand, randn } from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';
import { readFixture } from './reference.ts';

interface RandomCase {
  readonly seed: number;
  readonly offset: number;
  readonly uniform: number[];
  readonly normal: number[];
}

const CASES = readFixture<RandomCase[]>('random.json');

function generatorAt(seed: number, offset: number): Generator {
  const generator = new Generator(seed);
  generator.state = { seed, offset };
  return generator;
}

beforeAll(registerDevices);

describe.each(DEVICES)('on %s', (device) => {
  test.each(CASES)('Philox with seed $seed at $offset', async ({ seed, offset, uniform, normal }) => {
    const generator = generatorAt(seed, offset);
    using numbers = rand([uniform.length], { generator, device });
    expect([...(await numbers.data())]).toEqual(uniform);
    expect(generator.state).toEqual({ seed, offset: offset + Math.ceil(uniform.length / 4) });
    using bell = randn([normal.length], { generator: generatorAt(seed, offset), device });
    for (const [i, value] of (await bell.data()).entries()) expect(value).toBeCloseTo(normal[i]!, 6);
  });

  test('dropout drops where the uniform numbers lie below p, forward and backward alike', async () => {
    const x = ones([500], { requiresGrad: true, device });
    const y = dropout(x, 0.3, { generator: new Generator(5) });
    y.sum().backward();
    const uniform = await rand([500], { generator: new Generator(5), device }).data();
    const expected = Float32Array.from(uniform, (u) => (u < 0.3 ? 0 : 1 / 0.7));
    expect(await y.data()).toEqual(expected);
    expect(await x.grad!.data()).toEqual(expected);
  });
});

async function momentsOf(numbers: Tensor): Promise<{ mean: number; deviation: number }> {
  const values = await numbers.data();
  let [mean, square] = [0, 0];
  for (const value of values) {
    mean += value / values.length;
    square += value ** 2 / values.length;
  }
  return { mean, deviation: Math.sqrt(square - mean ** 2) };
}

test('uniform and normal numbers have their mean and spread', async () => {
  const generator = new Generator(1);
  const uniform = await momentsOf(rand([20_000], { generator }));
  expect(uniform.mean).toBeCloseTo(0.5, 1);
  expect(uniform.deviation).toBeCloseTo(Math.sqrt(1 / 12), 2);
  const normal = await momentsOf(randn([20_000], { generator }));
  expect(Math.abs(normal.mean)).toBeLessThan(0.03);
  expect(normal.deviation).toBeCloseTo(1, 1);
});

test('dropout at the ends of its range', async () => {
  expect(await dropout(ones([9]), 0).data()).toEqual(new Float32Array(9).fill(1));
  expect(await dropout(ones([9]), 1).data()).toEqual(new Float32Array(9));
  expect(() => dropout(ones([1]), 1.1)).toThrow(/must lie in 0 to 1/);
  expect(() => dropout(ones([1]), Number.NaN)).toThrow(/must lie in 0 to 1/);
});

test('a saved state continues where it was saved', async () => {
  const generator = new Generator(9);
  generator.random();
  const saved = JSON.parse(JSON.stringify(generator.state)) as Generator['state'];
  const first = await randn([5], { generator }).data();
  const restored = new Generator(0);
  restored.state = saved;
  expect(await randn([5], { generator: restored }).data()).toEqual(first);
});

test('manualSeed makes the default generator repeat itself', async () => {
  manualSeed(3);
  const first = await rand([4]).data();
  expect(await rand([4]).data()).not.toEqual(first);
  manualSeed(3);
  expect(await rand([4]).data()).toEqual(first);
  expect(defaultGenerator().state).toEqual({ seed: 3, offset: 1 });
});

test('a permutation holds every number once and depends on the seed', () => {
  const order = new Generator(4).permutation(100);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(new Generator(4).permutation(100)).toEqual(order);
  expect(new Generator(5).permutation(100)).not.toEqual(order);
  expect(new Generator(5).permutation(0)).toEqual(new Int32Array(0));
});

test('each position of a permutation is equally likely', () => {
  const generator = new Generator(8);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) counts[generator.permutation(4).indexOf(2)]! += 1;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
});

test('a seed that is not a whole number in range is refused', () => {
  for (const seed of [-1, 0.5, Number.NaN, 2 ** 53])
    expect(() => new Generator(seed)).toThrow(/seed must be a whole number/);
});
