import { noGrad } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { Module } from '../nn/module.ts';

/** A copy of a model's weights on their device. */
export class BestWeights {
  readonly #parameters: Tensor[];
  #copies: Tensor[] = [];

  constructor(model: Module) {
    this.#parameters = model.parameters();
  }

  save(): void {
    this.dispose();
    this.#copies = noGrad(() => this.#parameters.map((parameter) => parameter.clone()));
  }

  /** Puts the saved weights back; nothing when none were saved. */
  restore(): void {
    noGrad(() => {
      for (const [index, copy] of this.#copies.entries()) this.#parameters[index]!.assign(copy);
    });
  }

  dispose(): void {
    for (const copy of this.#copies) copy.dispose();
    this.#copies = [];
  }
}
