import type { LossReduction, Tensor } from '../src/index.ts';
import {
  avgPool1d,
  avgPool2d,
  batchNorm,
  bceWithLogitsLoss,
  concat,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  crossEntropyLoss,
  embedding,
  groupNorm,
  huberLoss,
  klDivLoss,
  l1Loss,
  layerNorm,
  linear,
  matmul,
  maxPool1d,
  maxPool2d,
  mseLoss,
  nllLoss,
  scaledDotProductAttention,
  stack,
  where,
} from '../src/index.ts';

type Dims = number | number[] | undefined;

/** How each op of the fixtures is called; null in the fixture's arguments stands for leaving one out. */
type Operation = (inputs: Tensor[], args: never[]) => Tensor;

function method<Args extends unknown[]>(run: (x: Tensor, ...args: Args) => Tensor): Operation {
  return (inputs, args) => run(inputs[0]!, ...(args as unknown as Args));
}

/** An op of two tensors, called with the arguments after them. */
function twoTensors<Args extends unknown[]>(run: (a: Tensor, b: Tensor, ...args: Args) => Tensor): Operation {
  return (inputs, args) => run(inputs[0]!, inputs[1]!, ...(args as unknown as Args));
}

/** An op of input, weight and perhaps a bias. */
function filter<Options>(
  run: (x: Tensor, weight: Tensor, bias: Tensor | null, options: Options) => Tensor,
): Operation {
  return ([x, weight, bias], [options]) => run(x!, weight!, bias ?? null, options!);
}

type Name = 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'maximum' | 'minimum' | 'eq' | 'gt' | 'ge' | 'lt' | 'le';

function pair(name: Name): Operation {
  return (inputs, args) => inputs[0]![name](inputs[1] ?? args[0]!);
}

type Plain = 'neg' | 'abs' | 'sign' | 'square' | 'sqrt' | 'exp' | 'log' | 'tanh' | 'sigmoid' | 'relu';

function plain(name: Plain): Operation {
  return (inputs) => inputs[0]![name]();
}

