import type { GradientRule } from '../autograd.ts';
import { record } from '../autograd.ts';
import { inputError, shapeError, TensorError } from '../error.ts';
import type { Expression } from '../expression.ts';
import { binary, constant, input, scalar, select, unary } from '../expression.ts';
import { within } from '../memory.ts';
import { contiguousLayout, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import {
  computeElementwise,
  computeInto,
  computeReduce,
  emptyLike,
  requireDType,
  sharedDevice,
  viewOf,
} from './compute.ts';
import { checkIndices, computeGather } from './gather.ts';
import type { LossReduction } from './loss.ts';
import { softmaxParts } from './softmax.ts';

export interface NllLossOptions {
  /** [classes]; what each class counts. It gets no gradient. */
  readonly weight?: Tensor | null;
  /** A target that counts nothing. Default −100. */
  readonly ignoreIndex?: number;
  /** Default `mean`: divided by the total weight of the targets that count. */
  readonly reduction?: LossReduction;
}

export interface CrossEntropyOptions extends NllLossOptions {
  /** The share of the target that is spread evenly over all classes, 0 to 1. Default 0. */
  readonly labelSmoothing?: number;
}

const ZERO = constant(0);
const ONE = constant(1);

/**
 * −log softmax(logits) at the target class. Logits [batch, classes, ...], target [batch, ...] of dtype int32. Its gradient,
 * softmax minus the target, is one kernel over the logits.
 */
export function crossEntropyLoss(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { labelSmoothing = 0 } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw inputError('crossEntropyLoss', `labelSmoothing must lie in 0 to 1, got ${labelSmoothing}`, {
      labelSmoothing,
    });
  }
  return classLoss('crossEntropyLoss', logits, target, { ...options, labelSmoothing }, true);
}

/** −x at the target class, for x that are log-probabilities [batch, classes, ...]; target [batch, ...] of dtype int32. */
export function nllLoss(logProbabilities: Tensor, target: Tensor, options: NllLossOptions = {}): Tensor {
  return classLoss('nllLoss', logProbabilities, target, { ...options, labelSmoothing: 0 }, false);
}

/** Collects tensors and numbers as the inputs and scalars of one kernel. */
class Operands {
  readonly tensors: Tensor[] = [];
  readonly scalars: number[] = [];

  tensor(tensor: Tensor): Expression {
    return input(this.tensors.push(tensor) - 1);
  }

  scalar(value: number): Expression {
    return scalar(this.scalars.push(value) - 1);
  }
}

interface ClassLoss {
  readonly op: string;
  readonly reduction: LossReduction;
  readonly labelSmoothing: number;
  /** Whether the input is logits, or log-probabilities. */
  readonly isLogits: boolean;
  readonly hasWeight: boolean;
}

function classLoss(
  op: string,
  x: Tensor,
  target: Tensor,
  options: CrossEntropyOptions,
  isLogits: boolean,
): Tensor {
  const { weight = null, ignoreIndex = -100, labelSmoothing = 0, reduction = 'mean' } = options;
  checkClassLoss(op, x, target, weight, ignoreIndex);
  const kind: ClassLoss = { op, reduction, labelSmoothing, isLogits, hasWeight: weight !== null };
  return within(op, () => {
    const rows = target.unsqueeze(1);
    const scalars = [ignoreIndex];
    /** The class as a float, as kernels over int32 are slow; −1 where the target is ignored. */
    const label = computeElementwise(op, [rows], unlessIgnored(-1), { dtype: 'float32', scalars });
    const index = computeElementwise(op, [rows], unlessIgnored(0), { dtype: 'int32', scalars });
    const at = (source: Tensor): Tensor =>
      computeGather(op, source, 1, index, index.shape, index.layout.strides);
    const weights: Tensor[] = [];
    if (weight !== null) {
      const perClass = alongClasses(op, weight, x.ndim);
      weights.push(perClass, at(perClass.expand(x.shape)));
    }
    const parts: Tensor[] = [];
    if (isLogits) {
      const { top, total } = softmaxParts(op, x, 1);
      parts.push(top, total);
    }

    const row = new Operands();
    const isKept = binary('ge', row.tensor(label), ZERO);
    const factor = weight === null ? ONE : row.tensor(weights[1]!);
    const count = reduction === 'mean' ? [sumAll(op, row, select(isKept, factor, ZERO))] : [];
    const loss = select(isKept, rowLoss(kind, row, factor, at(x), x, parts, weights), ZERO);
    let output: Tensor;
    if (reduction === 'none') {
      output = computeElementwise(op, row.tensors, loss, { dtype: 'float32', scalars: row.scalars });
      output = viewOf(op, output, contiguousLayout(target.shape));
    } else {
      output = sumAll(op, row, loss);
      const quotient = binary('div', input(0), input(1));
      for (const divisor of count)
        output = computeElementwise(op, [output, divisor], quotient, { dtype: 'float32' });
    }
    return record(op, [x], [output], [x, label, ...count, ...parts, ...weights], classLossRule(kind))[0];
  });
}

