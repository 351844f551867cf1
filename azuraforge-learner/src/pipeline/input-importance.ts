import type { Tensor } from 'azuraforge-core';
import type { FeatureGroups } from '../explain/features.ts';
import { permutationImportance } from '../explain/permutation-importance.ts';
import type { LocalizedText } from '../report.ts';
import type { Importance } from '../report/importance.ts';
import type { Dataset, Values } from '../trainer/dataset.ts';
import { valuesOf } from '../trainer/dataset.ts';
import type { Tested } from './learning-pipeline.ts';

/** Test samples that are asked again for each shuffle; more would change the bars little. */
const MOST_SAMPLES = 256;

/** Shuffles of each input. */
const REPEATS = 3;

/** The inputs of a model as people know them. */
export interface KnownInputs extends FeatureGroups {
  titles: readonly LocalizedText[];
}

/**
 * What a model relies on in its test part; null where that is one sample. `errorOf` says how far the predictions for the
 * test samples `chosen` are off. Ends with CancelledError when the signal aborts.
 */
export async function inputImportance(
  { model, signal }: Tested,
  test: Dataset<Tensor>,
  { titles, ...features }: KnownInputs,
  errorOf: (predicted: Values, actual: Values, chosen: Uint32Array) => number,
): Promise<Importance | null> {
  if (test.length < 2) return null;
  const samples = Math.min(MOST_SAMPLES, test.length);
  const chosen = Uint32Array.from({ length: samples }, (_, index) =>
    Math.floor((index * test.length) / samples),
  );
  const { input, target } = test.batch(chosen);
  try {
    const actual = await valuesOf(target);
    const found = await permutationImportance(model, await valuesOf(input), {
      score: (predicted) => errorOf(predicted, actual, chosen),
      features,
      repeats: REPEATS,
      signal,
    });
    return { found, titles, samples };
  } finally {
    input.dispose();
    target.dispose();
  }
}
