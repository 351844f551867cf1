import { record } from '../autograd.ts';
import { inputError, shapeError, TensorError } from '../error.ts';
import type { Expression } from '../expression.ts';
import { binary, constant, input, scalar, select, unary } from '../expression.ts';
import { broadcastShapes, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeElementwise, computeReduce, requireDType, requireTensors } from './compute.ts';

const X = input(0);
const Y = input(1);
const ZERO = constant(0);
const ONE = constant(1);

export type LossReduction = 'mean' | 'sum' | 'none';

/** A loss of two tensors of one shape, with its slopes by both; forward and each gradient are one kernel. */
function pairLoss(
  op: string,
  prediction: Tensor,
  target: Tensor,
  reduction: LossReduction,
  parts: {
    value: Expression;
    slopes: readonly [Expression, Expression];
    scalars?: readonly number[];
    /** Input 2 of the expressions, which broadcasts and gets no gradient. */
    factor?: Tensor | null;
  },
): Tensor {
  requireTensors(op, [prediction, target]);
  if (!sameShape(prediction.shape, target.shape)) {
    throw new TensorError(
      'SHAPE_MISMATCH',
      `prediction has shape [${prediction.shape.join(', ')}], target has [${target.shape.join(', ')}]; they must be equal`,
      { op, details: { shapes: [prediction.shape, target.shape] } },
    );
  }
  const inputs = [prediction, target, ...(parts.factor ? [parts.factor] : [])];
  const scalars = parts.scalars ?? [];
  const count = reduction === 'mean' ? prediction.size : 1;
  const output =
    reduction === 'none'
      ? computeElementwise(op, inputs, parts.value, { dtype: 'float32', scalars })
      : computeReduce(op, inputs, parts.value, {
          axes: prediction.shape.map((_, axis) => axis),
          keepdim: false,
          reducer: 'sum',
          dtype: 'float32',
          finish: binary('div', X, constant(count)),
          scalars,
        });
  const { slopes } = parts;
  return record(op, [prediction, target], [output], inputs, ([g], saved, needs) =>
    slopes.map((slope, side) => {
      if (!needs[side]) return null;
      const upstream = input(saved.length);
      const gradient = binary('mul', upstream, binary('div', slope, constant(count)));
      return computeElementwise(op, [...saved, g!], gradient, { dtype: 'float32', scalars });
    }),
  )[0];
}

/** A loss over the difference d = prediction − target, with its slope by d. */
function differenceLoss(
  op: string,
  prediction: Tensor,
  target: Tensor,
  reduction: LossReduction,
  { value, slope, scalars }: { value: Expression; slope: Expression; scalars?: readonly number[] },
): Tensor {
  const slopes = [slope, unary('neg', slope)] as const;
  return pairLoss(op, prediction, target, reduction, { value, slopes, scalars });
}

const DIFFERENCE = binary('sub', X, Y);

/** (prediction − target)², averaged unless `reduction` says otherwise. Both have the same shape. */
export function mseLoss(
  prediction: Tensor,
  target: Tensor,
  options: { reduction?: LossReduction } = {},
): Tensor {
  return differenceLoss('mseLoss', prediction, target, options.reduction ?? 'mean', {
    value: binary('mul', DIFFERENCE, DIFFERENCE),
    slope: binary('mul', constant(2), DIFFERENCE),
  });
}

/** |prediction − target|, averaged unless `reduction` says otherwise. Both have the same shape. */
export function l1Loss(
  prediction: Tensor,
  target: Tensor,
  options: { reduction?: LossReduction } = {},
): Tensor {
  return differenceLoss('l1Loss', prediction, target, options.reduction ?? 'mean', {
    value: unary('abs', DIFFERENCE),
    slope: unary('sign', DIFFERENCE),
  });
}

