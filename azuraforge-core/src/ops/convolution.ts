import { record } from '../autograd.ts';
import { inputError, shapeError } from '../error.ts';
import type { Conv2dGeometry } from '../kernel.ts';
import { within } from '../memory.ts';
import type { Shape } from '../shape.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { emptyLike, packed, requireDType, sharedDevice } from './compute.ts';
import type { Lengths2d } from './window.ts';
import { extentOf, lengthsOf, requireFit, toPlane } from './window.ts';

export interface Conv2dOptions {
  stride?: Lengths2d;
  /** Zeros around the plane; `same` as many as keep its size (at stride 1), an odd one at the end; `valid` none. */
  padding?: Lengths2d | 'same' | 'valid';
  dilation?: Lengths2d;
  /** The channels are cut into so many groups; each group of the output sees its group of the input alone. */
  groups?: number;
}

export interface Conv1dOptions extends Conv2dOptions {
  stride?: number;
  padding?: number | 'same' | 'valid';
  dilation?: number;
}

export interface ConvTranspose2dOptions {
  stride?: Lengths2d;
  /** What is cut off around the output. */
  padding?: Lengths2d;
  /** What the output is longer at its end; less than the stride or the dilation. */
  outputPadding?: Lengths2d;
  groups?: number;
  dilation?: Lengths2d;
}

export interface ConvTranspose1dOptions extends ConvTranspose2dOptions {
  stride?: number;
  padding?: number;
  outputPadding?: number;
  dilation?: number;
}

/** x [batch, in, length] · weight [out, in / groups, window] + bias [out] → [batch, out, length] (torch's conv1d). */
export function conv1d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: Conv1dOptions = {},
): Tensor {
  return convolve('conv1d', 1, x, weight, bias, options);
}

/** x [batch, in, height, width] · weight [out, in / groups, height, width] + bias [out] → planes (torch's conv2d). */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: Conv2dOptions = {},
): Tensor {
  return convolve('conv2d', 2, x, weight, bias, options);
}

/** The transpose of `conv1d`; weight [in, out / groups, window] (torch's conv_transpose1d). */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTranspose1dOptions = {},
): Tensor {
  return convolveTransposed('convTranspose1d', 1, x, weight, bias, options);
}

/** The transpose of `conv2d`; weight [in, out / groups, height, width] (torch's conv_transpose2d). */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTranspose2dOptions = {},
): Tensor {
  return convolveTransposed('convTranspose2d', 2, x, weight, bias, options);
}

function convolve(
  op: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: Conv2dOptions,
): Tensor {
  checkPlanes(op, axes, x, weight, bias);
  const groups = lengthsOf(op, 'groups', options.groups ?? 1, 1, 1)[0]!;
  const [batch, inChannels, ...inputSize] = x.shape as [number, number, ...number[]];
  const [outChannels, groupChannels, ...size] = weight.shape as [number, number, ...number[]];
  if (inChannels !== groupChannels * groups) {
    throw shapeError(
      op,
      [x.shape, weight.shape],
      `${groupChannels * groups} channels in the input, ${groupChannels} for each of ${groups} groups`,
    );
  }
  if (outChannels % groups !== 0) {
    throw shapeError(op, [weight.shape], `a number of output channels that ${groups} groups divide`);
  }
  checkBias(op, weight, bias, outChannels);
  const stride = lengthsOf(op, 'stride', options.stride ?? 1, axes, 1);
  const dilation = lengthsOf(op, 'dilation', options.dilation ?? 1, axes, 1);
  const extent = size.map((length, axis) => extentOf(length, dilation[axis]!));
  const { before, total } = paddingOf(op, axes, options.padding ?? 0, extent, stride);
  const paddedSize = inputSize.map((length, axis) => length + total[axis]!);
  requireFit(op, inputSize, paddedSize, extent);
  const outputSize = paddedSize.map((length, axis) =>
    Math.floor((length - extent[axis]!) / stride[axis]! + 1),
  );
  const geometry: Conv2dGeometry = {
    batch,
    groups,
    inChannels,
    outChannels,
    inputSize: toPlane(inputSize, 1),
    outputSize: toPlane(outputSize, 1),
    window: {
      size: toPlane(size, 1),
      stride: toPlane(stride, 1),
      padding: toPlane(before, 0),
      dilation: toPlane(dilation, 1),
    },
  };
  return within(op, () => {
    const inputs = [x, weight, ...(bias === null ? [] : [bias])];
    const [image, filter, shift] = inputs.map((tensor) => packed(op, tensor));
    const shape = [batch, outChannels, ...outputSize];
    const output = runForward(op, geometry, shape, image!, filter!, shift ?? null);
    return record(op, inputs, [output], [image!, filter!], ([g], [source, factors], needs) => {
      const upstream = packed(op, g!);
      return [
        needs[0] ? runInputGradient(op, geometry, source!.shape, upstream, factors!, null) : null,
        needs[1] ? runWeightGradient(op, geometry, factors!.shape, source!, upstream) : null,
        needs[2] ? sumOverPlanes(upstream) : null,
      ];
    })[0];
  });
}

