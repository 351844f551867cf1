import { conv1d, conv2d, convTranspose2d } from 'azuraforge-core';
import type { Generator, Lengths2d, Shape, Tensor } from 'azuraforge-core';
import { checkCount } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { uniformParameters } from './initial.ts';
import { checkInput } from './input.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';
import { sizeOf } from './shape.ts';
import { checkLengths, perAxis, windowSize } from './window.ts';

interface ConvolutionOptions {
  /** Default true. */
  bias?: boolean;
  /** The channels are cut into so many groups; each group of the output sees its group of the input alone. Default 1. */
  groups?: number;
  /** Draws the initial weights. Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
}

export interface Conv2dOptions extends ConvolutionOptions {
  /** Default 1. */
  stride?: Lengths2d;
  /** Zeros around the plane; `same` as many as keep its size (stride 1 only), `valid` none. Default 0. */
  padding?: Lengths2d | 'same' | 'valid';
  /** Default 1. */
  dilation?: Lengths2d;
}

export interface Conv1dOptions extends Conv2dOptions {
  stride?: number;
  padding?: number | 'same' | 'valid';
  dilation?: number;
}

export interface ConvTranspose2dOptions extends ConvolutionOptions {
  /** Default 1. */
  stride?: Lengths2d;
  /** What is cut off around the output. Default 0. */
  padding?: Lengths2d;
  /** What the output is longer at its end; less than the stride or the dilation. Default 0. */
  outputPadding?: Lengths2d;
  /** Default 1. */
  dilation?: Lengths2d;
}

/** What the kinds of convolution share: channels, window, groups and weights that start uniform within 1/√fan-in. */
abstract class Convolution<Window extends Lengths2d> extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: Window;
  readonly groups: number;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  protected readonly axes: 1 | 2;

  constructor(
    { name, axes, transposed }: { name: string; axes: 1 | 2; transposed: boolean },
    channels: readonly [inChannels: number, outChannels: number],
    kernelSize: Window,
    { bias = true, groups = 1, generator }: ConvolutionOptions,
  ) {
    super();
    const [inChannels, outChannels] = channels;
    checkCount(`${name}: inChannels`, inChannels);
    checkCount(`${name}: outChannels`, outChannels);
    checkCount(`${name}: groups`, groups);
    checkLengths(`${name}: kernelSize`, kernelSize, axes, 1);
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ArgumentError(
        `${name}: ${groups} groups must divide the channels, ${inChannels} going in and ${outChannels} coming out.`,
      );
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernelSize;
    this.groups = groups;
    this.axes = axes;
    const [filters, width] = transposed ? [inChannels, outChannels] : [outChannels, inChannels];
    const shape = [filters, width / groups, ...perAxis(kernelSize, axes)];
    const draw = uniformParameters(1 / Math.sqrt(sizeOf(shape.slice(1))), generator);
    this.weight = this.registerParameter('weight', draw(shape));
    this.bias = bias ? this.registerParameter('bias', draw([outChannels])) : null;
  }

  protected checkPlanes(name: string, input: Tensor): void {
    const sizes = this.axes === 1 ? 'length' : 'height, width';
    checkInput(name, input, {
      takes: `[batch, ${this.inChannels}, ${sizes}]`,
      fits: input.ndim === this.axes + 2 && input.shape[1] === this.inChannels,
    });
  }

  protected describeOptions(): Record<string, unknown> {
    const { inChannels, outChannels, kernelSize, groups, bias } = this;
    return { inChannels, outChannels, kernelSize, groups, bias: bias !== null };
  }

  /** One product for each weight at each place of the side that the window moves over, and the bias. */
  protected productsAt(places: Shape, output: Shape): number {
    const perPlace = 2 * sizeOf(this.weight.shape.slice(1));
    return sizeOf(places) * perPlace + (this.bias === null ? 0 : sizeOf(output));
  }
}

type WindowOptions = Pick<Conv2dOptions, 'stride' | 'padding' | 'dilation'>;

/** Checks the window's options that both forward convolutions share. */
function checkWindow(
  name: string,
  axes: 1 | 2,
  { stride, padding, dilation }: Required<WindowOptions>,
): void {
  checkLengths(`${name}: stride`, stride, axes, 1);
  checkLengths(`${name}: dilation`, dilation, axes, 1);
  if (typeof padding !== 'string') {
    checkLengths(`${name}: padding`, padding, axes, 0);
    return;
  }
  if (padding !== 'same' && padding !== 'valid') {
    throw new ArgumentError(
      `${name}: padding is "${String(padding)}"; it must be numbers, "same" or "valid".`,
    );
  }
  if (padding === 'same' && windowSize(stride, axes) !== 1) {
    throw new ArgumentError(`${name}: padding "same" needs the stride 1.`);
  }
}