export const OPERATIONS: Record<string, Operation> = {
  ...Object.fromEntries(
    (['neg', 'abs', 'sign', 'square', 'sqrt', 'exp', 'log', 'tanh', 'sigmoid', 'relu'] as const).map(
      (name) => [name, plain(name)],
    ),
  ),
  ...Object.fromEntries(
    (['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum', 'eq', 'gt', 'ge', 'lt', 'le'] as const).map(
      (name) => [name, pair(name)],
    ),
  ),
  gelu: method((x, form?: 'none' | 'tanh') => x.gelu(form)),
  softplus: method((x, beta?: number, threshold?: number) => x.softplus(beta, threshold)),
  leakyRelu: method((x, slope?: number) => x.leakyRelu(slope)),
  clamp: method((x, low?: number, high?: number) => x.clamp(low, high)),
  cast: method((x, dtype: 'float32' | 'int32') => x.cast(dtype)),
  where: ([condition, a, b]) => where(condition!, a!, b!),
  sum: method((x, dim?: Dims, keepdim?: boolean) => x.sum(dim, keepdim)),
  mean: method((x, dim?: Dims, keepdim?: boolean) => x.mean(dim, keepdim)),
  max: method((x, dim?: Dims, keepdim?: boolean) => x.max(dim, keepdim)),
  min: method((x, dim?: Dims, keepdim?: boolean) => x.min(dim, keepdim)),
  argmax: method((x, dim?: number, keepdim?: boolean) => x.argmax(dim, keepdim)),
  argmin: method((x, dim?: number, keepdim?: boolean) => x.argmin(dim, keepdim)),
  variance: method((x, dim?: Dims, keepdim?: boolean, correction?: number) =>
    x.variance(dim, { keepdim, correction }),
  ),
  softmax: method((x, dim: number) => x.softmax(dim)),
  logSoftmax: method((x, dim: number) => x.logSoftmax(dim)),
  logsumexp: method((x, dim: number | number[], keepdim?: boolean) => x.logsumexp(dim, keepdim)),
  mseLoss: twoTensors((a, b, reduction?: LossReduction) => mseLoss(a, b, { reduction })),
  l1Loss: twoTensors((a, b, reduction?: LossReduction) => l1Loss(a, b, { reduction })),
  huberLoss: twoTensors((a, b, reduction?: LossReduction, delta?: number) =>
    huberLoss(a, b, { reduction, delta }),
  ),
  reshape: method((x, shape: number[]) => x.reshape(shape)),
  transpose: method((x, a: number, b: number) => x.transpose(a, b)),
  permute: method((x, order: number[]) => x.permute(order)),
  narrow: method((x, dim: number, start: number, length: number) => x.narrow(dim, start, length)),
  slice: method((x, dim: number, start: number, end?: number, step?: number) =>
    x.slice(dim, start, end, step),
  ),
  select: method((x, dim: number, index: number) => x.select(dim, index)),
  unsqueeze: method((x, dim: number) => x.unsqueeze(dim)),
  squeeze: method((x, dim?: number) => x.squeeze(dim)),
  expand: method((x, shape: number[]) => x.expand(shape)),
  flip: method((x, dims: number[]) => x.flip(dims)),
  pad: method((x, widths: [number, number][], value?: number) => x.pad(widths, value)),
  concat: (inputs, [dim]) => concat(inputs, dim),
  stack: (inputs, [dim]) => stack(inputs, dim),
  gather: twoTensors((x, index, dim: number) => x.gather(dim, index)),
  indexSelect: twoTensors((x, index, dim: number) => x.indexSelect(dim, index)),
  matmul: ([a, b]) => matmul(a!, b!),
  silu: method((x) => x.silu()),
  elu: method((x, alpha?: number) => x.elu(alpha)),
  embedding: twoTensors((indices, weight, paddingIdx?: number) => embedding(indices, weight, { paddingIdx })),
  scatterAdd: ([x, index, source], [dim]) => x!.scatterAdd(dim!, index!, source!),
  crossEntropyLoss: ([x, target, weight], args) => {
    const [reduction, ignoreIndex, labelSmoothing] = args as unknown as [LossReduction, number, number];
    return crossEntropyLoss(x!, target!, { weight, reduction, ignoreIndex, labelSmoothing });
  },
  nllLoss: ([x, target, weight], args) => {
    const [reduction, ignoreIndex] = args as unknown as [LossReduction, number];
    return nllLoss(x!, target!, { weight, reduction, ignoreIndex });
  },
  bceWithLogitsLoss: ([x, target, posWeight], [reduction]) =>
    bceWithLogitsLoss(x!, target!, { posWeight, reduction }),
  klDivLoss: twoTensors((x, target, reduction: LossReduction, logTarget?: boolean) =>
    klDivLoss(x, target, { reduction, logTarget }),
  ),
  layerNorm: ([x, weight, bias], args) => {
    const [shape, eps] = args as unknown as [number[], number?];
    return layerNorm(x!, shape, weight, bias, eps);
  },
  groupNorm: ([x, weight, bias], args) => {
    const [groups, eps] = args as unknown as [number, number?];
    return groupNorm(x!, groups, weight, bias, eps);
  },
  batchNorm: ([x, mean, variance, weight, bias], args) => {
    const [training, momentum, eps] = args as unknown as [boolean, number?, number?];
    return batchNorm(x!, mean!, variance!, weight, bias, { training, momentum, eps });
  },
  batchNormStatistics: ([x, mean, variance], [momentum]) => {
    batchNorm(x!, mean!, variance!, null, null, { training: true, momentum, eps: 0.01 });
    return stack([mean!, variance!]);
  },
  scaledDotProductAttention: ([query, key, value, mask], args) => {
    const [isCausal, scale] = args as unknown as [boolean, number?];
    return scaledDotProductAttention(query!, key!, value!, { mask, isCausal, scale });
  },
  linear: ([x, weight, bias]) => linear(x!, weight!, bias),
  conv1d: filter(conv1d),
  conv2d: filter(conv2d),
  convTranspose1d: filter(convTranspose1d),
  convTranspose2d: filter(convTranspose2d),
  maxPool1d: method(maxPool1d),
  maxPool2d: method(maxPool2d),
  avgPool1d: method(avgPool1d),
  avgPool2d: method(avgPool2d),
};
