import { expect, test } from '@jest/globals';
import { decodeMuLaw, encodeMuLaw, muLawEdges } from '../../src/data/mu-law.ts';
import { decodeWav } from '../../src/data/wav-decoder.ts';
import { encodeWav } from '../../src/data/wav-encoder.ts';

test('codes are those of the formula, finer near 0', () => {
  expect([...encodeMuLaw([-1, -0.5, -0.01, 0, 0.01, 0.5, 1])]).toEqual([0, 16, 98, 128, 157, 239, 255]);
  expect([...encodeMuLaw([-7, 7])]).toEqual([0, 255]);
});

test('every code comes back from its sample', () => {
  const codes = Int32Array.from({ length: 256 }, (_, code) => code);
  expect(encodeMuLaw(decodeMuLaw(codes))).toEqual(codes);
});

test('samples lie between the edges of their codes', () => {
  const edges = muLawEdges();
  const samples = Array.from({ length: 400 }, (_, index) => (index - 200) / 200);
  for (const [index, code] of encodeMuLaw(samples).entries()) {
    expect(samples[index]).toBeGreaterThanOrEqual(edges[code]!);
    expect(samples[index]).toBeLessThanOrEqual(edges[code + 1]!);
  }
});

test('a WAV file that was written is read again', () => {
  const samples = Float32Array.of(0, 0.25, -0.5, 1, -1, 1.5);
  const { sampleRate, channels } = decodeWav(encodeWav(samples, 8000));
  expect(sampleRate).toBe(8000);
  const worst = channels[0]!.map((sample, index) => Math.abs(sample - Math.min(1, samples[index]!)));
  expect(Math.max(...worst)).toBeLessThan(1e-4);
});
