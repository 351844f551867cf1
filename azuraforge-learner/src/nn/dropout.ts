import { dropout } from 'azuraforge-core';
import type { Generator, Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';

/**
 * While training, sets each value to 0 with the given probability and scales the others by 1 / (1 − probability); in
 * eval mode passes everything through. A Trainer hands its own generator to it.
 */
export class Dropout extends Module {
  readonly probability: number;
  #generator: Generator | undefined;

  constructor(probability = 0.5, { generator }: { generator?: Generator } = {}) {
    super();
    checkRange('Dropout: probability', probability, { minimum: 0, below: 1 });
    this.probability = probability;
    this.#generator = generator;
  }

  override forward(input: Tensor): Tensor {
    if (!this.training || this.probability === 0) return input;
    return dropout(input, this.probability, { generator: this.#generator });
  }

  override useGenerator(generator: Generator): void {
    this.#generator = generator;
  }

  override describe(): LayerDescription {
    return { type: 'Dropout', probability: this.probability };
  }
}
