import type { Tensor } from 'azuraforge-core';
import { crossEntropyLoss, fromTypedArray, tidy } from 'azuraforge-core';
import type { LayerDescription } from '../nn/module.ts';
import { Module } from '../nn/module.ts';
import type { InputSource } from '../trainer/dataset.ts';

/**
 * What a language model loses on each token of windows, in nats: [batch, window + 1] → [batch, window]. Stands between
 * the model and its evaluation, for the scores of all tokens would be many.
 */
export class TokenJudge extends Module {
  readonly model: Module;

  constructor(model: Module) {
    super();
    this.model = model;
  }

  override forward(windows: Tensor): Tensor {
    const [batch, tokens] = windows.shape as [number, number];
    return tidy(() => {
      const logits = this.model.forward(windows.narrow(1, 0, tokens - 1));
      const next = windows.narrow(1, 1, tokens - 1).reshape([-1]);
      const losses = crossEntropyLoss(logits.reshape([next.size, -1]), next, { reduction: 'none' });
      return losses.reshape([batch, tokens - 1]);
    });
  }

  override describe(): LayerDescription {
    return { type: 'TokenJudge', model: this.model.describe() };
  }
}

/** Windows that follow each other, each with the token after it, so that every token but the first is judged once. */
export class JudgedWindows implements InputSource {
  readonly length: number;
  readonly #tokens: Int32Array;
  readonly #window: number;

  constructor(tokens: Int32Array, window: number) {
    this.length = Math.floor((tokens.length - 1) / window);
    this.#tokens = tokens;
    this.#window = window;
  }

  batch(indices: Uint32Array): { input: Tensor } {
    const width = this.#window + 1;
    const input = new Int32Array(indices.length * width);
    for (const [position, index] of indices.entries()) {
      const start = index * this.#window;
      input.set(this.#tokens.subarray(start, start + width), position * width);
    }
    return { input: fromTypedArray(input, [indices.length, width]) };
  }
}
