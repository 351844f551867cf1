import type { Tensor } from 'azuraforge-core';
import type { Dropout } from '../dropout.ts';
import type { Module, Named } from '../module.ts';
import type { LayerNorm } from '../normalization.ts';
import type { CompleteLayerOptions, FeedForward } from './feed-forward.ts';

/** What stands around each part of a transformer layer. */
interface Surroundings {
  readonly options: CompleteLayerOptions;
  readonly norms: readonly LayerNorm[];
  readonly drops: readonly Dropout[];
}

/** Puts values through each part in turn, with its norm, its dropout and a residual connection. */
export function addParts(
  input: Tensor,
  parts: readonly ((values: Tensor) => Tensor)[],
  { norms, drops, options }: Surroundings,
): Tensor {
  return parts.reduce((values, part, index) => {
    const [norm, drop] = [norms[index]!, drops[index]!];
    if (options.normFirst) return values.add(drop.forward(part(norm.forward(values))));
    return norm.forward(values.add(drop.forward(part(values))));
  }, input);
}

/** The layers inside a transformer layer by torch's names, its attentions first. */
export function namedParts(
  attentions: Named<Module>[],
  { linear1, dropout, linear2 }: FeedForward,
  { norms, drops }: Surroundings,
): Named<Module>[] {
  return [
    ...attentions,
    ['linear1', linear1],
    ['dropout', dropout],
    ['linear2', linear2],
    ...norms.map((norm, index): Named<Module> => [`norm${index + 1}`, norm]),
    ...drops.map((drop, index): Named<Module> => [`dropout${index + 1}`, drop]),
  ];
}
