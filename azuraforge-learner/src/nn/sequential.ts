import type { Tensor } from 'azuraforge-core';
import { Module } from './module.ts';
import type { LayerDescription, Named } from './module.ts';
import { namedLayers } from './named-layers.ts';

/**
 * Layers one after the other. A list names them `0`, `1`, …; an object by its keys:
 * `new Sequential({ lstm: new LSTM(3, 32), last: new LastStep(), head: new Linear(32, 1) })`.
 */
export class Sequential extends Module {
  readonly #layers: Named<Module>[];

  constructor(layers: readonly Module[] | Readonly<Record<string, Module>>) {
    super();
    this.#layers = namedLayers('Sequential', layers);
  }

  /** Further inputs go to the first layer. */
  override forward(input: Tensor, ...more: never[]): Tensor {
    const [[, first], ...rest] = this.#layers as [Named<Module>, ...Named<Module>[]];
    return rest.reduce((values, [, layer]) => layer.forward(values), first.forward(input, ...more));
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