/** d²/2 while |d| ≤ delta, delta·(|d| − delta/2) beyond; averaged unless `reduction` says otherwise. */
export function huberLoss(
  prediction: Tensor,
  target: Tensor,
  options: { delta?: number; reduction?: LossReduction } = {},
): Tensor {
  const delta = options.delta ?? 1;
  if (!(delta > 0)) throw inputError('huberLoss', `delta must be above 0, got ${delta}`, { delta });
  const distance = unary('abs', DIFFERENCE);
  const isNear = binary('le', distance, scalar(0));
  const half = constant(0.5);
  return differenceLoss('huberLoss', prediction, target, options.reduction ?? 'mean', {
    value: select(
      isNear,
      binary('mul', half, binary('mul', DIFFERENCE, DIFFERENCE)),
      binary('mul', scalar(0), binary('sub', distance, binary('mul', half, scalar(0)))),
    ),
    slope: select(isNear, DIFFERENCE, binary('mul', scalar(0), unary('sign', DIFFERENCE))),
    scalars: [delta],
  });
}

/** log(1 + exp(−x)), which neither overflows nor loses small numbers. */
function softplusOfNegative(x: Expression): Expression {
  const tail = unary('log1p', unary('exp', unary('neg', unary('abs', x))));
  return binary('add', tail, binary('maximum', unary('neg', x), ZERO));
}

/**
 * −target·log σ(logits) − (1 − target)·log(1 − σ(logits)), averaged unless `reduction` says otherwise. Both have the same
 * shape; `posWeight`, which broadcasts to it and gets no gradient, multiplies the first term.
 */
export function bceWithLogitsLoss(
  logits: Tensor,
  target: Tensor,
  options: { posWeight?: Tensor | null; reduction?: LossReduction } = {},
): Tensor {
  const op = 'bceWithLogitsLoss';
  const { posWeight = null, reduction = 'mean' } = options;
  if (posWeight !== null) {
    requireTensors(op, [logits]);
    requireDType(op, 'posWeight', posWeight, 'float32');
    if (!sameShape(broadcastShapes(op, [logits.shape, posWeight.shape]), logits.shape)) {
      throw shapeError(op, [posWeight.shape], `a posWeight that stretches to [${logits.shape.join(', ')}]`);
    }
  }
  const extra = posWeight === null ? ZERO : binary('sub', input(2), ONE);
  /** 1 + (posWeight − 1)·target */
  const weight = posWeight === null ? ONE : binary('add', ONE, binary('mul', extra, Y));
  const negative = binary('sub', ONE, Y);
  const tail = softplusOfNegative(X);
  return pairLoss(op, logits, target, reduction, {
    value: binary('add', binary('mul', negative, X), binary('mul', weight, tail)),
    slopes: [
      binary('sub', negative, binary('mul', weight, unary('sigmoid', unary('neg', X)))),
      binary('sub', binary('mul', extra, tail), X),
    ],
    factor: posWeight,
  });
}

/**
 * target·(log target − x) for log-probabilities x, and 0 where the target is 0; averaged over all elements unless `reduction`
 * says otherwise. Both have the same shape; with `logTarget` the target is the logarithm of probabilities too.
 */
export function klDivLoss(
  logProbabilities: Tensor,
  target: Tensor,
  options: { reduction?: LossReduction; logTarget?: boolean } = {},
): Tensor {
  const { reduction = 'mean', logTarget = false } = options;
  const probability = logTarget ? unary('exp', Y) : Y;
  const distance = binary('sub', logTarget ? Y : unary('log', Y), X);
  const whereAny = (value: Expression): Expression =>
    logTarget ? value : select(binary('gt', Y, ZERO), value, ZERO);
  const ownSlope = logTarget
    ? binary('mul', probability, binary('add', distance, ONE))
    : binary('add', distance, ONE);
  return pairLoss('klDivLoss', logProbabilities, target, reduction, {
    value: whereAny(binary('mul', probability, distance)),
    slopes: [unary('neg', probability), whereAny(ownSlope)],
  });
}
