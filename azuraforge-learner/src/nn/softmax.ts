import type { Shape, Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { sizeOf } from './shape.ts';

/** What both kinds of softmax share: the axis over which they normalize. */
abstract class AlongAxis extends Module {
  /** May count from the end. */
  readonly dim: number;
  readonly #name: string;

  constructor(name: string, { dim = -1 }: { dim?: number }) {
    super();
    if (!Number.isSafeInteger(dim)) {
      throw new ArgumentError(`${name}: dim is ${dim}; it must be a whole number.`);
    }
    this.dim = dim;
    this.#name = name;
  }

  override forward(input: Tensor): Tensor {
    if (this.dim >= input.ndim || this.dim < -input.ndim) {
      throw new ArgumentError(
        `${this.#name} works along the axis ${this.dim} and was given the shape [${input.shape.join(', ')}].`,
      );
    }
    return this.apply(input);
  }

  /** The largest number, the distances to it, exp, their sum, and the last step. */
  override flops(_input: Shape, output: Shape): number {
    return 5 * sizeOf(output);
  }

  override describe(): LayerDescription {
    return { type: this.#name, dim: this.dim };
  }

  protected abstract apply(input: Tensor): Tensor;
}

/** exp(x), divided so that the numbers along one axis (by default the last) sum to 1. */
export class Softmax extends AlongAxis {
  constructor(options: { dim?: number } = {}) {
    super('Softmax', options);
  }

  protected override apply(input: Tensor): Tensor {
    return input.softmax(this.dim);
  }
}

/** The logarithm of Softmax, without its loss of precision. */
export class LogSoftmax extends AlongAxis {
  constructor(options: { dim?: number } = {}) {
    super('LogSoftmax', options);
  }

  protected override apply(input: Tensor): Tensor {
    return input.logSoftmax(this.dim);
  }
}
