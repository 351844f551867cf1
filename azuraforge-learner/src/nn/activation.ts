import type { Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';

/** max(x, 0). */
export class ReLU extends Module {
  override forward(input: Tensor): Tensor {
    return input.relu();
  }

  override describe(): LayerDescription {
    return { type: 'ReLU' };
  }
}

/** Hyperbolic tangent; values from -1 to 1. */
export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    return input.tanh();
  }

  override describe(): LayerDescription {
    return { type: 'Tanh' };
  }
}

/** Logistic function; values from 0 to 1. */
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return input.sigmoid();
  }

  override describe(): LayerDescription {
    return { type: 'Sigmoid' };
  }
}

/** x · Φ(x) with the exact normal distribution function, as torch's default. */
export class GELU extends Module {
  override forward(input: Tensor): Tensor {
    return input.gelu();
  }

  override describe(): LayerDescription {
    return { type: 'GELU' };
  }
}

/** x above 0, `negativeSlope` · x below. */
export class LeakyReLU extends Module {
  readonly negativeSlope: number;

  constructor({ negativeSlope = 0.01 }: { negativeSlope?: number } = {}) {
    super();
    checkRange('negativeSlope', negativeSlope);
    this.negativeSlope = negativeSlope;
  }

  override forward(input: Tensor): Tensor {
    return input.leakyRelu(this.negativeSlope);
  }

  override describe(): LayerDescription {
    return { type: 'LeakyReLU', negativeSlope: this.negativeSlope };
  }
}
