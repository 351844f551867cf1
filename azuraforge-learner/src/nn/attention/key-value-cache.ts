import { concat, keep } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { Module } from '../module.ts';

interface Kept {
  keys: Tensor;
  values: Tensor;
}

/**
 * What layers of attention remember of the steps that went through a model, so that the next step costs one step's work
 * and not that of the whole sequence. For one run over one batch, in eval mode and without gradients.
 */
export class KeyValueCache {
  /** By layer; each is [batch, heads, steps, width of a head]. */
  readonly #kept = new Map<Module, Kept>();

  /** How many steps the layers remember. */
  get length(): number {
    const [first] = this.#kept.values();
    return first?.keys.shape[2] ?? 0;
  }

  /** Whether the layer has had steps. */
  knows(layer: Module): boolean {
    return this.#kept.has(layer);
  }

  /** Adds the steps of one layer and gives back all that it has had. The tensors stay the cache's own. */
  extend(layer: Module, keys: Tensor, values: Tensor): [keys: Tensor, values: Tensor] {
    const before = this.#kept.get(layer);
    const all = {
      keys: keep(before ? concat([before.keys, keys], 2) : keys.clone()),
      values: keep(before ? concat([before.values, values], 2) : values.clone()),
    };
    before?.keys.dispose();
    before?.values.dispose();
    this.#kept.set(layer, all);
    return [all.keys, all.values];
  }

  /** Forgets everything; the cache can be used again. */
  dispose(): void {
    for (const { keys, values } of this.#kept.values()) {
      keys.dispose();
      values.dispose();
    }
    this.#kept.clear();
  }
}
