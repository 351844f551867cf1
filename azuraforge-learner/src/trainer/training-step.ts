import { TensorError, clipGradNorm, compile, noGrad, tidy, zeroGrad, zeros } from 'azuraforge-core';
import type { Compiled, Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import type { Loss } from '../loss.ts';
import type { Module } from '../nn/module.ts';
import { clipGradValue, gradientNorm } from '../optim/gradient.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { WeightAverage } from '../optim/weight-average.ts';
import { forwardBatch } from './dataset.ts';
import type { ModelInput } from './dataset.ts';

/** One batch on the device. */
export interface Batch {
  input: ModelInput;
  target: Tensor;
}

/** Where a batch stands among those whose gradients are added up for one step of the optimizer. */
export interface Portion {
  isFirst: boolean;
  isLast: boolean;
  /** What its loss counts, so that the portions together make the loss of one large batch. */
  share: number;
}

/** The place of the batch at `index` when every `accumulation` batches make one step; the last few may be fewer. */
export function portionOf(
  batches: readonly Uint32Array[],
  index: number,
  { accumulation, reduction }: { accumulation: number; reduction: Loss['reduction'] },
): Portion {
  const place = index % accumulation;
  const group = batches.slice(index - place, index - place + accumulation);
  const samples = group.reduce((sum, { length }) => sum + length, 0);
  return {
    isFirst: place === 0,
    isLast: place === group.length - 1,
    share: reduction === 'sum' ? 1 : batches[index]!.length / samples,
  };
}

/** All on the device; whoever asked for the step disposes them. */
export interface StepResult {
  loss: Tensor;
  /** Beside their targets; null unless they are wanted. */
  predicted: { output: Tensor; target: Tensor } | null;
  /** Of all gradients together, before clipping; null unless the optimizer took a step. */
  gradientNorm: Tensor | null;
}

export interface TrainingStepOptions {
  model: Module;
  loss: Loss;
  optimizer: Optimizer;
  gradientClip?: number;
  gradientClipValue?: number;
  average?: WeightAverage | null;
  /** Whether gradients of several batches are added up. */
  accumulates: boolean;
  /** Whether predictions are wanted. */
  keepsPredictions: boolean;
  /** Whether the step is captured once and then replayed. */
  compile: boolean;
}

/** One batch forward, back and into the weights. */
export class TrainingStep {
  readonly #options: TrainingStepOptions;
  readonly #run: (batch: Batch, portion: Portion) => StepResult;
  readonly #compiled: Compiled<[Batch, Portion], StepResult> | null = null;
  readonly #parameters: readonly Tensor[];
  /** The gradients of earlier portions, one for each parameter. */
  readonly #sums: Tensor[];

  constructor(options: TrainingStepOptions) {
    const { accumulates, optimizer } = options;
    this.#options = options;
    this.#parameters = options.model.parameters();
    this.#sums = accumulates ? optimizer.parameters.map(({ shape, device }) => zeros(shape, { device })) : [];
    const step = (batch: Batch, portion: Portion): StepResult => this.#step(batch, portion);
    if (options.compile) this.#compiled = compile(step);
    this.#run = this.#compiled ?? step;
  }

  /** Nothing is read from the device. Throws ArgumentError for a step that cannot be captured. */
  run(batch: () => Batch, portion: Portion): StepResult {
    try {
      return tidy(() => {
        const { input, target } = batch();
        return this.#run({ input, target }, portion);
      });
    } catch (cause) {
      if (!this.#compiled || !(cause instanceof TensorError) || cause.code !== 'INVALID_GRAPH') throw cause;
      throw new ArgumentError(
        `The training step cannot be captured and replayed: ${cause.shortMessage}. Change the model, or pass \`compile: false\` to the Trainer.`,
        { cause },
      );
    }
  }

  /** Drops the gradients too. */
  dispose(): void {
    zeroGrad(this.#parameters);
    this.#compiled?.dispose();
    for (const sum of this.#sums) sum.dispose();
  }

  #step({ input, target }: Batch, { isFirst, isLast, share }: Portion): StepResult {
    const { model, loss, keepsPredictions } = this.#options;
    // The optimizer may hold but a part of the parameters; the others must not add up either.
    zeroGrad(this.#parameters);
    const output = forwardBatch(model, input);
    const value = loss.forward(output, target);
    (share === 1 ? value : value.mul(share)).backward();
    if (!isFirst) this.#addSums();
    let norm: Tensor | null = null;
    if (isLast) norm = this.#update();
    else this.#saveSums();
    return {
      loss: value.detach(),
      predicted: keepsPredictions ? { output: output.detach(), target } : null,
      gradientNorm: norm,
    };
  }

  /** Returns the norm before clipping. */
  #update(): Tensor {
    const { optimizer, gradientClip, gradientClipValue, average } = this.#options;
    const { parameters } = optimizer;
    const norm =
      gradientClip === undefined ? gradientNorm(parameters) : clipGradNorm(parameters, gradientClip);
    if (gradientClipValue !== undefined) clipGradValue(parameters, gradientClipValue);
    optimizer.step();
    average?.update();
    return norm;
  }

  #addSums(): void {
    noGrad(() => {
      for (const [index, parameter] of this.#options.optimizer.parameters.entries()) {
        const sum = this.#sums[index]!;
        parameter.grad = parameter.grad?.add(sum) ?? sum.copy();
      }
    });
  }

  #saveSums(): void {
    noGrad(() => {
      for (const [index, parameter] of this.#options.optimizer.parameters.entries()) {
        this.#sums[index]!.assign(parameter.grad ?? zeros([], { device: parameter.device }));
      }
    });
  }
}
