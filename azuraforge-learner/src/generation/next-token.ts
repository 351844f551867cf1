import type { Generator } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';

/** How freely the next token is chosen. */
export interface SamplingOptions {
  /** Below 1 likely tokens gain, above 1 unlikely ones; 0 always takes the likeliest. Default 1. */
  temperature?: number;
  /** Only so many of the likeliest tokens; 0 for all. Default 0. */
  topK?: number;
  /** Only the likeliest tokens that together reach this probability, at least one. Default 1: all. */
  topP?: number;
}

/** Throws ArgumentError for an option out of range. */
export function checkSampling({ temperature = 1, topK = 0, topP = 1 }: SamplingOptions): void {
  checkRange('temperature', temperature, { minimum: 0 });
  checkRange('topP', topP, { above: 0, maximum: 1 });
  if (Number.isSafeInteger(topK) && topK >= 0) return;
  throw new ArgumentError(`topK is ${topK}; it must be a whole number from 0 up.`);
}

/**
 * Probabilities from logits: first the temperature, then the `topK` likeliest, then of these the likeliest that reach
 * `topP` (Holtzman et al., 2020). Of equally likely tokens the ones with lower numbers stay.
 */
export function tokenProbabilities(
  logits: ArrayLike<number>,
  { temperature = 1, topK = 0, topP = 1 }: SamplingOptions = {},
): Float64Array {
  const order = Array.from({ length: logits.length }, (_, token) => token).sort(
    (a, b) => logits[b]! - logits[a]! || a - b,
  );
  const few = temperature === 0 ? 1 : topK === 0 ? order.length : topK;
  const candidates = order.slice(0, few);
  const highest = logits[candidates[0]!]!;
  const powers = candidates.map((token) => Math.exp((logits[token]! - highest) / (temperature || 1)));
  const sum = total(powers);
  let reached = 0;
  const chosen = powers.filter((power) => {
    const stays = reached < topP * sum;
    reached += power;
    return stays;
  });
  const probabilities = new Float64Array(logits.length);
  const kept = total(chosen);
  for (const [place, power] of chosen.entries()) probabilities[candidates[place]!] = power / kept;
  return probabilities;
}

/** A token drawn with these probabilities. */
export function drawToken(probabilities: Float64Array, generator: Generator): number {
  let left = generator.random();
  let last = 0;
  for (const [token, probability] of probabilities.entries()) {
    if (probability === 0) continue;
    last = token;
    left -= probability;
    if (left < 0) break;
  }
  return last;
}

function total(powers: readonly number[]): number {
  return powers.reduce((sum, power) => sum + power, 0);
}
