import type { DType, Shape, Tensor } from '../src/index.ts';
import {
  adagradStep,
  adamStep,
  adamwStep,
  avgPool1d,
  avgPool2d,
  batchNorm,
  bceWithLogitsLoss,
  clipGradNorm,
  concat,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  createAdagradState,
  createAdamState,
  createRmspropState,
  crossEntropyLoss,
  dropout,
  embedding,
  groupNorm,
  gru,
  huberLoss,
  klDivLoss,
  l1Loss,
  layerNorm,
  linear,
  lstm,
  matmul,
  maximum,
  maxPool1d,
  maxPool2d,
  minimum,
  mseLoss,
  nllLoss,
  rmspropStep,
  scaledDotProductAttention,
  scatterAdd,
  sgdStep,
  stack,
  where,
  zeros,
} from '../src/index.ts';

/** What an op takes: the shape and the dtype of a tensor, and shapes that do not fit beside the other tensors as they are. */
export interface Input {
  readonly shape: Shape;
  readonly dtype: DType | 'either';
  readonly misfits: readonly Shape[];
}

const float = (shape: Shape, ...misfits: Shape[]): Input => ({ shape, dtype: 'float32', misfits });
const whole = (shape: Shape, ...misfits: Shape[]): Input => ({ shape, dtype: 'int32', misfits });
const either = (shape: Shape, ...misfits: Shape[]): Input => ({ shape, dtype: 'either', misfits });

export type Op = readonly [
  inputs: readonly Input[],
  run: (...inputs: Tensor[]) => unknown,
  /** What inputs of the right shape need beforehand. */
  prepare?: (...inputs: Tensor[]) => void,
];

const PLANE = either([2, 3]);
const unary = (run: (x: Tensor) => unknown): Op => [[PLANE], run];
const binary = (run: (a: Tensor, b: Tensor) => unknown): Op => [
  [either([2, 3], [4]), either([2, 3], [2, 1, 4])],
  run,
];
const loss = (run: (a: Tensor, b: Tensor) => unknown): Op => [
  [either([2, 3], [3]), either([2, 3], [2, 1])],
  run,
];
const classes = (run: (x: Tensor, target: Tensor, weight: Tensor) => unknown): Op => [
  [float([2, 3], [2], [2, 0]), whole([2], [3], [2, 1]), float([3], [2], [1, 3])],
  run,
];
const convolution = (run: (x: Tensor, w: Tensor, bias: Tensor) => unknown, ...axes: number[]): Op => [
  [
    float([2, 4, ...axes], [4, ...axes], [2, 3, ...axes]),
    float([4, 4, ...axes.map(() => 2)], [4, 4], [3, 3, ...axes.map(() => 2)]),
    float([4], [3], [1, 4]),
  ],
  run,
];
const pool = (run: (x: Tensor) => unknown, ...axes: number[]): Op => [
  [float([2, 4, ...axes], axes, [2, 2, 2, ...axes])],
  run,
];
/** A parameter, which gets a gradient beforehand, and what the optimizer remembers of it. */
const update = (remembered: number, run: (parameter: Tensor, ...state: Tensor[]) => unknown): Op => [
  [float([2, 3]), ...Array.from({ length: remembered }, () => float([2, 3], [6]))],
  run as Op[1],
  (parameter) => {
    parameter!.grad = zeros([2, 3], { dtype: parameter!.dtype, device: parameter!.device });
  },
];

