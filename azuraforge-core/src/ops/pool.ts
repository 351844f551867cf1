import { record } from '../autograd.ts';
import { inputError, shapeError } from '../error.ts';
import type { Kernel, Pool2dGeometry } from '../kernel.ts';
import { within } from '../memory.ts';
import type { Shape } from '../shape.ts';
import { sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { emptyLike, packed, requireDType, sharedDevice } from './compute.ts';
import type { Lengths2d } from './window.ts';
import { extentOf, lengthsOf, requireFit, toPlane } from './window.ts';

interface Pool2dOptions {
  /** By default the size of the window. */
  stride?: Lengths2d;
  /** At most half the window; no number there is ever the largest, and each counts as 0 in a mean. */
  padding?: Lengths2d;
  /** Also windows that reach beyond the padding at the end, as long as they start before it. */
  ceilMode?: boolean;
}

interface Pool1dOptions extends Pool2dOptions {
  stride?: number;
  padding?: number;
}

export interface MaxPool2dOptions extends Pool2dOptions {
  dilation?: Lengths2d;
}

export interface MaxPool1dOptions extends Pool1dOptions {
  dilation?: number;
}

export interface AvgPool2dOptions extends Pool2dOptions {
  /** Whether the padding counts in the number that the sum is divided by; true by default. */
  countIncludePad?: boolean;
}

export interface AvgPool1dOptions extends Pool1dOptions {
  countIncludePad?: boolean;
}

/** The largest number of each window along the last axis; x is [batch, channels, length] or [channels, length]. */
export function maxPool1d(x: Tensor, kernelSize: number, options: MaxPool1dOptions = {}): Tensor {
  return maxPool('maxPool1d', 1, x, kernelSize, options);
}

/** The largest number of each window; x is [batch, channels, height, width] or [channels, height, width]. */
export function maxPool2d(x: Tensor, kernelSize: Lengths2d, options: MaxPool2dOptions = {}): Tensor {
  return maxPool('maxPool2d', 2, x, kernelSize, options);
}

/** The mean of each window along the last axis; x is [batch, channels, length] or [channels, length]. */
export function avgPool1d(x: Tensor, kernelSize: number, options: AvgPool1dOptions = {}): Tensor {
  return avgPool('avgPool1d', 1, x, kernelSize, options);
}

/** The mean of each window; x is [batch, channels, height, width] or [channels, height, width]. */
export function avgPool2d(x: Tensor, kernelSize: Lengths2d, options: AvgPool2dOptions = {}): Tensor {
  return avgPool('avgPool2d', 2, x, kernelSize, options);
}

function maxPool(
  op: string,
  axes: number,
  x: Tensor,
  kernelSize: Lengths2d,
  options: MaxPool2dOptions,
): Tensor {
  const { geometry, shape } = checkPool(op, axes, x, kernelSize, options);
  return within(op, () => {
    const output = emptyLike(op, x, shape, 'float32');
    const winners = emptyLike(op, x, shape, 'int32');
    run({ kind: 'maxPool2d', ...geometry }, op, [packed(op, x), output, winners]);
    const from = x.shape;
    return record(op, [x], [output], [winners], ([g], [positions]) => {
      const gradient = emptyLike(op, g!, from, 'float32');
      run({ kind: 'maxPool2dGradient', ...geometry }, op, [packed(op, g!), positions!, gradient]);
      return [gradient];
    })[0];
  });
}

function avgPool(
  op: string,
  axes: number,
  x: Tensor,
  kernelSize: Lengths2d,
  { countIncludePad: countPadding = true, ...options }: AvgPool2dOptions,
): Tensor {
  const { geometry, shape } = checkPool(op, axes, x, kernelSize, options);
  return within(op, () => {
    const output = emptyLike(op, x, shape, 'float32');
    run({ kind: 'avgPool2d', ...geometry, countPadding }, op, [packed(op, x), output]);
    const from = x.shape;
    return record(op, [x], [output], [], ([g]) => {
      const gradient = emptyLike(op, g!, from, 'float32');
      run({ kind: 'avgPool2dGradient', ...geometry, countPadding }, op, [packed(op, g!), gradient]);
      return [gradient];
    })[0];
  });
}

function run(kernel: Kernel, op: string, operands: readonly Tensor[]): void {
  if (operands.some((tensor) => tensor.size === 0)) return;
  sharedDevice(op, operands).run(
    kernel,
    operands.map((tensor) => tensor.storage.buffer),
  );
}

/** Refuses what does not fit together; returns the sizes and the shape of the output. */
function checkPool(
  op: string,
  axes: number,
  x: Tensor,
  kernelSize: Lengths2d,
  options: MaxPool2dOptions,
): { readonly geometry: Pool2dGeometry; readonly shape: Shape } {
  sharedDevice(op, [x]);
  requireDType(op, 'the input', x, 'float32');
  const inputSize = x.shape.slice(-axes);
  if ((x.ndim !== axes + 1 && x.ndim !== axes + 2) || x.shape.slice(-axes - 1).includes(0)) {
    const sizes = axes === 1 ? 'length' : 'height, width';
    throw shapeError(
      op,
      [x.shape],
      `[batch, channels, ${sizes}] or [channels, ${sizes}], of which only the batch may be empty`,
    );
  }
  const size = lengthsOf(op, 'kernelSize', kernelSize, axes, 1);
  const stride = options.stride === undefined ? size : lengthsOf(op, 'stride', options.stride, axes, 1);
  const padding = lengthsOf(op, 'padding', options.padding ?? 0, axes, 0);
  const dilation = lengthsOf(op, 'dilation', options.dilation ?? 1, axes, 1);
  if (padding.some((length, axis) => 2 * length > size[axis]!)) {
    throw inputError(
      op,
      `padding [${padding.join(', ')}] is more than half the window, [${size.join(', ')}]`,
      { padding, kernelSize: size },
    );
  }
  const extent = size.map((length, axis) => extentOf(length, dilation[axis]!));
  const padded = inputSize.map((length, axis) => length + 2 * padding[axis]!);
  requireFit(op, inputSize, padded, extent);
  const outputSize = padded.map((length, axis) => {
    const steps = (length - extent[axis]!) / stride[axis]!;
    if (options.ceilMode !== true) return Math.floor(steps) + 1;
    const last = Math.ceil(steps);
    return last * stride[axis]! < inputSize[axis]! + padding[axis]! ? last + 1 : last;
  });
  const lead = x.shape.slice(0, -axes);
  return {
    shape: [...lead, ...outputSize],
    geometry: {
      planes: sizeOf(lead),
      inputSize: toPlane(inputSize, 1),
      outputSize: toPlane(outputSize, 1),
      window: {
        size: toPlane(size, 1),
        stride: toPlane(stride, 1),
        padding: toPlane(padding, 0),
        dilation: toPlane(dilation, 1),
      },
    },
  };
}
