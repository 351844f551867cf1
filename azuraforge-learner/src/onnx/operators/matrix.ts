import { layerNorm, linear, matmul } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { OnnxNode } from '../node.ts';
import { axisOf, operator } from '../operator.ts';
import type { Operands, Operator, Operators } from '../operator.ts';
import { axesOf } from './shape.ts';

/** A function of one axis or several, which go or stay with the length 1. */
const reduced = (apply: (x: Tensor, axes: number[], keepdim: boolean) => Tensor): Operator =>
  operator(['axes', 'keepdims', 'noop_with_empty_axes'], (operands, node) => {
    const x = operands.tensor(0);
    const given = axesOf(operands, node, x.ndim);
    if (!given?.length && node.int('noop_with_empty_axes', 0) === 1) return x;
    const axes = given?.length ? given : x.shape.map((_, axis) => axis);
    return apply(x, axes, node.int('keepdims', 1) === 1);
  });

const alongAxis = (apply: (x: Tensor, axis: number) => Tensor): Operator =>
  operator(['axis'], (operands, node) => {
    const x = operands.tensor(0);
    return apply(x, axisOf(node, node.int('axis', -1), x.ndim));
  });

export const matrixOperators: Operators = {
  MatMul: operator([], (operands) => matmul(operands.tensor(0), operands.tensor(1))),
  Gemm: operator(['alpha', 'beta', 'transA', 'transB'], (operands, node) => {
    const left = turned(operands.tensor(0), node.int('transA', 0));
    const weight = turned(operands.tensor(1), 1 - node.int('transB', 0));
    const product = linear(left, weight).mul(node.float('alpha', 1));
    const offset = operands.optional(2)?.mul(node.float('beta', 1));
    return offset ? product.add(offset) : product;
  }),
  Softmax: alongAxis((x, axis) => x.softmax(axis)),
  LogSoftmax: alongAxis((x, axis) => x.logSoftmax(axis)),
  ReduceMean: reduced((x, axes, keepdim) => x.mean(axes, keepdim)),
  ReduceSum: reduced((x, axes, keepdim) => x.sum(axes, keepdim)),
  ReduceMax: reduced((x, axes, keepdim) => x.max(axes, keepdim)),
  ReduceMin: reduced((x, axes, keepdim) => x.min(axes, keepdim)),
  ReduceL2: reduced((x, axes, keepdim) => x.square().sum(axes, keepdim).sqrt()),
  ReduceLogSumExp: reduced((x, axes, keepdim) => x.logsumexp(axes, keepdim)),
  ArgMax: extremum((x, axis, keepdim) => x.argmax(axis, keepdim)),
  ArgMin: extremum((x, axis, keepdim) => x.argmin(axis, keepdim)),
  BatchNormalization: operator(['epsilon', 'momentum', 'training_mode'], (operands, node) => {
    node.requireInt('training_mode', 0, 0);
    const x = operands.tensor(0);
    const [weight, bias, mean, variance] = [1, 2, 3, 4].map((at) => perChannel(operands.tensor(at), x));
    const deviation = variance!.add(node.float('epsilon', 1e-5)).sqrt();
    return x.sub(mean!).div(deviation).mul(weight!).add(bias!);
  }),
  InstanceNormalization: operator(['epsilon'], (operands, node) => {
    const x = operands.tensor(0);
    const even = layerNorm(x, x.shape.slice(2), null, null, node.float('epsilon', 1e-5));
    return even.mul(perChannel(operands.tensor(1), x)).add(perChannel(operands.tensor(2), x));
  }),
  LayerNormalization: operator(['axis', 'epsilon', 'stash_type'], (operands, node) => {
    const x = operands.tensor(0);
    const shape = x.shape.slice(axisOf(node, node.int('axis', -1), x.ndim));
    const even = layerNorm(x, shape, null, null, node.float('epsilon', 1e-5)).mul(operands.tensor(1));
    return operands.has(2) ? even.add(operands.tensor(2)) : even;
  }),
};

function extremum(apply: (x: Tensor, axis: number, keepdim: boolean) => Tensor): Operator {
  return operator(['axis', 'keepdims', 'select_last_index'], (operands: Operands, node: OnnxNode) => {
    node.requireInt('select_last_index', 0, 0);
    const x = operands.tensor(0);
    return apply(x, axisOf(node, node.int('axis', 0), x.ndim), node.int('keepdims', 1) === 1);
  });
}

function turned(matrix: Tensor, turns: number): Tensor {
  return turns === 1 ? matrix.transpose(0, 1) : matrix;
}

/** [channels] in a shape that stretches over the axes behind axis 1. */
function perChannel(values: Tensor, x: Tensor): Tensor {
  return values.reshape([-1, ...x.shape.slice(2).map(() => 1)]);
}
