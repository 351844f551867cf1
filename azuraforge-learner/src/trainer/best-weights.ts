import { noGrad } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { Module } from '../nn/module.ts';
import { assignState, readState } from '../nn/state.ts';
import type { TensorData } from '../nn/state.ts';

/** A copy of a model's state on its device. */
export class BestWeights {
  readonly #own: Record<string, Tensor>;
  #copies: Record<string, Tensor> = {};

  constructor(model: Module) {
    this.#own = model.stateDict();
  }

  save(): void {
    this.dispose();
    this.#copies = Object.fromEntries(
      Object.entries(this.#own).map(([name, tensor]) => [name, tensor.copy()]),
    );
  }

  /** Puts the saved weights back. False when none were saved. */
  restore(): boolean {
    noGrad(() => {
      for (const [name, copy] of Object.entries(this.#copies)) this.#own[name]!.assign(copy);
    });
    return Object.keys(this.#copies).length > 0;
  }

  /** What was saved; empty when nothing was. */
  async stateDict(): Promise<Record<string, TensorData>> {
    return readState(this.#copies);
  }

  /** Throws ModelFileError when the state does not fit the model. */
  loadStateDict(state: Readonly<Record<string, TensorData>>): void {
    this.dispose();
    if (Object.keys(state).length === 0) return;
    this.save();
    assignState(this.#copies, state);
  }

  dispose(): void {
    for (const copy of Object.values(this.#copies)) copy.dispose();
    this.#copies = {};
  }
}
