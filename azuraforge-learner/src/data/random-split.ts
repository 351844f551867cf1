import type { Generator } from 'azuraforge-core';
import { ArgumentError, DataError } from '../error.ts';

/** Which samples belong to which part: each sample to one of them, in rising order. */
export interface IndexSplit {
  train: Uint32Array;
  validation: Uint32Array;
  test: Uint32Array;
}

/** Shares of all samples, rounded to whole ones; the rest trains. 0 leaves a part empty. */
export interface SplitFractions {
  validation: number;
  test: number;
}

/**
 * A split by chance, for samples that do not depend on each other; series need `chronologicalSplit`.
 * The same generator state gives the same split. Throws DataError where a part that was asked for would be empty.
 */
export function randomSplit(count: number, fractions: SplitFractions, generator: Generator): IndexSplit {
  const sizes = partSizes(count, fractions);
  const order = Uint32Array.from(generator.permutation(count));
  return {
    test: order.slice(0, sizes.test).sort(),
    validation: order.slice(sizes.test, sizes.test + sizes.validation).sort(),
    train: order.slice(sizes.test + sizes.validation).sort(),
  };
}

/**
 * A split by chance in which each class has its share of each part, to within one sample. `labels` has one for each
 * sample. Throws DataError for one class only, and for a class too small to leave a sample for training.
 */
export function stratifiedSplit(
  labels: ArrayLike<number | string>,
  fractions: SplitFractions,
  generator: Generator,
): IndexSplit {
  const sizes = partSizes(labels.length, fractions);
  const members = membersByClass(labels, generator);
  if (members.size < 2) {
    throw new DataError(
      `stratifiedSplit() needs at least two classes, but all ${labels.length} labels are ${JSON.stringify(labels[0])}. Use randomSplit().`,
    );
  }
  const counts = [...members.values()].map((indices) => indices.length);
  // Ties between equal remainders fall by chance, or the first classes would always gain.
  const order = generator.permutation(counts.length);
  const test = shareOut(sizes.test, counts, order);
  const validation = shareOut(sizes.validation, counts, order.toReversed());
  const parts = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  for (const [position, [label, indices]] of [...members].entries()) {
    const held = test[position]! + validation[position]!;
    if (held >= indices.length) {
      throw new DataError(
        `Class ${JSON.stringify(label)} has ${indices.length} of ${labels.length} samples, too few to be in each part. Give it more samples, remove the class, or lower the fractions.`,
      );
    }
    for (const [place, index] of indices.entries()) {
      const part = place < test[position]! ? parts.test : place < held ? parts.validation : parts.train;
      part.push(index);
    }
  }
  return {
    train: Uint32Array.from(parts.train).sort(),
    validation: Uint32Array.from(parts.validation).sort(),
    test: Uint32Array.from(parts.test).sort(),
  };
}

function partSizes(
  count: number,
  { validation, test }: SplitFractions,
): { validation: number; test: number } {
  for (const [name, fraction] of Object.entries({ validation, test })) {
    if (!(fraction >= 0 && fraction < 1)) {
      throw new ArgumentError(`The fraction for ${name} is ${fraction}; it must be at least 0 and below 1.`);
    }
  }
  const sizes = { validation: Math.round(count * validation), test: Math.round(count * test) };
  const train = count - sizes.validation - sizes.test;
  const parts = { train: [1, train], validation: [validation, sizes.validation], test: [test, sizes.test] };
  for (const [name, [fraction, size]] of Object.entries(parts)) {
    if (fraction! > 0 && size! < 1) {
      throw new DataError(
        `Of ${count} samples none is left for the ${name} part (validation ${validation}, test ${test}). Give more samples or change the fractions.`,
      );
    }
  }
  return sizes;
}

function membersByClass(
  labels: ArrayLike<number | string>,
  generator: Generator,
): Map<number | string, number[]> {
  const members = new Map<number | string, number[]>();
  for (const index of generator.permutation(labels.length)) {
    const label = labels[index]!;
    const indices = members.get(label);
    if (indices) indices.push(index);
    else members.set(label, [index]);
  }
  return members;
}

/** Whole numbers that sum to `total` in proportion to `counts` (largest remainders; `order` decides between equal ones). */
function shareOut(total: number, counts: readonly number[], order: Int32Array): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const quotas = counts.map((count) => (total * count) / all);
  const shares = quotas.map((quota) => Math.floor(quota));
  const left = total - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = Array.from(order).sort((a, b) => quotas[b]! - shares[b]! - (quotas[a]! - shares[a]!));
  for (const position of byRemainder.slice(0, left)) shares[position]! += 1;
  return shares;
}
