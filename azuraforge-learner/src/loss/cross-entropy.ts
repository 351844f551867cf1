import { crossEntropyLoss, nllLoss, tensor, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import type { Loss, LossOptions, Reduction } from '../loss.ts';

export interface NLLLossOptions extends LossOptions {
  /** How much each class counts, one number from 0 up for each. Default: all the same. */
  weight?: readonly number[];
  /** Targets of this number count nothing. Default −100. */
  ignoreIndex?: number;
}

export interface CrossEntropyLossOptions extends NLLLossOptions {
  /** The share of each target, 0 to 1, that is spread evenly over all classes. Default 0. */
  labelSmoothing?: number;
}

/**
 * `−x` at the target class, for log-probabilities x. A mean is divided by the total weight of the targets that count.
 * As torch's NLLLoss.
 */
export class NLLLoss implements Loss {
  readonly reduction: Reduction;
  readonly weight: readonly number[] | undefined;
  readonly ignoreIndex: number;

  /** Throws ArgumentError for a negative weight. */
  constructor({ reduction = 'mean', weight, ignoreIndex = -100 }: NLLLossOptions = {}) {
    for (const [index, each] of (weight ?? []).entries())
      checkRange(`weight[${index}]`, each, { minimum: 0 });
    if (!Number.isSafeInteger(ignoreIndex)) {
      throw new ArgumentError(`ignoreIndex is ${ignoreIndex}; it must be a whole number.`);
    }
    this.reduction = reduction;
    this.weight = weight && [...weight];
    this.ignoreIndex = ignoreIndex;
  }

  /**
   * @param predicted `[batch, classes, …]`
   * @param target `[batch, …]` of dtype int32: the number of the class
   */
  forward(predicted: Tensor, target: Tensor): Tensor {
    return tidy(() => {
      const weight = this.weight && tensor([...this.weight], { device: predicted.device });
      return this.compare(predicted, target, weight ?? null);
    });
  }

  protected compare(predicted: Tensor, target: Tensor, weight: Tensor | null): Tensor {
    const { reduction, ignoreIndex } = this;
    return nllLoss(predicted, target, { reduction, ignoreIndex, weight });
  }
}

/**
 * `−log softmax` of logits at the target class, or weighed by the probabilities of all classes. As torch's
 * CrossEntropyLoss.
 */
export class CrossEntropyLoss extends NLLLoss {
  readonly labelSmoothing: number;

  /** Throws ArgumentError for a negative weight, or a labelSmoothing outside 0 to 1. */
  constructor({ labelSmoothing = 0, ...options }: CrossEntropyLossOptions = {}) {
    super(options);
    checkRange('labelSmoothing', labelSmoothing, { minimum: 0, maximum: 1 });
    this.labelSmoothing = labelSmoothing;
  }

  /**
   * @param predicted `[batch, classes, …]`
   * @param target `[batch, …]` of dtype int32: the number of the class; or `[batch, classes, …]` of dtype float32: the
   *   probability of each class, as `mixup` makes them. A mean is then divided by the number of targets, and none is ignored.
   */
  override forward(predicted: Tensor, target: Tensor): Tensor {
    return super.forward(predicted, target);
  }

  protected override compare(predicted: Tensor, target: Tensor, weight: Tensor | null): Tensor {
    const { reduction, ignoreIndex, labelSmoothing } = this;
    if (target.dtype === 'float32' && target.shape.length === predicted.shape.length) {
      return this.#compareShares(predicted, target, weight);
    }
    return crossEntropyLoss(predicted, target, { reduction, ignoreIndex, labelSmoothing, weight });
  }

  #compareShares(predicted: Tensor, target: Tensor, weight: Tensor | null): Tensor {
    const { shape } = predicted;
    if (target.shape.join() !== shape.join()) {
      throw new ArgumentError(
        `CrossEntropyLoss got probabilities of shape [${target.shape.join(', ')}] for logits of shape [${shape.join(', ')}]; they must be equal.`,
      );
    }
    const classes = shape[1]!;
    const { labelSmoothing } = this;
    const shares = labelSmoothing > 0 ? target.mul(1 - labelSmoothing).add(labelSmoothing / classes) : target;
    const parts = predicted.logSoftmax(1).mul(shares);
    const perClass = weight?.reshape([classes, ...shape.slice(2).map(() => 1)]);
    const sum = (perClass ? parts.mul(perClass) : parts).sum().neg();
    const targets = shape.reduce((product, size) => product * size, 1) / classes;
    return this.reduction === 'mean' ? sum.div(targets) : sum;
  }
}