/** The target, or another number where it equals scalar 0. */
function unlessIgnored(other: number): Expression {
  return select(binary('eq', input(0), scalar(0)), constant(other), input(0));
}

/** The loss of each row from its number at the target class. */
function rowLoss(
  { op, labelSmoothing, isLogits }: ClassLoss,
  row: Operands,
  factor: Expression,
  picked: Tensor,
  x: Tensor,
  parts: readonly Tensor[],
  weights: readonly Tensor[],
): Expression {
  const own = row.tensor(picked);
  if (!isLogits) return binary('mul', factor, unary('neg', own));
  const [top, total] = parts.map((part) => row.tensor(part));
  const loss = binary('mul', factor, binary('sub', unary('log', total!), binary('sub', own, top!)));
  if (labelSmoothing === 0) return loss;
  const all = new Operands();
  const value = all.tensor(x);
  const [highest, sum] = parts.map((part) => all.tensor(part));
  const each = binary('sub', unary('log', sum!), binary('sub', value, highest!));
  const weighted = weights.length === 0 ? each : binary('mul', all.tensor(weights[0]!), each);
  const spread = computeReduce(op, all.tensors, weighted, {
    axes: [1],
    keepdim: true,
    reducer: 'sum',
    dtype: 'float32',
  });
  return binary(
    'add',
    binary('mul', row.scalar(1 - labelSmoothing), loss),
    binary('mul', row.scalar(labelSmoothing / x.shape[1]!), row.tensor(spread)),
  );
}

/**
 * Saved are the input, the labels, the divisor of a mean, top and total of the softmax when the input is logits, and the
 * weights by class and by row when there are any. With q the target's distribution, in which each class counts its weight,
 * the gradient of a row is softmax · Σq − q, or −q when the input is log-probabilities.
 */
function classLossRule({ op, reduction, labelSmoothing, isLogits, hasWeight }: ClassLoss): GradientRule {
  return ([g], saved) => {
    const rest = saved.values();
    const take = (when: boolean): Tensor | null => (when ? rest.next().value! : null);
    const [x, label] = [take(true)!, take(true)!];
    const divisor = take(reduction === 'mean');
    const [top, total] = [take(isLogits), take(isLogits)];
    const [classWeight, rowWeight] = [take(hasWeight), take(hasWeight)];
    const classes = x.shape[1]!;

    const row = new Operands();
    const isKept = binary('ge', row.tensor(label), ZERO);
    const upstream = row.tensor(reduction === 'none' ? g!.unsqueeze(1) : g!);
    const share = divisor === null ? upstream : binary('div', upstream, row.tensor(divisor));
    const slope = computeElementwise(op, row.tensors, select(isKept, share, ZERO), { dtype: 'float32' });

    const all = new Operands();
    const isTarget = binary('eq', all.tensor(classNumbers(op, x)), all.tensor(label));
    const spread = labelSmoothing / classes;
    const part = select(isTarget, all.scalar(1 - labelSmoothing + spread), all.scalar(spread));
    const scaled = binary('mul', all.tensor(slope), part);
    const q = classWeight === null ? scaled : binary('mul', all.tensor(classWeight), scaled);
    let gradient = unary('neg', q);
    if (top !== null && total !== null) {
      const power = unary('exp', binary('sub', all.tensor(x), all.tensor(top)));
      const sum = sumOfTarget(op, slope, total, classWeight, rowWeight, labelSmoothing);
      gradient = binary('sub', binary('mul', power, all.tensor(sum)), q);
    }
    return [computeElementwise(op, all.tensors, gradient, { dtype: 'float32', scalars: all.scalars })];
  };
}

