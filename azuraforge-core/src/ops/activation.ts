import type { Expression } from '../expression.ts';
import { binary, constant, input, scalar, select, unary } from '../expression.ts';
import type { Tensor } from '../tensor.ts';
import { simple, unaryOp } from './unary.ts';

const X = input(0);
const ZERO = constant(0);
const ONE = constant(1);
const HALF = constant(0.5);

export function tanh(x: Tensor): Tensor {
  return simple('tanh', x, (g, _, y) => binary('mul', g, binary('sub', ONE, binary('mul', y, y))), {
    save: 'output',
  });
}

export function sigmoid(x: Tensor): Tensor {
  return simple('sigmoid', x, (g, _, y) => binary('mul', g, binary('mul', y, binary('sub', ONE, y))), {
    save: 'output',
  });
}

export function relu(x: Tensor): Tensor {
  return unaryOp('relu', x, binary('maximum', X, ZERO), (g, _, y) => select(binary('le', y, ZERO), ZERO, g), {
    save: 'output',
    dtype: x.dtype,
  });
}

export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  const slope = scalar(0);
  return unaryOp(
    'leakyRelu',
    x,
    select(binary('gt', X, ZERO), X, binary('mul', X, slope)),
    (g, value) => select(binary('gt', value, ZERO), g, binary('mul', g, slope)),
    { scalars: [negativeSlope] },
  );
}

/** v times the scalar 0. */
function scaled(v: Expression): Expression {
  return binary('mul', v, scalar(0));
}

/** log(1 + exp(βx)) / β; linear where βx is above the threshold. */
export function softplus(x: Tensor, beta = 1, threshold = 20): Tensor {
  const isLinear = binary('gt', scaled(X), scalar(1));
  const curve = binary('div', unary('log1p', unary('exp', scaled(X))), scalar(0));
  return unaryOp(
    'softplus',
    x,
    select(isLinear, X, curve),
    (g, v) => select(binary('gt', scaled(v), scalar(1)), g, binary('mul', g, unary('sigmoid', scaled(v)))),
    { scalars: [beta, threshold] },
  );
}

/** x·σ(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return unaryOp('silu', x, binary('mul', X, unary('sigmoid', X)), (g, v) => {
    const gate = unary('sigmoid', v);
    const bend = binary('mul', v, binary('sub', ONE, gate));
    return binary('mul', g, binary('mul', gate, binary('add', ONE, bend)));
  });
}

/** x above 0, alpha·(exp(x) − 1) below. */
export function elu(x: Tensor, alpha = 1): Tensor {
  const below = binary('mul', scalar(0), binary('sub', unary('exp', X), ONE));
  return unaryOp(
    'elu',
    x,
    select(binary('le', X, ZERO), below, X),
    (g, v) => select(binary('le', v, ZERO), binary('mul', g, binary('mul', scalar(0), unary('exp', v))), g),
    { scalars: [alpha] },
  );
}

/** Φ(v), the normal distribution function. */
function normalCdf(v: Expression): Expression {
  return binary('mul', HALF, binary('add', ONE, unary('erf', binary('mul', v, constant(Math.SQRT1_2)))));
}

/** φ(v), the normal density. */
function normalPdf(v: Expression): Expression {
  const power = unary('exp', binary('mul', constant(-0.5), binary('mul', v, v)));
  return binary('mul', constant(1 / Math.sqrt(2 * Math.PI)), power);
}

const GELU_RATE = constant(Math.sqrt(2 / Math.PI));
const GELU_CUBIC = 0.044715;

/** tanh(√(2/π)·(v + 0.044715·v³)) */
function geluBend(v: Expression): Expression {
  const cubed = binary('mul', v, binary('mul', v, v));
  return unary(
    'tanh',
    binary('mul', GELU_RATE, binary('add', v, binary('mul', constant(GELU_CUBIC), cubed))),
  );
}

/** The Gaussian error linear unit, exact (`none`) or in its tanh form, as in torch. */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
  if (approximate === 'none') {
    return unaryOp('gelu', x, binary('mul', X, normalCdf(X)), (g, v) =>
      binary('mul', g, binary('add', normalCdf(v), binary('mul', v, normalPdf(v)))),
    );
  }
  return unaryOp(
    'gelu',
    x,
    binary('mul', binary('mul', HALF, X), binary('add', ONE, geluBend(X))),
    (g, v) => {
      const bend = geluBend(v);
      const growth = binary('add', ONE, binary('mul', constant(3 * GELU_CUBIC), binary('mul', v, v)));
      const slope = binary(
        'mul',
        binary('sub', ONE, binary('mul', bend, bend)),
        binary('mul', GELU_RATE, growth),
      );
      const curve = binary('mul', binary('mul', HALF, v), slope);
      return binary('mul', g, binary('add', binary('mul', HALF, binary('add', ONE, bend)), curve));
    },
  );
}
