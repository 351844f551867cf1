import { fromTypedArray, noGrad, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { checkCount } from '../argument.ts';
import { ArgumentError, DataError } from '../error.ts';
import type { DifferentiableModel, OutputOptions, Predictor } from '../explain.ts';
import { Module } from '../nn/module.ts';
import { sizeOf } from '../nn/shape.ts';
import type { Values } from '../trainer/dataset.ts';
import { valuesOf } from '../trainer/dataset.ts';
import { Pace } from '../trainer/pace.ts';

/** Inputs that are written when their batch is due: all of them together may be far more than fit into memory. */
export interface Rows {
  readonly length: number;
  /** Of one row. */
  readonly shape: readonly number[];
  write(index: number, into: Float32Array): void;
}

/** The rows of values `[rows, …]`. */
export function rowsOf({ data, shape: [length = 0, ...shape] }: Values): Rows {
  const size = sizeOf(shape);
  return { length, shape, write: (index, into) => into.set(data.subarray(index * size, (index + 1) * size)) };
}

/** What a model says about all rows of one explanation: in batches, with progress, until the signal aborts. */
export class Inquiry {
  readonly #method: string;
  readonly #options: OutputOptions;
  readonly #total: number;
  readonly #pace: Pace;
  #asked = 0;
  #target: number | null = null;

  /** `total`: rows that will be asked for until the explanation is done. */
  constructor(method: string, total: number, options: OutputOptions) {
    checkCount(`${method}: batchSize`, options.batchSize ?? 1);
    this.#method = method;
    this.#options = options;
    this.#total = total;
    this.#pace = new Pace(options.signal);
  }

  /** The output that is explained, as soon as the model has answered once. */
  get target(): number {
    return this.#target ?? this.#options.target ?? 0;
  }

  /** All outputs: `[rows, …]`. */
  async outputs(model: Predictor, rows: Rows): Promise<Values> {
    let all: Values | null = null;
    await this.#inBatches(model, rows, async (input, start) => {
      const output = await answer(model, input);
      this.#check(output, input);
      all ??= {
        data: new Float32Array((output.data.length / input.shape[0]!) * rows.length),
        shape: [rows.length, ...output.shape.slice(1)],
      };
      all.data.set(output.data, (start * all.data.length) / rows.length);
    });
    return all ?? { data: new Float32Array(), shape: [0] };
  }

  /** The output that is explained, for each row. */
  async targets(model: Predictor, rows: Rows): Promise<Float64Array> {
    const found = new Float64Array(rows.length);
    await this.#inBatches(model, rows, async (input, start) => {
      const output = await answer(model, input);
      const width = this.#check(output, input);
      const target = this.#choose(width);
      for (let row = 0; row < input.shape[0]!; row += 1) {
        found[start + row] = output.data[row * width + target]!;
      }
    });
    return found;
  }

  /** As `targets`, of a model that takes tensors. */
  async targetsOfTensors(model: DifferentiableModel, rows: Rows): Promise<Float64Array> {
    return this.targets(model instanceof Module ? model : (input) => forward(model, input), rows);
  }

  /** Tells `take` the gradient of the explained output by its own input, for each row in order. */
  async gradients(
    model: DifferentiableModel,
    rows: Rows,
    take: (index: number, gradient: Float32Array) => void,
  ): Promise<void> {
    const size = sizeOf(rows.shape);
    await this.#inBatches(model, rows, async ({ data, shape }, start) => {
      const input = fromTypedArray(data, shape, { requiresGrad: true });
      try {
        tidy(() => withoutWeightGradients(model, () => this.#backward(model, input)));
        const gradients = await valuesOf(input.grad!);
        requireFinite(this.#method, 'a gradient', gradients.data);
        for (let row = 0; row < shape[0]!; row += 1) {
          take(start + row, gradients.data.subarray(row * size, (row + 1) * size));
        }
      } finally {
        input.dispose();
      }
    });
  }

  #backward(model: DifferentiableModel, input: Tensor): void {
    const output = outputOf(model, input);
    const width = this.#widthOf(output.shape, input.shape[0]!);
    const chosen = output.reshape([input.shape[0]!, width]).select(1, this.#choose(width));
    if (chosen.requiresGrad) chosen.sum().backward();
    if (input.grad === null) {
      throw new ArgumentError(
        `${this.#method}: the output does not depend on the input through ops that have a gradient. Leave detach() and noGrad() out of the model, or use kernelShap().`,
      );
    }
  }

  async #inBatches(
    model: Predictor | DifferentiableModel,
    rows: Rows,
    ask: (input: Values, start: number) => Promise<void>,
  ): Promise<void> {
    const { batchSize = 256, onProgress } = this.#options;
    const size = sizeOf(rows.shape);
    await inEvalMode(model, async () => {
      for (let start = 0; start < rows.length; start += batchSize) {
        const count = Math.min(batchSize, rows.length - start);
        const data = new Float32Array(count * size);
        for (let row = 0; row < count; row += 1) {
          rows.write(start + row, data.subarray(row * size, (row + 1) * size));
        }
        this.#pace.check();
        await ask({ data, shape: [count, ...rows.shape] }, start);
        this.#asked += count;
        onProgress?.(Math.min(1, this.#asked / this.#total));
        await this.#pace.breathe();
      }
    });
  }

  /** How many outputs a row has. Throws where the answer does not fit the question. */
  #check(output: Values, input: Values): number {
    const width = this.#widthOf(output.shape, input.shape[0]!);
    requireFinite(this.#method, 'an output', output.data);
    return width;
  }

  #widthOf(shape: readonly number[], count: number): number {
    if (shape[0] === count && sizeOf(shape) > 0) return sizeOf(shape.slice(1));
    throw new ArgumentError(
      `${this.#method}: the model answered a batch of ${count} inputs with the shape [${shape.join(', ')}]; its first dimension must be ${count}.`,
    );
  }

  #choose(width: number): number {
    const { target } = this.#options;
    if (target === undefined && width > 1) {
      throw new ArgumentError(
        `${this.#method}: the model has ${width} outputs; say which one to explain with target, 0 to ${width - 1}.`,
      );
    }
    const chosen = target ?? 0;
    if (!Number.isInteger(chosen) || chosen < 0 || chosen >= width) {
      throw new ArgumentError(
        `${this.#method}: there is no output ${chosen} to explain; the model has ${width}, so target may be 0 to ${width - 1}.`,
      );
    }
    this.#target = chosen;
    return chosen;
  }
}

