import { expect, test } from '@jest/globals';
import { Generator } from 'azuraforge-core';
import { ArgumentError } from '../../src/error.ts';
import { checkSampling, drawToken, tokenProbabilities } from '../../src/generation/next-token.ts';
import { expectValuesClose } from '../close.ts';
import { readFixture } from '../fixture.ts';

interface Choice {
  logits: number[];
  temperature: number;
  topK: number;
  topP: number;
  probabilities: number[];
}

test('temperature, top k and top p give the probabilities of PyTorch', async () => {
  const choices = await readFixture<Choice[]>('next-token');
  for (const { logits, probabilities, ...sampling } of choices) {
    const found = tokenProbabilities(logits, sampling);
    expectValuesClose(found, probabilities, JSON.stringify(sampling), 1e-8);
    expect(found.map(Math.sign)).toEqual(Float64Array.from(probabilities, Math.sign));
  }
});

test('a temperature of 0 takes the likeliest token, the first of equal ones', () => {
  expect([...tokenProbabilities([1, 3, 2, 3], { temperature: 0 })]).toEqual([0, 1, 0, 0]);
  expect([...tokenProbabilities([1, 3, 2, 3], { topK: 1 })]).toEqual([0, 1, 0, 0]);
  expect([...tokenProbabilities([5, 5, 5, 5], { topP: 0.5 })]).toEqual([0.5, 0.5, 0, 0]);
});

test('logits far apart overflow nothing', () => {
  expect([...tokenProbabilities([1e4, -1e4, 1e4], { temperature: 0.01 })]).toEqual([0.5, 0, 0.5]);
});

test('tokens are drawn as often as they should be', () => {
  const probabilities = Float64Array.of(0.5, 0, 0.3, 0.2);
  const generator = new Generator(1);
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < 20_000; draw += 1) counts[drawToken(probabilities, generator)]! += 1;
  // Three deviations of the most uncertain one are 0.011.
  expectValuesClose(
    counts.map((count) => count / 20_000),
    [...probabilities],
    'shares',
    0.011,
  );
  expect(counts[1]).toBe(0);
});

test('options out of range are refused', () => {
  for (const sampling of [
    { temperature: -1 },
    { temperature: Number.NaN },
    { topK: -1 },
    { topK: 1.5 },
    { topP: 0 },
    { topP: 1.1 },
  ]) {
    expect(() => checkSampling(sampling)).toThrow(ArgumentError);
  }
});