/** The same three kernels with changed roles: what goes in here is what `convolve` puts out. */
function convolveTransposed(
  op: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvTranspose2dOptions,
): Tensor {
  checkPlanes(op, axes, x, weight, bias);
  const groups = lengthsOf(op, 'groups', options.groups ?? 1, 1, 1)[0]!;
  const [batch, inChannels, ...inputSize] = x.shape as [number, number, ...number[]];
  const [filters, groupChannels, ...size] = weight.shape as [number, number, ...number[]];
  if (filters !== inChannels) {
    throw shapeError(op, [x.shape, weight.shape], `${filters} channels in the input, as the weight has`);
  }
  if (inChannels % groups !== 0) {
    throw shapeError(op, [x.shape], `a number of input channels that ${groups} groups divide`);
  }
  const outChannels = groupChannels * groups;
  checkBias(op, weight, bias, outChannels);
  const stride = lengthsOf(op, 'stride', options.stride ?? 1, axes, 1);
  const dilation = lengthsOf(op, 'dilation', options.dilation ?? 1, axes, 1);
  const padding = lengthsOf(op, 'padding', options.padding ?? 0, axes, 0);
  const extra = lengthsOf(op, 'outputPadding', options.outputPadding ?? 0, axes, 0);
  if (extra.some((length, axis) => length >= Math.max(stride[axis]!, dilation[axis]!))) {
    throw inputError(
      op,
      `outputPadding [${extra.join(', ')}] must be less than the stride, [${stride.join(', ')}], or the dilation, [${dilation.join(', ')}]`,
      { outputPadding: extra, stride, dilation },
    );
  }
  const outputSize = inputSize.map((length, axis) => {
    const whole = (length - 1) * stride[axis]! + extentOf(size[axis]!, dilation[axis]!);
    return whole - 2 * padding[axis]! + extra[axis]!;
  });
  if (outputSize.some((length) => length < 1)) {
    throw shapeError(
      op,
      [x.shape, weight.shape],
      `less padding than [${padding.join(', ')}], which cuts the output to [${outputSize.join(', ')}]`,
    );
  }
  const geometry: Conv2dGeometry = {
    batch,
    groups,
    inChannels: outChannels,
    outChannels: inChannels,
    inputSize: toPlane(outputSize, 1),
    outputSize: toPlane(inputSize, 1),
    window: {
      size: toPlane(size, 1),
      stride: toPlane(stride, 1),
      padding: toPlane(padding, 0),
      dilation: toPlane(dilation, 1),
    },
  };
  return within(op, () => {
    const inputs = [x, weight, ...(bias === null ? [] : [bias])];
    const [source, filter, shift] = inputs.map((tensor) => packed(op, tensor));
    const shape = [batch, outChannels, ...outputSize];
    const output = runInputGradient(op, geometry, shape, source!, filter!, shift ?? null);
    return record(op, inputs, [output], [source!, filter!], ([g], [image, factors], needs) => {
      const upstream = packed(op, g!);
      return [
        needs[0] ? runForward(op, geometry, image!.shape, upstream, factors!, null) : null,
        needs[1] ? runWeightGradient(op, geometry, factors!.shape, upstream, image!) : null,
        needs[2] ? sumOverPlanes(upstream) : null,
      ];
    })[0];
  });
}