async function answer(model: Predictor, input: Values): Promise<Values> {
  return model instanceof Module ? forward(model, input) : model(input);
}

/** The answer of a differentiable model when no gradient is wanted. */
async function forward(model: DifferentiableModel, { data, shape }: Values): Promise<Values> {
  const output = tidy(() => noGrad(() => outputOf(model, fromTypedArray(data, shape))));
  try {
    return await valuesOf(output);
  } finally {
    output.dispose();
  }
}

function outputOf(model: DifferentiableModel, input: Tensor): Tensor {
  return model instanceof Module ? model.forward(input) : model(input);
}

async function inEvalMode(model: unknown, work: () => Promise<void>): Promise<void> {
  if (!(model instanceof Module)) return work();
  const { training } = model;
  model.eval();
  try {
    await work();
  } finally {
    model.train(training);
  }
}

/** Weights would gather gradients that nobody asked for, in the middle of a training even wrong ones. */
function withoutWeightGradients(model: DifferentiableModel, work: () => void): void {
  const weights = model instanceof Module ? model.parameters().filter((weight) => weight.requiresGrad) : [];
  for (const weight of weights) weight.requiresGrad = false;
  try {
    work();
  } finally {
    for (const weight of weights) weight.requiresGrad = true;
  }
}

function requireFinite(method: string, what: string, numbers: Float32Array): void {
  const wrong = numbers.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new DataError(
    `${method}: the model answered with ${what} of ${wrong}. Check its weights, and that its inputs are scaled as in training.`,
  );
}