/** Every public op that takes tensors, with inputs that are right. */
export const OPS: Readonly<Record<string, Op>> = {
  neg: unary((x) => x.neg()),
  abs: unary((x) => x.abs()),
  sign: unary((x) => x.sign()),
  square: unary((x) => x.square()),
  sqrt: unary((x) => x.sqrt()),
  exp: unary((x) => x.exp()),
  log: unary((x) => x.log()),
  tanh: unary((x) => x.tanh()),
  sigmoid: unary((x) => x.sigmoid()),
  relu: unary((x) => x.relu()),
  leakyRelu: unary((x) => x.leakyRelu()),
  softplus: unary((x) => x.softplus()),
  gelu: unary((x) => x.gelu()),
  silu: unary((x) => x.silu()),
  elu: unary((x) => x.elu()),
  clamp: unary((x) => x.clamp(0, 1)),
  cast: unary((x) => x.cast('int32')),
  dropout: unary((x) => dropout(x)),
  add: binary((a, b) => a.add(b)),
  sub: binary((a, b) => a.sub(b)),
  mul: binary((a, b) => a.mul(b)),
  div: binary((a, b) => a.div(b)),
  pow: binary((a, b) => a.pow(b)),
  maximum: binary((a, b) => maximum(a, b)),
  minimum: binary((a, b) => minimum(a, b)),
  eq: binary((a, b) => a.eq(b)),
  gt: binary((a, b) => a.gt(b)),
  ge: binary((a, b) => a.ge(b)),
  lt: binary((a, b) => a.lt(b)),
  le: binary((a, b) => a.le(b)),
  where: [
    [either([2, 3], [4]), either([2, 3], [4]), either([3], [4])],
    (condition, a, b) => where(condition!, a!, b!),
  ],
  sum: unary((x) => x.sum()),
  mean: unary((x) => x.mean(1)),
  max: unary((x) => x.max()),
  min: unary((x) => x.min(0)),
  argmax: unary((x) => x.argmax()),
  argmin: unary((x) => x.argmin(0)),
  variance: unary((x) => x.variance()),
  logsumexp: unary((x) => x.logsumexp(1)),
  softmax: unary((x) => x.softmax(1)),
  logSoftmax: unary((x) => x.logSoftmax(1)),
  reshape: [[either([2, 3], [4])], (x) => x!.reshape([6])],
  permute: unary((x) => x.permute([1, 0])),
  transpose: unary((x) => x.transpose(0, 1)),
  narrow: unary((x) => x.narrow(1, 1, 2)),
  slice: unary((x) => x.slice(0, 1)),
  select: unary((x) => x.select(0, 1)),
  unsqueeze: unary((x) => x.unsqueeze(0)),
  squeeze: unary((x) => x.squeeze()),
  expand: [[either([2, 3], [3, 3])], (x) => x!.expand([4, 2, 3])],
  flip: unary((x) => x.flip(0)),
  pad: unary((x) => x.pad([[1, 1], [0, 0]])), // prettier-ignore
  contiguous: unary((x) => x.contiguous()),
  clone: unary((x) => x.clone()),
  filledLike: unary((x) => x.filledLike(1)),
  detach: unary((x) => x.detach()),
  gather: [[either([2, 3], [1, 3]), whole([2, 1], [2], [3, 1])], (x, index) => x!.gather(1, index!)],
  indexSelect: [[PLANE, whole([2], [2, 1])], (x, index) => x!.indexSelect(1, index!)],
  scatterAdd: [
    [float([2, 3], [1, 3]), whole([2, 1], [2], [3, 1]), float([2, 1], [2], [1, 1])],
    (x, index, source) => scatterAdd(x!, 1, index!, source!),
  ],
  embedding: [
    [whole([2, 2]), float([3, 4], [3], [3, 4, 1])],
    (indices, weight) => embedding(indices!, weight!),
  ],
  concat: [[either([2, 3], [2, 2]), either([1, 3], [3])], (a, b) => concat([a!, b!])],
  stack: [[either([2, 3], [3]), either([2, 3], [2, 1])], (a, b) => stack([a!, b!])],
  matmul: [[float([2, 3], [3, 2], []), float([3, 4], [4, 3])], (a, b) => matmul(a!, b!)],
  linear: [
    [float([2, 3], [3, 2], []), float([4, 3], [3, 4], [3]), float([4], [3], [1, 4])],
    (x, weight, bias) => linear(x!, weight!, bias),
  ],
  mseLoss: loss((a, b) => mseLoss(a, b)),
  l1Loss: loss((a, b) => l1Loss(a, b)),
  huberLoss: loss((a, b) => huberLoss(a, b)),
  klDivLoss: loss((a, b) => klDivLoss(a, b)),
  bceWithLogitsLoss: [
    [either([2, 3], [3]), either([2, 3], [2, 1]), float([3], [4])],
    (x, target, posWeight) => bceWithLogitsLoss(x!, target!, { posWeight }),
  ],
  crossEntropyLoss: classes((x, target, weight) =>
    crossEntropyLoss(x, target, { weight, labelSmoothing: 0.1 }),
  ),
  nllLoss: classes((x, target, weight) => nllLoss(x, target, { weight })),
  layerNorm: [
    [float([2, 3], [3, 2]), float([3], [2]), float([3], [1, 3])],
    (x, weight, bias) => layerNorm(x!, [3], weight, bias),
  ],
  groupNorm: [
    [float([2, 4], [4]), float([4], [2]), float([4], [1, 4])],
    (x, weight, bias) => groupNorm(x!, 2, weight, bias),
  ],
  batchNorm: [
    [float([2, 4], [4], [2, 3]), float([4], [3]), float([4], [3]), float([4], [3]), float([4], [1, 4])],
    (x, mean, variance, weight, bias) => batchNorm(x!, mean!, variance!, weight, bias, { training: true }),
  ],
  scaledDotProductAttention: [
    [
      float([2, 3, 4], [4], [2, 3, 5]),
      float([2, 5, 4], [2, 5, 3]),
      float([2, 5, 6], [2, 4, 6]),
      either([3, 5], [4, 5]),
    ],
    (query, key, value, mask) => scaledDotProductAttention(query!, key!, value!, { mask }),
  ],
  lstm: [
    [
      float([2, 3, 4], [3, 4], [2, 0, 4], [2, 3, 5]),
      float([8, 4], [8, 3]),
      float([8, 2], [2, 8]),
      float([8], [2]),
      float([8], [1, 8]),
      float([2, 2], [2]),
      float([2, 2], [1, 2]),
    ],
    (x, weightIh, weightHh, biasIh, biasHh, hidden, cell) =>
      lstm(
        x!,
        { weightIh: weightIh!, weightHh: weightHh!, biasIh, biasHh },
        { hidden: hidden!, cell: cell! },
      ),
  ],
  gru: [
    [
      float([2, 3, 4], [3, 4], [2, 0, 4], [2, 3, 5]),
      float([6, 4], [6, 3]),
      float([6, 2], [2, 6]),
      float([6], [2]),
      float([6], [1, 6]),
      float([2, 2], [2]),
    ],
    (x, weightIh, weightHh, biasIh, biasHh, hidden) =>
      gru(x!, { weightIh: weightIh!, weightHh: weightHh!, biasIh, biasHh }, hidden),
  ],
  conv1d: convolution((x, weight, bias) => conv1d(x, weight, bias), 5),
  conv2d: convolution((x, weight, bias) => conv2d(x, weight, bias), 5, 5),
  convTranspose1d: convolution((x, weight, bias) => convTranspose1d(x, weight, bias), 5),
  convTranspose2d: convolution((x, weight, bias) => convTranspose2d(x, weight, bias), 5, 5),
  maxPool1d: pool((x) => maxPool1d(x, 2), 4),
  maxPool2d: pool((x) => maxPool2d(x, 2), 4, 4),
  avgPool1d: pool((x) => avgPool1d(x, 2), 4),
  avgPool2d: pool((x) => avgPool2d(x, 2), 4, 4),
  sgdStep: update(1, (x, velocity) => sgdStep([x], { velocities: [velocity!] }, { lr: 1, momentum: 0.5 })),
  adamStep: update(2, (x, first, second) =>
    adamStep([x], { steps: [0], firstMoments: [first!], secondMoments: [second!] }, { lr: 1 }),
  ),
  adamwStep: update(2, (x, first, second) =>
    adamwStep([x], { steps: [0], firstMoments: [first!], secondMoments: [second!] }, { lr: 1 }),
  ),
  rmspropStep: update(3, (x, squares, means, velocity) =>
    rmspropStep(
      [x],
      { squareAverages: [squares!], gradientAverages: [means!], velocities: [velocity!] },
      { lr: 1, centered: true, momentum: 0.5 },
    ),
  ),
  adagradStep: update(1, (x, squares) => adagradStep([x], { steps: [0], squareSums: [squares!] }, { lr: 1 })),
  clipGradNorm: update(0, (x) => clipGradNorm([x], 1)),
  createAdamState: unary((x) => createAdamState([x])),
  createRmspropState: unary((x) => createRmspropState([x])),
  createAdagradState: unary((x) => createAdagradState([x])),
  assign: [[either([2, 3]), float([1, 3], [2], [4, 2, 3])], (target, source) => target!.assign(source!)],
  grad: [
    [either([2, 3]), float([2, 3], [3])],
    (x, gradient) => {
      x!.grad = gradient!;
    },
  ],
  backward: [
    [either([2, 3]), float([2, 3], [3])],
    (x, gradient) => x!.backward(gradient),
    (x) => {
      x!.requiresGrad = true;
    },
  ],
  to: unary((x) => x.to('cpu')),
  data: unary((x) => x.data()),
  array: unary((x) => x.array()),
  item: [[either([1], [2])], (x) => x!.item()],
};
