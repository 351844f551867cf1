import { record } from '../autograd.ts';
import { inputError } from '../error.ts';
import type { Expression } from '../expression.ts';
import { binary, constant, input, scalar, select, unary } from '../expression.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeElementwise, computeReduce } from './compute.ts';

const X = input(0);
const Y = input(1);
const Z = input(2);

export type LossReduction = 'mean' | 'sum' | 'none';

/** A loss over the difference d = prediction − target, with its slope by d; forward and backward are one kernel each. */
function differenceLoss(
  op: string,
  prediction: Tensor,
  target: Tensor,
  reduction: LossReduction,
  parts: { value: Expression; slope: Expression; scalars?: readonly number[] },
): Tensor {
  if (!sameShape(prediction.shape, target.shape)) {
    throw inputError(
      op,
      `prediction has shape [${prediction.shape.join(', ')}], target has [${target.shape.join(', ')}]; they must be equal`,
      { prediction: prediction.shape, target: target.shape },
    );
  }
  const inputs = [prediction, target];
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
  return record(op, inputs, [output], inputs, ([g], [a, b], needs) => {
    const slope = binary('mul', Z, binary('div', parts.slope, constant(count)));
    const make = (expression: Expression): Tensor =>
      computeElementwise(op, [a!, b!, g!], expression, { dtype: 'float32', scalars });
    return [needs[0] ? make(slope) : null, needs[1] ? make(unary('neg', slope)) : null];
  })[0];
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