/**
 * Convolution along time: [batch, inChannels, length] → [batch, outChannels, length']. Parameters `weight`
 * [out, in / groups, kernelSize] and `bias` [out], as in torch.
 */
export class Conv1d extends Convolution<number> {
  readonly stride: number;
  readonly padding: number | 'same' | 'valid';
  readonly dilation: number;

  constructor(inChannels: number, outChannels: number, kernelSize: number, options: Conv1dOptions = {}) {
    const { stride = 1, padding = 0, dilation = 1 } = options;
    checkWindow('Conv1d', 1, { stride, padding, dilation });
    super({ name: 'Conv1d', axes: 1, transposed: false }, [inChannels, outChannels], kernelSize, options);
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
  }

  override forward(input: Tensor): Tensor {
    this.checkPlanes('Conv1d', input);
    const { stride, padding, dilation, groups } = this;
    return conv1d(input, this.weight, this.bias, { stride, padding, dilation, groups });
  }

  override flops(_input: Shape, output: Shape): number {
    return this.productsAt(output, output);
  }

  override describe(): LayerDescription {
    const { stride, padding, dilation } = this;
    return { type: 'Conv1d', ...this.describeOptions(), stride, padding, dilation };
  }
}

/**
 * Convolution over planes: [batch, inChannels, height, width] → [batch, outChannels, height', width']. Parameters
 * `weight` [out, in / groups, height, width] and `bias` [out], as in torch.
 */
export class Conv2d extends Convolution<Lengths2d> {
  readonly stride: Lengths2d;
  readonly padding: Lengths2d | 'same' | 'valid';
  readonly dilation: Lengths2d;

  constructor(inChannels: number, outChannels: number, kernelSize: Lengths2d, options: Conv2dOptions = {}) {
    const { stride = 1, padding = 0, dilation = 1 } = options;
    checkWindow('Conv2d', 2, { stride, padding, dilation });
    super({ name: 'Conv2d', axes: 2, transposed: false }, [inChannels, outChannels], kernelSize, options);
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
  }

  override forward(input: Tensor): Tensor {
    this.checkPlanes('Conv2d', input);
    const { stride, padding, dilation, groups } = this;
    return conv2d(input, this.weight, this.bias, { stride, padding, dilation, groups });
  }

  override flops(_input: Shape, output: Shape): number {
    return this.productsAt(output, output);
  }

  override describe(): LayerDescription {
    const { stride, padding, dilation } = this;
    return { type: 'Conv2d', ...this.describeOptions(), stride, padding, dilation };
  }
}

/**
 * The transpose of a convolution, which makes planes larger: [batch, inChannels, height, width] →
 * [batch, outChannels, height', width']. Parameters `weight` [in, out / groups, height, width] and `bias` [out], as in
 * torch.
 */
export class ConvTranspose2d extends Convolution<Lengths2d> {
  readonly stride: Lengths2d;
  readonly padding: Lengths2d;
  readonly outputPadding: Lengths2d;
  readonly dilation: Lengths2d;

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Lengths2d,
    options: ConvTranspose2dOptions = {},
  ) {
    const name = 'ConvTranspose2d';
    const { stride = 1, padding = 0, outputPadding = 0, dilation = 1 } = options;
    checkWindow(name, 2, { stride, padding, dilation });
    checkLengths(`${name}: outputPadding`, outputPadding, 2, 0);
    const [strides, dilations] = [perAxis(stride, 2), perAxis(dilation, 2)];
    if (
      perAxis(outputPadding, 2).some((extra, axis) => extra >= Math.max(strides[axis]!, dilations[axis]!))
    ) {
      throw new ArgumentError(`${name}: outputPadding must be less than the stride or the dilation.`);
    }
    super({ name, axes: 2, transposed: true }, [inChannels, outChannels], kernelSize, options);
    this.stride = stride;
    this.padding = padding;
    this.outputPadding = outputPadding;
    this.dilation = dilation;
  }

  override forward(input: Tensor): Tensor {
    this.checkPlanes('ConvTranspose2d', input);
    const { stride, padding, outputPadding, dilation, groups } = this;
    return convTranspose2d(input, this.weight, this.bias, {
      stride,
      padding,
      outputPadding,
      dilation,
      groups,
    });
  }

  override flops(input: Shape, output: Shape): number {
    return this.productsAt(input, output);
  }

  override describe(): LayerDescription {
    const { stride, padding, outputPadding, dilation } = this;
    return { type: 'ConvTranspose2d', ...this.describeOptions(), stride, padding, outputPadding, dilation };
  }
}
