import type { Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { Module } from './module.ts';
import type { LayerDescription, Named } from './module.ts';

/**
 * Layers one after the other. A list names them `0`, `1`, …; an object by its keys:
 * `new Sequential({ lstm: new LSTM(3, 32), last: new LastStep(), head: new Linear(32, 1) })`.
 */
export class Sequential extends Module {
  readonly #layers: Named<Module>[];

  constructor(layers: readonly Module[] | Readonly<Record<string, Module>>) {
    super();
    this.#layers = Object.entries(layers);
    if (this.#layers.length === 0) throw new ArgumentError('Sequential needs at least one layer.');
    const wrong = this.#layers.find(([name]) => !/^\w+$/.test(name));
    if (wrong) {
      throw new ArgumentError(
        `Sequential: the name "${wrong[0]}" may hold only letters, digits and underscores.`,
      );
    }
  }

  override forward(input: Tensor): Tensor {
    return this.#layers.reduce((values, [, layer]) => layer.forward(values), input);
  }

  override children(): Named<Module>[] {
    return [...this.#layers];
  }

  override describe(): LayerDescription {
    return {
      type: 'Sequential',
      layers: this.#layers.map(([name, layer]) => ({ name, layer: layer.describe() })),
    };
  }
}