function checkPlanes(op: string, axes: number, x: Tensor, weight: Tensor, bias: Tensor | null): void {
  const operands = [x, weight, ...(bias === null ? [] : [bias])];
  sharedDevice(op, operands);
  for (const tensor of operands) requireDType(op, 'an argument', tensor, 'float32');
  if (x.ndim !== axes + 2 || weight.ndim !== axes + 2 || [...x.shape.slice(1), ...weight.shape].includes(0)) {
    const sizes = axes === 1 ? 'length' : 'height, width';
    throw shapeError(
      op,
      [x.shape, weight.shape],
      `an input [batch, channels, ${sizes}] and a weight of ${axes + 2} axes, of which only the batch may be empty`,
    );
  }
}

function checkBias(op: string, weight: Tensor, bias: Tensor | null, outChannels: number): void {
  if (bias !== null && !sameShape(bias.shape, [outChannels])) {
    throw shapeError(op, [weight.shape, bias.shape], `a bias of shape [${outChannels}]`);
  }
}

/** Zeros before the plane and in all, by axis. */
function paddingOf(
  op: string,
  axes: number,
  padding: Lengths2d | 'same' | 'valid',
  extent: readonly number[],
  stride: readonly number[],
): { readonly before: readonly number[]; readonly total: readonly number[] } {
  if (padding === 'same') {
    if (stride.some((step) => step !== 1)) {
      throw inputError(op, `padding 'same' needs stride 1, got [${stride.join(', ')}]`, { stride });
    }
    const total = extent.map((length) => length - 1);
    return { before: total.map((length) => Math.floor(length / 2)), total };
  }
  const before = lengthsOf(op, 'padding', padding === 'valid' ? 0 : padding, axes, 0);
  return { before, total: before.map((length) => 2 * length) };
}

/** Outside of the graph, like the two that follow: operands are packed, and [N, C, L] lies in memory as [N, C, 1, L] does. */
function runForward(
  op: string,
  geometry: Conv2dGeometry,
  shape: Shape,
  image: Tensor,
  weight: Tensor,
  bias: Tensor | null,
): Tensor {
  const output = emptyLike(op, image, shape, 'float32');
  if (output.size === 0) return output;
  const operands = [image, weight, ...(bias === null ? [] : [bias]), output];
  sharedDevice(op, operands).run(
    { kind: 'conv2d', ...geometry, bias: bias !== null },
    operands.map((tensor) => tensor.storage.buffer),
  );
  return output;
}

function runInputGradient(
  op: string,
  geometry: Conv2dGeometry,
  shape: Shape,
  upstream: Tensor,
  weight: Tensor,
  bias: Tensor | null,
): Tensor {
  const output = emptyLike(op, upstream, shape, 'float32');
  if (output.size === 0) return output;
  const operands = [upstream, weight, ...(bias === null ? [] : [bias]), output];
  sharedDevice(op, operands).run(
    { kind: 'conv2dInputGradient', ...geometry, bias: bias !== null },
    operands.map((tensor) => tensor.storage.buffer),
  );
  return output;
}

function runWeightGradient(
  op: string,
  geometry: Conv2dGeometry,
  shape: Shape,
  image: Tensor,
  upstream: Tensor,
): Tensor {
  if (image.size === 0) return image.filledLike(0, shape);
  const output = emptyLike(op, image, shape, 'float32');
  const operands = [image, upstream, output];
  sharedDevice(op, operands).run(
    { kind: 'conv2dWeightGradient', ...geometry },
    operands.map((tensor) => tensor.storage.buffer),
  );
  return output;
}

/** The gradient of the bias: one number for each channel. */
function sumOverPlanes(upstream: Tensor): Tensor {
  return upstream.sum(upstream.shape.map((_, axis) => axis).filter((axis) => axis !== 1));
}
