import { checkCount } from '../argument.ts';
import { sampleGenerator } from '../data/sample-generator.ts';
import { ArgumentError, DataError } from '../error.ts';
import type { ExplainOptions, Predictor } from '../explain.ts';
import { sizeOf } from '../nn/shape.ts';
import type { Values } from '../trainer/dataset.ts';
import type { FeatureGroups, Features } from './features.ts';
import { groupsFor } from './features.ts';
import type { Rows } from './inquiry.ts';
import { Inquiry, rowsOf } from './inquiry.ts';
import { checkValues } from './sample.ts';

export interface PermutationOptions extends ExplainOptions {
  /** How well predictions fit: all outputs of the model, samples in the order of the inputs. */
  score: (predicted: Values) => number;
  /** Whether a low score is good, as of an error, or a high one, as of accuracy. Default `lower`. */
  better?: 'lower' | 'higher';
  /** Shuffles of each feature. Default 5. */
  repeats?: number;
  /** Default: one feature for each place on the last axis of a sample. */
  features?: Features;
  /** Default 0. */
  seed?: number;
}

export interface FeatureImportance {
  name: string;
  /** How much worse the score becomes, on average; about 0 for a feature that the model does not use. */
  mean: number;
  /** Of the single shuffles. */
  standardDeviation: number;
  /** How much worse each shuffle made the score. */
  values: number[];
}

export interface PermutationImportance {
  /** The score of the data as they are. */
  score: number;
  better: 'lower' | 'higher';
  /** In the order of the features. */
  features: FeatureImportance[];
}

/**
 * How much a model's score worsens when one feature is exchanged between the samples, so that it no longer belongs to
 * the rest: what the model relies on, in the unit of the score, on data that it was not trained on. Of features that say
 * the same, each looks unimportant, because the other is still there; give them as one group. A window's feature moves
 * with all its steps.
 *
 * Costs 1 + features × repeats passes over `inputs` `[samples, …]`. Repeatable for a seed, whatever the batch size.
 * Breiman, "Random forests" (2001); Fisher, Rudin & Dominici, "All models are wrong, but many are useful" (2019).
 */
export async function permutationImportance(
  model: Predictor,
  inputs: Values,
  { score, better = 'lower', repeats = 5, features, seed = 0, ...options }: PermutationOptions,
): Promise<PermutationImportance> {
  const method = 'permutationImportance';
  checkValues(`${method}: inputs`, inputs);
  checkCount(`${method}: repeats`, repeats);
  const [count = 0, ...shape] = inputs.shape;
  if (count < 2) {
    throw new DataError(`${method}: one sample has no other to exchange features with; give at least 2.`);
  }
  const groups = groupsFor(shape, features);
  const inquiry = new Inquiry(method, count * (1 + groups.names.length * repeats), options);
  const scoreOf = async (rows: Rows): Promise<number> => {
    const found = score(await inquiry.outputs(model, rows));
    if (Number.isFinite(found)) return found;
    throw new ArgumentError(`${method}: score() gave ${found}; it must give a finite number.`);
  };
  const base = await scoreOf(rowsOf(inputs));
  const found: FeatureImportance[] = [];
  for (const [feature, name] of groups.names.entries()) {
    const values: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const order = sampleGenerator(seed, repeat, feature).permutation(count);
      const shuffled = await scoreOf(shuffledRows(inputs, groups, feature, order));
      values.push(better === 'lower' ? shuffled - base : base - shuffled);
    }
    found.push({ name, ...spread(values), values });
  }
  return { score: base, better, features: found };
}

/** The samples as they are, but for one feature, which each takes from the sample that `order` names. */
function shuffledRows(inputs: Values, { groupOf }: FeatureGroups, feature: number, order: Int32Array): Rows {
  const rows = rowsOf(inputs);
  const size = sizeOf(rows.shape);
  const places = groupOf.flatMap((group, at) => (group === feature ? [at] : []));
  return {
    ...rows,
    write: (index, into) => {
      rows.write(index, into);
      for (const at of places) into[at] = inputs.data[order[index]! * size + at]!;
    },
  };
}

function spread(values: readonly number[]): { mean: number; standardDeviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardDeviation: Math.sqrt(squares / values.length) };
}
