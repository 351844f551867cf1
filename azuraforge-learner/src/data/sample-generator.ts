import { Generator } from 'azuraforge-core';

/** More samples than this share their numbers with those of the next epoch. */
const SAMPLES = 2 ** 25;
/** Far from the streams that a trainer draws from the same seed. */
const START = 2 ** 52;

/**
 * The generator of one sample in one epoch. It depends on these three numbers alone, so that a sample is changed the same
 * way whatever batch, order or thread it is drawn in.
 */
export function sampleGenerator(seed: number, epoch: number, index: number): Generator {
  const parent = new Generator(seed);
  parent.state = { seed, offset: START + 2 * (SAMPLES * (epoch % SAMPLES) + (index % SAMPLES)) };
  return new Generator(parent.random() * 2 ** 48 + parent.random() * 2 ** 24);
}

/** A number from `low` up to but not including `high`. */
export function uniform(generator: Generator, low: number, high: number): number {
  return low + (high - low) * generator.random();
}

/** A number of the normal distribution with mean 0 and deviation 1 (Box-Muller). */
export function normal(generator: Generator): number {
  const radius = Math.sqrt(-2 * Math.log(1 - generator.random()));
  return radius * Math.cos(2 * Math.PI * generator.random());
}