/** Σq of each row, divided by the total of its softmax. */
function sumOfTarget(
  op: string,
  slope: Tensor,
  total: Tensor,
  classWeight: Tensor | null,
  rowWeight: Tensor | null,
  labelSmoothing: number,
): Tensor {
  const row = new Operands();
  const perTotal = binary('div', row.tensor(slope), row.tensor(total));
  if (classWeight === null || rowWeight === null) {
    return computeElementwise(op, row.tensors, perTotal, { dtype: 'float32' });
  }
  const average = row.tensor(classWeight.mean());
  const sum = binary(
    'add',
    binary('mul', row.scalar(1 - labelSmoothing), row.tensor(rowWeight)),
    binary('mul', row.scalar(labelSmoothing), average),
  );
  const { tensors, scalars } = row;
  return computeElementwise(op, tensors, binary('mul', perTotal, sum), { dtype: 'float32', scalars });
}

/** 0, 1, 2, … along the axis of the classes. */
function classNumbers(op: string, x: Tensor): Tensor {
  const numbers = emptyLike(op, x, [x.shape[1]!], 'float32');
  computeInto(op, numbers, numbers.layout, [], { op: 'index' });
  return alongClasses(op, numbers, x.ndim);
}

/** [classes] as [classes, 1, ...], which broadcasts to [batch, classes, ...]. Outside of the graph. */
function alongClasses(op: string, tensor: Tensor, rank: number): Tensor {
  const { shape, strides, offset } = tensor.layout;
  const ones = Array.from({ length: rank - 2 }, () => 1);
  return viewOf(op, tensor, { shape: [...shape, ...ones], strides: [...strides, ...ones], offset });
}

/** The sum over all rows, a scalar. */
function sumAll(op: string, row: Operands, expression: Expression): Tensor {
  return computeReduce(op, row.tensors, expression, {
    axes: row.tensors[0]!.shape.map((_, axis) => axis),
    keepdim: false,
    reducer: 'sum',
    dtype: 'float32',
    scalars: row.scalars,
  });
}

/** Refuses what does not fit together, and target classes outside of the range where they are known without reading the device. */
function checkClassLoss(
  op: string,
  x: Tensor,
  target: Tensor,
  weight: Tensor | null,
  ignoreIndex: number,
): void {
  requireDType(op, 'the input', x, 'float32');
  requireDType(op, 'the target', target, 'int32');
  sharedDevice(op, weight === null ? [x, target] : [x, target, weight]);
  const classes = x.shape[1] ?? 0;
  if (classes === 0 || !sameShape(target.shape, x.shape.toSpliced(1, 1))) {
    throw shapeError(op, [x.shape, target.shape], 'an input [batch, classes, ...] and a target [batch, ...]');
  }
  if (weight !== null) {
    requireDType(op, 'the weight', weight, 'float32');
    if (!sameShape(weight.shape, [classes]))
      throw shapeError(op, [weight.shape], `a weight of shape [${classes}]`);
  }
  checkIndices(target, (index) => {
    if (index === ignoreIndex || (index >= 0 && index < classes)) return;
    throw new TensorError('INDEX_OUT_OF_RANGE', `target ${index} is outside of the ${classes} classes`, {
      op,
      details: { target: index, classes },
    });
  });
}
