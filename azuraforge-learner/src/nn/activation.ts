import { full } from 'azuraforge-core';
import type { Shape, Tensor } from 'azuraforge-core';
import { checkCount, checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { sizeOf } from './shape.ts';

/** A function of each element by itself. */
abstract class Elementwise extends Module {
  override flops(_input: Shape, output: Shape): number {
    return sizeOf(output);
  }
}

/** max(x, 0). */
export class ReLU extends Elementwise {
  override forward(input: Tensor): Tensor {
    return input.relu();
  }

  override describe(): LayerDescription {
    return { type: 'ReLU' };
  }
}

/** Hyperbolic tangent; values from -1 to 1. */
export class Tanh extends Elementwise {
  override forward(input: Tensor): Tensor {
    return input.tanh();
  }

  override describe(): LayerDescription {
    return { type: 'Tanh' };
  }
}

/** Logistic function; values from 0 to 1. */
export class Sigmoid extends Elementwise {
  override forward(input: Tensor): Tensor {
    return input.sigmoid();
  }

  override describe(): LayerDescription {
    return { type: 'Sigmoid' };
  }
}

/** x · Φ(x), with the exact normal distribution function (`none`, the default) or by its approximation with tanh. */
export class GELU extends Elementwise {
  readonly approximate: 'none' | 'tanh';

  constructor({ approximate = 'none' }: { approximate?: 'none' | 'tanh' } = {}) {
    super();
    if (approximate !== 'none' && approximate !== 'tanh') {
      throw new ArgumentError(`GELU: approximate is "${String(approximate)}"; it must be "none" or "tanh".`);
    }
    this.approximate = approximate;
  }

  override forward(input: Tensor): Tensor {
    return input.gelu(this.approximate);
  }

  override describe(): LayerDescription {
    return { type: 'GELU', approximate: this.approximate };
  }
}

/** x above 0, `negativeSlope` · x below. */
export class LeakyReLU extends Elementwise {
  readonly negativeSlope: number;

  constructor({ negativeSlope = 0.01 }: { negativeSlope?: number } = {}) {
    super();
    checkRange('LeakyReLU: negativeSlope', negativeSlope);
    this.negativeSlope = negativeSlope;
  }

  override forward(input: Tensor): Tensor {
    return input.leakyRelu(this.negativeSlope);
  }

  override describe(): LayerDescription {
    return { type: 'LeakyReLU', negativeSlope: this.negativeSlope };
  }
}

/** x above 0, `weight` · x below, where the weight is learned: one for all or one for each channel (axis 1). */
export class PReLU extends Elementwise {
  readonly numParameters: number;
  readonly init: number;
  readonly weight: Tensor;

  constructor({ numParameters = 1, init = 0.25 }: { numParameters?: number; init?: number } = {}) {
    super();
    checkCount('PReLU: numParameters', numParameters);
    checkRange('PReLU: init', init);
    this.numParameters = numParameters;
    this.init = init;
    this.weight = this.registerParameter('weight', full([numParameters], init, { requiresGrad: true }));
  }

  override forward(input: Tensor): Tensor {
    const { numParameters } = this;
    if (numParameters > 1 && input.shape[1] !== numParameters) {
      throw new ArgumentError(
        `PReLU takes [batch, ${numParameters}, ...] and was given the shape [${input.shape.join(', ')}].`,
      );
    }
    const perChannel = [numParameters, ...input.shape.slice(2).map(() => 1)];
    const slope = numParameters === 1 ? this.weight : this.weight.reshape(perChannel);
    return input.relu().sub(input.neg().relu().mul(slope));
  }

  override describe(): LayerDescription {
    return { type: 'PReLU', numParameters: this.numParameters, init: this.init };
  }
}

/** x above 0, alpha · (exp(x) − 1) below. */
export class ELU extends Elementwise {
  readonly alpha: number;

  constructor({ alpha = 1 }: { alpha?: number } = {}) {
    super();
    checkRange('ELU: alpha', alpha);
    this.alpha = alpha;
  }

  override forward(input: Tensor): Tensor {
    return input.elu(this.alpha);
  }

  override describe(): LayerDescription {
    return { type: 'ELU', alpha: this.alpha };
  }
}

/** The two constants of self-normalizing networks (Klambauer et al., 2017). */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** ELU with the constants that keep mean 0 and variance 1 from layer to layer. */
export class SELU extends Elementwise {
  override forward(input: Tensor): Tensor {
    return input.elu(SELU_ALPHA).mul(SELU_SCALE);
  }

  override describe(): LayerDescription {
    return { type: 'SELU' };
  }
}

/** x · σ(x), also called swish. */
export class SiLU extends Elementwise {
  override forward(input: Tensor): Tensor {
    return input.silu();
  }

  override describe(): LayerDescription {
    return { type: 'SiLU' };
  }
}

/** x · tanh(softplus(x)). */
export class Mish extends Elementwise {
  override forward(input: Tensor): Tensor {
    return input.softplus().tanh().mul(input);
  }

  override describe(): LayerDescription {
    return { type: 'Mish' };
  }
}

/** log(1 + exp(beta · x)) / beta, a smooth ReLU; linear where beta · x is above the threshold. */
export class Softplus extends Elementwise {
  readonly beta: number;
  readonly threshold: number;

  constructor({ beta = 1, threshold = 20 }: { beta?: number; threshold?: number } = {}) {
    super();
    checkRange('Softplus: beta', beta, { above: 0 });
    checkRange('Softplus: threshold', threshold);
    this.beta = beta;
    this.threshold = threshold;
  }

  override forward(input: Tensor): Tensor {
    return input.softplus(this.beta, this.threshold);
  }

  override describe(): LayerDescription {
    return { type: 'Softplus', beta: this.beta, threshold: this.threshold };
  }
}

/** x / (1 + |x|). */
export class Softsign extends Elementwise {
  override forward(input: Tensor): Tensor {
    return input.div(input.abs().add(1));
  }

  override describe(): LayerDescription {
    return { type: 'Softsign' };
  }
}

/** log(σ(x)). */
export class LogSigmoid extends Elementwise {
  override forward(input: Tensor): Tensor {
    return input.neg().softplus().neg();
  }

  override describe(): LayerDescription {
    return { type: 'LogSigmoid' };
  }
}

/** x cut to a range, by default −1 to 1. */
export class Hardtanh extends Elementwise {
  readonly minVal: number;
  readonly maxVal: number;

  constructor({ minVal = -1, maxVal = 1 }: { minVal?: number; maxVal?: number } = {}) {
    super();
    checkRange('Hardtanh: maxVal', maxVal, { above: minVal });
    checkRange('Hardtanh: minVal', minVal);
    this.minVal = minVal;
    this.maxVal = maxVal;
  }

  override forward(input: Tensor): Tensor {
    return input.clamp(this.minVal, this.maxVal);
  }

  override describe(): LayerDescription {
    return { type: 'Hardtanh', minVal: this.minVal, maxVal: this.maxVal };
  }
}

/** x cut to the range 0 to 6. */
export class ReLU6 extends Elementwise {
  override forward(input: Tensor): Tensor {
    return input.clamp(0, 6);
  }

  override describe(): LayerDescription {
    return { type: 'ReLU6' };
  }
}

/** A sigmoid of three straight lines: x / 6 + 1/2, cut to 0 to 1. */
export class Hardsigmoid extends Elementwise {
  override forward(input: Tensor): Tensor {
    return input.add(3).clamp(0, 6).div(6);
  }

  override describe(): LayerDescription {
    return { type: 'Hardsigmoid' };
  }
}

/** x times the Hardsigmoid of x. */
export class Hardswish extends Elementwise {
  override forward(input: Tensor): Tensor {
    return input.add(3).clamp(0, 6).div(6).mul(input);
  }

  override describe(): LayerDescription {
    return { type: 'Hardswish' };
  }
}

/** Passes its input through: the place of a layer that may be there or not. */
export class Identity extends Module {
  override forward(input: Tensor): Tensor {
    return input;
  }

  override describe(): LayerDescription {
    return { type: 'Identity' };
  }
}
