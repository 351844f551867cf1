import { noGrad } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { Module } from '../nn/module.ts';

/** A copy of a model's weights and buffers on their device. */
export class BestWeights {
  readonly #tensors: Tensor[];
  #copies: Tensor[] = [];

  constructor(model: Module) {
    this.#tensors = Object.values(model.stateDict());
  }

  save(): void {
    this.dispose();
    this.#copies = noGrad(() => this.#tensors.map((tensor) => tensor.clone()));
  }

  /** Puts the saved weights back; nothing when none were saved. */
  restore(): void {
    noGrad(() => {
      for (const [index, copy] of this.#copies.entries()) this.#tensors[index]!.assign(copy);
    });
  }

  dispose(): void {
    for (const copy of this.#copies) copy.dispose();
    this.#copies = [];
  }
}
