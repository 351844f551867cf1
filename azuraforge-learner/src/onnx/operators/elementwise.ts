import { maximum, minimum } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { operator } from '../operator.ts';
import type { Operator, Operators } from '../operator.ts';
import { READABLE_TYPES, isFloatType, isWholeType } from '../tensor-proto.ts';

/** TensorProto's number of the type. */
const BOOL = 9;
const SELU = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 };

const unary = (apply: (input: Tensor) => Tensor): Operator =>
  operator([], (operands) => apply(operands.tensor(0)));

const binary = (apply: (one: Tensor, other: Tensor) => Tensor): Operator =>
  operator([], (operands) => apply(operands.tensor(0), operands.tensor(1)));

/** Of one input or more. */
const folded = (apply: (one: Tensor, other: Tensor) => Tensor): Operator =>
  operator([], (operands) => operands.tensors().reduce(apply));

export const elementwiseOperators: Operators = {
  Abs: unary((x) => x.abs()),
  Exp: unary((x) => x.exp()),
  Identity: unary((x) => x),
  Dropout: operator(['seed'], (operands, node) => {
    if (operands.number(2, 0) === 0) return operands.tensor(0);
    throw node.error('drops values at random, as in training. Export the model in eval mode.');
  }),
  Log: unary((x) => x.log()),
  Neg: unary((x) => x.neg()),
  Not: unary((x) => x.eq(0)),
  Reciprocal: unary((x) => x.pow(-1)),
  Relu: unary((x) => x.relu()),
  Sigmoid: unary((x) => x.sigmoid()),
  Sign: unary((x) => x.sign()),
  Softplus: unary((x) => x.softplus()),
  Softsign: unary((x) => x.div(x.abs().add(1))),
  Sqrt: unary((x) => x.sqrt()),
  Tanh: unary((x) => x.tanh()),
  Mish: unary((x) => x.softplus().tanh().mul(x)),
  HardSwish: unary((x) => x.add(3).clamp(0, 6).div(6).mul(x)),
  Erf: unary(erf),
  Gelu: operator(['approximate'], (operands, node) => {
    return operands.tensor(0).gelu(node.text('approximate', 'none') === 'tanh' ? 'tanh' : 'none');
  }),
  LeakyRelu: operator(['alpha'], (operands, node) => operands.tensor(0).leakyRelu(node.float('alpha', 0.01))),
  Elu: operator(['alpha'], (operands, node) => operands.tensor(0).elu(node.float('alpha', 1))),
  Selu: operator(['alpha', 'gamma'], (operands, node) => {
    const [alpha, gamma] = [node.float('alpha', SELU.alpha), node.float('gamma', SELU.gamma)];
    return operands.tensor(0).elu(alpha).mul(gamma);
  }),
  HardSigmoid: operator(['alpha', 'beta'], (operands, node) => {
    const [alpha, beta] = [node.float('alpha', 0.2), node.float('beta', 0.5)];
    return operands.tensor(0).mul(alpha).add(beta).clamp(0, 1);
  }),
  PRelu: binary((x, slope) => x.relu().sub(x.neg().relu().mul(slope))),
  Clip: operator([], (operands) => {
    const [low, high] = [operands.optional(1), operands.optional(2)];
    const raised = low ? maximum(operands.tensor(0), low) : operands.tensor(0);
    return high ? minimum(raised, high) : raised;
  }),
  Cast: operator(['to', 'saturate'], (operands, node) => {
    const x = operands.tensor(0);
    const target = node.int('to', 1);
    if (target === BOOL) return x.eq(0).eq(0);
    if (isFloatType(target)) return x.cast('float32');
    if (isWholeType(target)) return x.cast('int32');
    throw node.unsupported('to', target, READABLE_TYPES);
  }),
  Add: folded((one, other) => one.add(other)),
  Sum: folded((one, other) => one.add(other)),
  Sub: binary((one, other) => one.sub(other)),
  Mul: folded((one, other) => one.mul(other)),
  Div: operator([], (operands, node) => {
    const [one, other] = [operands.tensor(0), operands.tensor(1)];
    if (one.dtype === 'float32' && other.dtype === 'float32') return one.div(other);
    throw node.error('divides whole numbers that are data. Export the model with numbers of float32 there.');
  }),
  Pow: binary((one, other) => one.pow(other)),
  Max: folded(maximum),
  Min: folded(minimum),
  And: binary((one, other) => one.mul(other)),
  Or: binary((one, other) => one.maximum(other)),
  Equal: binary((one, other) => one.eq(other)),
  Greater: binary((one, other) => one.gt(other)),
  GreaterOrEqual: binary((one, other) => one.ge(other)),
  Less: binary((one, other) => one.lt(other)),
  LessOrEqual: binary((one, other) => one.le(other)),
  Where: operator([], (operands) => operands.tensor(1).where(operands.tensor(0), operands.tensor(2))),
};

/** From gelu(z) = z · (1 + erf(z / √2)) / 2, which is no equation for erf at 0, where erf is 0. */
function erf(x: Tensor): Tensor {
  const scaled = x.mul(Math.SQRT2);
  const isZero = scaled.eq(0);
  const divisor = scaled.add(isZero.cast('float32'));
  return divisor.gelu().div(divisor).mul(2).sub(1).where(isZero.eq(0), 0);
}
