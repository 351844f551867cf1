import type { Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';

/** The last step of a sequence: [batch, time, features] → [batch, features]. Joins an LSTM to a Linear. */
export class LastStep extends Module {
  override forward(input: Tensor): Tensor {
    if (input.shape.length !== 3) {
      throw new ArgumentError(
        `LastStep takes [batch, time, features] and was given the shape [${input.shape.join(', ')}].`,
      );
    }
    return input.select(1, -1);
  }

  override describe(): LayerDescription {
    return { type: 'LastStep' };
  }
}
