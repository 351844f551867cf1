import { record } from '../autograd.ts';
import { inputError, shapeError } from '../error.ts';
import type { Expression } from '../expression.ts';
import { binary, constant, input, scalar, unary } from '../expression.ts';
import { within } from '../memory.ts';
import type { Shape } from '../shape.ts';
import { contiguousLayout, sameShape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import {
  computeElementwise,
  computeReduce,
  requireDType,
  requireTensors,
  sharedDevice,
  viewOf,
} from './compute.ts';
import { sumTo } from './reduce.ts';

export interface BatchNormOptions {
  /** Whether to use the statistics of the batch, and to note them in the running ones. Default false. */
  readonly training?: boolean;
  /** The share of the batch's statistics in the new running ones. Default 0.1. */
  readonly momentum?: number;
  /** Default 1e-5. */
  readonly eps?: number;
}

/** Mean and 1 / √(variance + eps), in shapes that broadcast to the input's. */
interface Statistics {
  readonly mean: Tensor;
  readonly inverse: Tensor;
  /** The axes of the input over which they were taken; null when they do not depend on it. */
  readonly axes: readonly number[] | null;
}

const DISTANCE = binary('sub', input(0), input(1));
const SQUARE = binary('mul', DISTANCE, DISTANCE);

/** 1 / √(variance + eps), with eps as scalar 0. */
function inverseRoot(variance: Expression): Expression {
  return binary('div', constant(1), unary('sqrt', binary('add', variance, scalar(0))));
}

/** The mean of an expression over some axes, which keep length 1. */
function averageOver(
  op: string,
  inputs: readonly [Tensor, ...Tensor[]],
  axes: readonly number[],
  expression: Expression,
  finish: (average: Expression) => Expression = (average) => average,
  scalars: readonly number[] = [],
): Tensor {
  const count = sizeOf(axes.map((axis) => inputs[0].shape[axis]!));
  return computeReduce(op, inputs, expression, {
    axes,
    keepdim: true,
    reducer: 'sum',
    dtype: 'float32',
    finish: finish(binary('div', input(0), constant(count))),
    scalars,
  });
}

/** The input's own statistics over some axes. */
function ownStatistics(op: string, x: Tensor, axes: readonly number[], eps: number): Statistics {
  const mean = averageOver(op, [x], axes, input(0));
  return { mean, inverse: averageOver(op, [x, mean], axes, SQUARE, inverseRoot, [eps]), axes };
}

/** (x − mean) · inverse · weight + bias, where weight and bias have on each axis the input's length or 1. */
function normalize(
  op: string,
  x: Tensor,
  { mean, inverse, axes }: Statistics,
  weight: Tensor | null,
  bias: Tensor | null,
): Tensor {
  const parameters = [weight, bias].filter((tensor) => tensor !== null);
  const hat = binary('mul', DISTANCE, input(2));
  const scaled = weight === null ? hat : binary('mul', hat, input(3));
  const shifted = bias === null ? scaled : binary('add', scaled, input(weight === null ? 3 : 4));
  const output = computeElementwise(op, [x, mean, inverse, ...parameters], shifted, { dtype: 'float32' });
  const shapes = { weight: weight?.shape ?? null, bias: bias?.shape ?? null };
  const saved = [x, mean, inverse, ...(weight === null ? [] : [weight])];
  return record(op, [x, ...parameters], [output], saved, ([g], tensors, needs) => [
    needs[0] ? inputGradient(op, g!, tensors, axes) : null,
    ...(shapes.weight === null ? [] : [weightGradient(op, g!, tensors, shapes.weight)]),
    ...(shapes.bias === null ? [] : [sumTo(op, [g!], input(0), shapes.bias)]),
  ])[0];
}

/** Behind the output's gradient: input, mean and inverse. */
const OWN_HAT = binary('mul', binary('sub', input(1), input(2)), input(3));

/** Mean and inverse that were taken from the input carry a part of its gradient. */
function inputGradient(
  op: string,
  g: Tensor,
  saved: readonly Tensor[],
  axes: readonly number[] | null,
): Tensor {
  const inputs = [g, ...saved] as const;
  const dtype = 'float32';
  const slope = saved.length > 3 ? binary('mul', input(0), input(4)) : input(0);
  if (axes === null) return computeElementwise(op, inputs, binary('mul', slope, input(3)), { dtype });
  const level = averageOver(op, inputs, axes, slope);
  const tilt = averageOver(op, inputs, axes, binary('mul', slope, OWN_HAT));
  const [levelled, tilted] = [input(inputs.length), input(inputs.length + 1)];
  const rest = binary('sub', binary('sub', slope, levelled), binary('mul', OWN_HAT, tilted));
  return computeElementwise(op, [...inputs, level, tilt], binary('mul', rest, input(3)), { dtype });
}

function weightGradient(op: string, g: Tensor, saved: readonly Tensor[], shape: Shape): Tensor {
  return sumTo(op, [g, ...saved.slice(0, 3)], binary('mul', input(0), OWN_HAT), shape);
}

function checkParameters(op: string, x: Tensor, parameters: readonly (Tensor | null)[], shape: Shape): void {
  const given = parameters.filter((tensor) => tensor !== null);
  for (const tensor of [x, ...given]) requireDType(op, 'an argument', tensor, 'float32');
  sharedDevice(op, [x, ...given]);
  for (const tensor of given) {
    if (!sameShape(tensor.shape, shape)) {
      const text = `[${shape.join(', ')}] with an input [${x.shape.join(', ')}]`;
      throw shapeError(op, [tensor.shape], text);
    }
  }
}

function requireEps(op: string, eps: number): void {
  if (!(eps >= 0)) throw inputError(op, `eps must be at least 0, got ${eps}`, { eps });
}

/**
 * Brings the last axes, whose lengths `normalizedShape` repeats, to mean 0 and (biased) variance 1, then scales and shifts
 * them by weight and bias of that shape.
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: Shape,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  eps = 1e-5,
): Tensor {
  requireTensors('layerNorm', [x]);
  const first = x.ndim - normalizedShape.length;
  if (normalizedShape.length === 0 || !sameShape(x.shape.slice(Math.max(0, first)), normalizedShape)) {
    throw shapeError('layerNorm', [x.shape], `an input that ends in [${normalizedShape.join(', ')}]`);
  }
  checkParameters('layerNorm', x, [weight, bias], normalizedShape);
  requireEps('layerNorm', eps);
  const axes = normalizedShape.map((_, i) => first + i);
  return within('layerNorm', () =>
    normalize('layerNorm', x, ownStatistics('layerNorm', x, axes, eps), weight, bias),
  );
}

/**
 * Brings each of `numGroups` groups of neighbouring channels of each sample of x [batch, channels, ...] to mean 0 and
 * (biased) variance 1, then scales and shifts each channel by weight and bias [channels].
 */
export function groupNorm(
  x: Tensor,
  numGroups: number,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  eps = 1e-5,
): Tensor {
  requireTensors('groupNorm', [x]);
  if (x.ndim < 2) throw shapeError('groupNorm', [x.shape], 'an input [batch, channels, ...]');
  const [batch, channels] = x.shape as [number, number];
  if (!Number.isInteger(numGroups) || numGroups < 1 || channels % numGroups !== 0) {
    throw inputError('groupNorm', `${channels} channels cannot be cut into ${numGroups} equal groups`, {
      shape: x.shape,
      numGroups,
    });
  }
  checkParameters('groupNorm', x, [weight, bias], [channels]);
  requireEps('groupNorm', eps);
  const width = channels / numGroups;
  return within('groupNorm', () => {
    const grouped = x.reshape([batch, numGroups, width, sizeOf(x.shape.slice(2))]);
    const perChannel = (tensor: Tensor | null): Tensor | null =>
      tensor?.reshape([numGroups, width, 1]) ?? null;
    const statistics = ownStatistics('groupNorm', grouped, [2, 3], eps);
    return normalize('groupNorm', grouped, statistics, perChannel(weight), perChannel(bias)).reshape(x.shape);
  });
}

/**
 * Brings each channel of x [batch, channels, ...] to mean 0 and variance 1, then scales and shifts it by weight and bias
 * [channels]. In training by the batch's own mean and biased variance, which then move the running statistics [channels], in
 * place and with the unbiased variance; otherwise by the running statistics.
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  options: BatchNormOptions = {},
): Tensor {
  const { training = false, momentum = 0.1, eps = 1e-5 } = options;
  const op = 'batchNorm';
  requireTensors(op, [x]);
  if (x.ndim < 2) throw shapeError(op, [x.shape], 'an input [batch, channels, ...]');
  const channels = x.shape[1]!;
  checkParameters(op, x, [runningMean, runningVar, weight, bias], [channels]);
  requireEps(op, eps);
  if (!(momentum >= 0 && momentum <= 1)) {
    throw inputError(op, `momentum must lie in 0 to 1, got ${momentum}`, { momentum });
  }
  if (training && x.size === channels) {
    throw inputError(op, 'training needs more than one value per channel', { shape: x.shape });
  }
  const perChannel = [channels, ...x.shape.slice(2).map(() => 1)];
  return within('batchNorm', () => {
    let statistics: Statistics;
    if (training) {
      statistics = batchStatistics(x, runningMean, runningVar, momentum, eps);
    } else {
      if (runningMean === null || runningVar === null) {
        throw inputError(op, 'without running statistics it can only be used in training');
      }
      const inverse = computeElementwise(op, [runningVar], inverseRoot(input(0)), {
        dtype: 'float32',
        scalars: [eps],
      });
      statistics = {
        mean: runningMean.detach().reshape(perChannel),
        inverse: inverse.reshape(perChannel),
        axes: null,
      };
    }
    return normalize(
      op,
      x,
      statistics,
      weight?.reshape(perChannel) ?? null,
      bias?.reshape(perChannel) ?? null,
    );
  });
}

/** The batch's statistics; moves the running ones, unless the batch is empty. */
function batchStatistics(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  momentum: number,
  eps: number,
): Statistics {
  const op = 'batchNorm';
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const mean = averageOver(op, [x], axes, input(0));
  const variance = averageOver(op, [x, mean], axes, SQUARE);
  const inverse = computeElementwise(op, [variance], inverseRoot(input(0)), {
    dtype: 'float32',
    scalars: [eps],
  });
  const count = x.size / x.shape[1]!;
  const move = (running: Tensor | null, batch: Tensor, share: number): void => {
    if (running === null || x.size === 0) return;
    const flat = viewOf(op, batch, contiguousLayout(running.shape));
    const moved = binary('add', binary('mul', input(0), scalar(0)), binary('mul', input(1), scalar(1)));
    const scalars = [1 - momentum, share];
    running.assign(computeElementwise(op, [running, flat], moved, { dtype: 'float32', scalars }));
  };
  move(runningMean, mean, momentum);
  move(runningVar, variance, (momentum * count) / (count - 1));
  return { mean, inverse, axes };
}
