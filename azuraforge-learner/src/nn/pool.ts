import { avgPool1d, avgPool2d, maxPool1d, maxPool2d } from 'azuraforge-core';
import type {
  AvgPool1dOptions,
  AvgPool2dOptions,
  Lengths2d,
  MaxPool1dOptions,
  MaxPool2dOptions,
  Shape,
  Tensor,
} from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { checkInput } from './input.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { sizeOf } from './shape.ts';
import { checkLengths, perAxis, windowSize } from './window.ts';

/** What the kinds of pooling share: a window, its options, and the checks of both. */
abstract class Pooling<Window extends Lengths2d, Options extends MaxPool2dOptions> extends Module {
  readonly kernelSize: Window;
  readonly options: Readonly<Options>;
  readonly #name: string;
  readonly #axes: 1 | 2;

  constructor(name: string, axes: 1 | 2, kernelSize: Window, options: Options) {
    super();
    const { stride = kernelSize, padding = 0, dilation = 1 } = options;
    checkLengths(`${name}: kernelSize`, kernelSize, axes, 1);
    checkLengths(`${name}: stride`, stride, axes, 1);
    checkLengths(`${name}: padding`, padding, axes, 0);
    checkLengths(`${name}: dilation`, dilation, axes, 1);
    const window = perAxis(kernelSize, axes);
    if (perAxis(padding, axes).some((length, axis) => 2 * length > window[axis]!)) {
      throw new ArgumentError(`${name}: the padding must be at most half of kernelSize.`);
    }
    this.kernelSize = kernelSize;
    this.options = { ...options };
    this.#name = name;
    this.#axes = axes;
  }

  override forward(input: Tensor): Tensor {
    const sizes = this.#axes === 1 ? 'length' : 'height, width';
    checkInput(this.#name, input, {
      takes: `[batch, channels, ${sizes}]`,
      fits: input.ndim === this.#axes + 2,
    });
    return this.pool(input);
  }

  override flops(_input: Shape, output: Shape): number {
    return sizeOf(output) * windowSize(this.kernelSize, this.#axes);
  }

  override describe(): LayerDescription {
    return { type: this.#name, kernelSize: this.kernelSize, ...this.options };
  }

  protected abstract pool(input: Tensor): Tensor;
}

/**
 * The largest number of each window: [batch, channels, length] → [batch, channels, length']. The stride is the size of
 * the window unless it is given.
 */
export class MaxPool1d extends Pooling<number, MaxPool1dOptions> {
  constructor(kernelSize: number, options: MaxPool1dOptions = {}) {
    super('MaxPool1d', 1, kernelSize, options);
  }

  protected override pool(input: Tensor): Tensor {
    return maxPool1d(input, this.kernelSize, this.options);
  }
}

/**
 * The largest number of each window: [batch, channels, height, width] → [batch, channels, height', width']. The stride
 * is the size of the window unless it is given.
 */
export class MaxPool2d extends Pooling<Lengths2d, MaxPool2dOptions> {
  constructor(kernelSize: Lengths2d, options: MaxPool2dOptions = {}) {
    super('MaxPool2d', 2, kernelSize, options);
  }

  protected override pool(input: Tensor): Tensor {
    return maxPool2d(input, this.kernelSize, this.options);
  }
}

/**
 * The mean of each window: [batch, channels, length] → [batch, channels, length']. The stride is the size of the window
 * unless it is given.
 */
export class AvgPool1d extends Pooling<number, AvgPool1dOptions> {
  constructor(kernelSize: number, options: AvgPool1dOptions = {}) {
    super('AvgPool1d', 1, kernelSize, options);
  }

  protected override pool(input: Tensor): Tensor {
    return avgPool1d(input, this.kernelSize, this.options);
  }
}

/**
 * The mean of each window: [batch, channels, height, width] → [batch, channels, height', width']. The stride is the
 * size of the window unless it is given.
 */
export class AvgPool2d extends Pooling<Lengths2d, AvgPool2dOptions> {
  constructor(kernelSize: Lengths2d, options: AvgPool2dOptions = {}) {
    super('AvgPool2d', 2, kernelSize, options);
  }

  protected override pool(input: Tensor): Tensor {
    return avgPool2d(input, this.kernelSize, this.options);
  }
}
