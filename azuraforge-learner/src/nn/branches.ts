import type { Tensor } from 'azuraforge-core';
import { concat, tidy } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { Module } from './module.ts';
import type { LayerDescription, Named } from './module.ts';
import { namedLayers } from './named-layers.ts';

/**
 * Layers beside each other, one for each input, whose outputs [batch, width] are joined: [batch, sum of the widths].
 * `new Branches({ text, image }).forward(words, pixels)` gives the first input to `text` and the second to `image`.
 */
export class Branches extends Module {
  readonly #branches: Named<Module>[];

  constructor(branches: readonly Module[] | Readonly<Record<string, Module>>) {
    super();
    this.#branches = namedLayers('Branches', branches);
  }

  /** Throws ArgumentError unless there is an input for each branch, and an output [batch, width] from each. */
  override forward(...inputs: Tensor[]): Tensor {
    if (inputs.length !== this.#branches.length) {
      const names = this.#branches.map(([name]) => name).join(', ');
      throw new ArgumentError(`Branches takes an input for each of ${names} and was given ${inputs.length}.`);
    }
    return tidy(() => {
      const outputs = this.#branches.map(([, branch], place) => branch.forward(inputs[place]!));
      const wrong = outputs.findIndex(({ ndim }) => ndim !== 2);
      if (wrong >= 0) {
        throw new ArgumentError(
          `Branches joins outputs [batch, width], but ${this.#branches[wrong]![0]} gave the shape [${outputs[wrong]!.shape.join(', ')}]; end it with a Flatten.`,
        );
      }
      return concat(outputs, 1);
    });
  }

  override children(): Named<Module>[] {
    return [...this.#branches];
  }

  override describe(): LayerDescription {
    return {
      type: 'Branches',
      branches: this.#branches.map(([name, layer]) => ({ name, layer: layer.describe() })),
    };
  }
}
