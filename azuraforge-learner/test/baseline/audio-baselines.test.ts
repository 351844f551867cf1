import { expect, test } from '@jest/globals';
import { Generator } from 'azuraforge-core';
import { CodeChain } from '../../src/baseline/code-chain.ts';
import { LinearPrediction } from '../../src/baseline/linear-prediction.ts';
import { normal } from '../../src/data/sample-generator.ts';
import { encodeMuLaw } from '../../src/data/mu-law.ts';

const mean = (losses: Float64Array): number => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;

/** x(t) = 1.6 x(t − 1) − 0.8 x(t − 2) + noise. */
function resonance(count: number, seed: number): Int32Array {
  const generator = new Generator(seed);
  const samples = new Float32Array(count);
  for (let at = 0; at < count; at += 1) {
    const [before, earlier] = [samples[at - 1] ?? 0, samples[at - 2] ?? 0];
    samples[at] = 1.6 * before - 0.8 * earlier + 0.02 * normal(generator);
  }
  return encodeMuLaw(samples);
}

test('linear prediction finds the weights that made a signal, and its shares of all codes sum to 1', async () => {
  const model = await new LinearPrediction(resonance(20_000, 1)).tune(resonance(2000, 2));
  expect(model.weights[0]).toBeCloseTo(1.6, 1);
  expect(model.weights[1]).toBeCloseTo(-0.8, 1);
  const before = resonance(40, 3);
  const shares = Array.from({ length: 256 }, (_, code) =>
    Math.exp(-model.losses(before.with(39, code))[38]!),
  );
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
});

test('tuning never makes linear prediction worse on what it is tuned on', async () => {
  const [train, tuned] = [resonance(5000, 1), resonance(2000, 2)];
  const plain = mean(new LinearPrediction(train).losses(tuned));
  const model = await new LinearPrediction(train).tune(tuned);
  expect(mean(model.losses(tuned))).toBeLessThan(plain);
});

test('a signal that is constant is no trouble', async () => {
  const silence = encodeMuLaw(new Float32Array(500));
  const model = await new LinearPrediction(silence).tune(silence);
  expect(mean(model.losses(silence))).toBeLessThan(0.5);
});

test('chains know what is common and what follows what, and bear what is new', () => {
  const codes = Int32Array.from({ length: 3000 }, (_, at) => [0, 1, 2, 1][at % 4]!);
  const chain = new CodeChain(codes, 4).tune(codes);
  expect(mean(chain.singleLosses(codes)) / Math.LN2).toBeCloseTo(1.5, 2);
  // After 1 comes 0 or 2, after the others always 1.
  expect(mean(chain.pairLosses(codes)) / Math.LN2).toBeCloseTo(0.5, 1);
  const shares = [0, 1, 2, 3].map((code) => Math.exp(-chain.pairLosses(Int32Array.of(1, code))[0]!));
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  expect(shares[3]).toBeGreaterThan(0);
});
