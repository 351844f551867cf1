import {
  avgPool1d,
  avgPool2d,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  maxPool1d,
  maxPool2d,
} from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import type { OnnxNode } from '../node.ts';
import { operator } from '../operator.ts';
import type { Operators } from '../operator.ts';

type Pair = [number, number];

/** One window over a line or a plane, as ONNX describes it. */
interface Window {
  kernel: number[];
  stride: number[];
  dilation: number[];
  /** Before and behind each axis. */
  pads: Pair[];
}

const WINDOW = ['kernel_shape', 'strides', 'pads', 'dilations', 'auto_pad'];

export const windowOperators: Operators = {
  Conv: operator([...WINDOW, 'group'], (operands, node) => {
    const [x, weight, bias] = [operands.tensor(0), operands.tensor(1), operands.optional(2)];
    const { stride, dilation, pads } = windowOf(node, x, weight.shape.slice(2));
    const [input, padding] = evened(x, pads, 0);
    const groups = node.int('group', 1);
    return x.ndim === 3
      ? conv1d(input, weight, bias, { stride: stride[0], padding: padding[0], dilation: dilation[0], groups })
      : conv2d(input, weight, bias, {
          stride: stride as Pair,
          padding: padding as Pair,
          dilation: dilation as Pair,
          groups,
        });
  }),
  ConvTranspose: operator([...WINDOW, 'group', 'output_padding'], (operands, node) => {
    const [x, weight, bias] = [operands.tensor(0), operands.tensor(1), operands.optional(2)];
    const { stride, dilation, pads } = windowOf(node, x, weight.shape.slice(2));
    const extra = node.ints('output_padding') ?? stride.map(() => 0);
    const groups = node.int('group', 1);
    const padding = pads.map(([before, behind]) => {
      if (before === behind) return before;
      throw node.unsupported('pads', pads.join('; '), 'the same padding on both sides');
    });
    return x.ndim === 3
      ? convTranspose1d(x, weight, bias, {
          stride: stride[0],
          padding: padding[0],
          outputPadding: extra[0],
          dilation: dilation[0],
          groups,
        })
      : convTranspose2d(x, weight, bias, {
          stride: stride as Pair,
          padding: padding as Pair,
          outputPadding: extra as Pair,
          dilation: dilation as Pair,
          groups,
        });
  }),
  MaxPool: operator([...WINDOW, 'ceil_mode', 'storage_order'], (operands, node) => {
    node.requireInt('storage_order', 0, 0);
    const x = operands.tensor(0);
    const { kernel, stride, dilation, pads } = windowOf(node, x, null);
    const [input, padding] = evened(x, pads, -Infinity, kernel);
    const ceilMode = node.int('ceil_mode', 0) === 1;
    return x.ndim === 3
      ? maxPool1d(input, kernel[0]!, {
          stride: stride[0],
          padding: padding[0],
          dilation: dilation[0],
          ceilMode,
        })
      : maxPool2d(input, kernel as Pair, {
          stride: stride as Pair,
          padding: padding as Pair,
          dilation: dilation as Pair,
          ceilMode,
        });
  }),
  AveragePool: operator([...WINDOW, 'ceil_mode', 'count_include_pad'], (operands, node) => {
    const x = operands.tensor(0);
    const { kernel, stride, dilation, pads } = windowOf(node, x, null);
    if (dilation.some((step) => step !== 1)) throw node.unsupported('dilations', dilation.join(), 1);
    const countIncludePad = node.int('count_include_pad', 0) === 1;
    const isEven = pads.every(([before, behind], axis) => before === behind && 2 * before <= kernel[axis]!);
    if (!isEven && !countIncludePad) {
      throw node.unsupported('pads', pads.join('; '), 'the same padding on both sides');
    }
    const [input, padding] = evened(x, pads, 0, kernel);
    const ceilMode = node.int('ceil_mode', 0) === 1;
    return x.ndim === 3
      ? avgPool1d(input, kernel[0]!, { stride: stride[0], padding: padding[0], ceilMode, countIncludePad })
      : avgPool2d(input, kernel as Pair, {
          stride: stride as Pair,
          padding: padding as Pair,
          ceilMode,
          countIncludePad,
        });
  }),
  GlobalAveragePool: operator([], (operands) => operands.tensor(0).mean(placesOf(operands.tensor(0)), true)),
  GlobalMaxPool: operator([], (operands) => operands.tensor(0).max(placesOf(operands.tensor(0)), true)),
};

/** Throws for what is neither a line nor a plane, and for a node that leaves its padding to the runtime. */
function windowOf(node: OnnxNode, x: Tensor, weight: readonly number[] | null): Window {
  const axes = x.ndim - 2;
  if (axes !== 1 && axes !== 2) {
    throw node.error(
      `is given [${x.shape.join(', ')}]; only [batch, channels, length] and [batch, channels, height, width] can be imported.`,
    );
  }
  const kernel = node.ints('kernel_shape') ?? [...(weight ?? [])];
  const ones = kernel.map(() => 1);
  const pads = node.ints('pads') ?? [...ones, ...ones].map(() => 0);
  const automatic = node.text('auto_pad', 'NOTSET');
  if (automatic !== 'NOTSET' && automatic !== 'VALID') {
    throw node.unsupported('auto_pad', automatic, 'NOTSET or VALID');
  }
  const window = {
    kernel,
    stride: node.ints('strides') ?? ones,
    dilation: node.ints('dilations') ?? ones,
    pads: ones.map((_, axis): Pair => [pads[axis]!, pads[axis + axes]!]),
  };
  const lists = [kernel, window.stride, window.dilation];
  if (pads.length === 2 * axes && lists.every((list) => list.length === axes)) return window;
  throw node.error(`has attributes for another number of axes than ${axes}: the file is damaged.`);
}

/** The input and a padding that is the same on both sides; another is put around the input before. */
function evened(
  x: Tensor,
  pads: readonly Pair[],
  value: number,
  kernel?: readonly number[],
): [input: Tensor, padding: number[]] {
  const isEven = pads.every(([before, behind], axis) => {
    return before === behind && (kernel === undefined || 2 * before <= kernel[axis]!);
  });
  if (isEven) return [x, pads.map(([before]) => before)];
  return [x.pad([[0, 0], [0, 0], ...pads], value), pads.map(() => 0)];
}

function placesOf(x: Tensor): number[] {
  return x.shape.map((_, axis) => axis).slice(2);
}
