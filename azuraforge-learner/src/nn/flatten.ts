import type { Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { sizeOf } from './shape.ts';

/** Makes one axis of several, by default of all but the batch: [batch, a, b, …] → [batch, a · b · …]. */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor({ startDim = 1, endDim = -1 }: { startDim?: number; endDim?: number } = {}) {
    super();
    for (const [name, value] of Object.entries({ startDim, endDim })) {
      if (!Number.isSafeInteger(value)) {
        throw new ArgumentError(`Flatten: ${name} is ${value}; it must be a whole number.`);
      }
    }
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(input: Tensor): Tensor {
    const { shape, ndim } = input;
    const [start, end] = [this.startDim, this.endDim].map((dim) => (dim < 0 ? dim + ndim : dim));
    if (start! < 0 || end! >= ndim || start! > end!) {
      throw new ArgumentError(
        `Flatten joins the axes ${this.startDim} to ${this.endDim} and was given the shape [${shape.join(', ')}].`,
      );
    }
    const joined = sizeOf(shape.slice(start, end! + 1));
    return input.reshape([...shape.slice(0, start), joined, ...shape.slice(end! + 1)]);
  }

  override describe(): LayerDescription {
    return { type: 'Flatten', startDim: this.startDim, endDim: this.endDim };
  }
}
