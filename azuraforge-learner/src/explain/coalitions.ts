import type { Generator } from 'azuraforge-core';
import { sampleGenerator } from '../data/sample-generator.ts';

/** A set of features and all the others, by their places in `masks`. */
interface Pair {
  mask: number;
  complement: number;
  weight: number;
}

/** Sets of features that a sample keeps, each mask once: 1 where the feature is known. */
export interface Coalitions {
  masks: Uint8Array[];
  pairs: Pair[];
}

/** Every set but the empty and the full one, with the weights of the Shapley kernel. */
export function allCoalitions(features: number): Coalitions {
  const masks: Uint8Array[] = [];
  const pairs: Pair[] = [];
  // Sets without the last feature; their complements have it.
  for (let set = 1; set < 2 ** (features - 1); set += 1) {
    const mask = Uint8Array.from({ length: features }, (_, feature) => (set >> feature) & 1);
    const size = sizeOfSet(mask);
    masks.push(mask, complementOf(mask));
    pairs.push({
      mask: masks.length - 2,
      complement: masks.length - 1,
      weight: (features - 1) / (binomial(features, size) * size * (features - size)),
    });
  }
  return { masks, pairs };
}

/** `count` sets by chance as the Shapley kernel weighs them, each beside its complement (Covert & Lee, 2021). */
export function drawnCoalitions(features: number, count: number, seed: number): Coalitions {
  const masks: Uint8Array[] = [];
  const places = new Map<string, number>();
  const place = (mask: Uint8Array): number => {
    const key = mask.join('');
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, masks.length);
    return masks.push(mask) - 1;
  };
  const sizes = Array.from(
    { length: features - 1 },
    (_, index) => 1 / ((index + 1) * (features - index - 1)),
  );
  const pairs = Array.from({ length: count }, (_, index) => {
    const generator = sampleGenerator(seed, 0, index);
    const size = 1 + drawIndex(sizes, generator);
    const mask = new Uint8Array(features);
    for (const feature of generator.permutation(features).subarray(0, size)) mask[feature] = 1;
    return { mask: place(mask), complement: place(complementOf(mask)), weight: 1 };
  });
  return { masks, pairs };
}

const complementOf = (mask: Uint8Array): Uint8Array => mask.map((known) => 1 - known);

const sizeOfSet = (mask: Uint8Array): number => mask.reduce((sum, known) => sum + known, 0);

function binomial(of: number, taken: number): number {
  let ways = 1;
  for (let step = 1; step <= taken; step += 1) ways = (ways * (of - taken + step)) / step;
  return ways;
}

/** A place by chance, as often as its weight says. */
function drawIndex(weights: readonly number[], generator: Generator): number {
  let left = generator.random() * weights.reduce((sum, weight) => sum + weight, 0);
  const drawn = weights.findIndex((weight) => (left -= weight) < 0);
  return drawn < 0 ? weights.length - 1 : drawn;
}
