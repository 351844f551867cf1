import { countOperators } from '../expression/analysis.ts';
import type {
  AttentionBackwardKernel,
  AttentionForwardKernel,
  AvgPool2dGradientKernel,
  AvgPool2dKernel,
  Conv2dInputGradientKernel,
  Conv2dKernel,
  Conv2dWeightGradientKernel,
  Kernel,
  MatrixOperand,
  MaxPool2dGradientKernel,
  MaxPool2dKernel,
  Operand,
} from '../kernel.ts';
import { ELEMENT_BYTES } from '../kernel.ts';
import type { Shape } from '../shape.ts';
import { sizeOf } from '../shape.ts';

/** The work of one run of a kernel, by its description alone. */
export interface KernelCost {
  /** Arithmetic operations on numbers of the tensors; a function such as exp counts as one, a multiply-add as two. */
  readonly flop: number;
  /** Bytes read and written if each element that is needed moves once. */
  readonly bytes: number;
}

/** Per element and step: gates, cell and output of an LSTM, beside the matrix product. */
const LSTM_CELL_FLOP = 13;
const LSTM_CELL_BACKWARD_FLOP = 24;
/** The same for a GRU. */
const GRU_CELL_FLOP = 14;
const GRU_CELL_BACKWARD_FLOP = 17;
/** Per pair of query and key: from a score to its share of the softmax, and back. */
const ATTENTION_SCORE_FLOP = 4;
const ATTENTION_SCORE_BACKWARD_FLOP = 6;

/** Elements that a walk touches; an axis along which it stands still counts once. */
function touched(shape: Shape, strides: readonly number[]): number {
  return sizeOf(shape.filter((_, axis) => strides[axis] !== 0));
}

function touchedBytes(shape: Shape, operands: readonly Operand[]): number {
  return operands.reduce((sum, { strides }) => sum + touched(shape, strides), 0) * ELEMENT_BYTES;
}

type Convolution = Conv2dKernel | Conv2dInputGradientKernel | Conv2dWeightGradientKernel;
type Pool = MaxPool2dKernel | MaxPool2dGradientKernel | AvgPool2dKernel | AvgPool2dGradientKernel;

function inputsOf({ batch, inChannels, inputSize }: Convolution): number {
  return batch * inChannels * sizeOf(inputSize);
}

function outputsOf({ batch, outChannels, outputSize }: Convolution): number {
  return batch * outChannels * sizeOf(outputSize);
}

/** All three products of a convolution multiply each output with its window; a bias is added to each of `results`. */
function convolutionCost(kernel: Convolution, biases: number, results: number): KernelCost {
  const window = (kernel.inChannels / kernel.groups) * sizeOf(kernel.window.size);
  const weights = kernel.outChannels * window;
  return {
    flop: outputsOf(kernel) * 2 * window + (biases === 0 ? 0 : results),
    bytes: (inputsOf(kernel) + outputsOf(kernel) + weights + biases) * ELEMENT_BYTES,
  };
}

/** `perOutput` operations for each window; `copies` numbers are read or written for it. */
function poolCost({ planes, inputSize, outputSize }: Pool, perOutput: number, copies: number): KernelCost {
  const [inputs, outputs] = [planes * sizeOf(inputSize), planes * sizeOf(outputSize)];
  return { flop: outputs * perOutput, bytes: (inputs + copies * outputs) * ELEMENT_BYTES };
}

function attentionCost(kernel: AttentionForwardKernel | AttentionBackwardKernel): KernelCost {
  const { batch, heads, queries, keys, width, valueWidth, causal, mask } = kernel;
  const corner = Math.min(queries, keys);
  const seen = causal ? (corner * (corner + 1)) / 2 + (queries - corner) * keys : queries * keys;
  const inputs = queries * width + keys * (width + valueWidth);
  const outputs = queries * (valueWidth + 1);
  const isForward = kernel.kind === 'attentionForward';
  const perPair = isForward
    ? 2 * (width + valueWidth) + ATTENTION_SCORE_FLOP
    : 6 * width + 4 * valueWidth + ATTENTION_SCORE_BACKWARD_FLOP;
  const moved = isForward ? inputs + outputs : 2 * inputs + outputs + queries * valueWidth;
  const masked = mask === null ? 0 : touched([batch, heads, queries, keys], mask.strides);
  return { flop: batch * heads * seen * perPair, bytes: (batch * heads * moved + masked) * ELEMENT_BYTES };
}

export function costOf(kernel: Kernel): KernelCost {
  switch (kernel.kind) {
    case 'elementwise':
      return {
        flop: sizeOf(kernel.shape) * countOperators(kernel.expression),
        bytes: touchedBytes(kernel.shape, [...kernel.inputs, kernel.output]),
      };
    case 'reduce': {
      const results = sizeOf(kernel.shape.filter((_, axis) => !kernel.reduced[axis]));
      const finishing = kernel.finish === null ? 0 : results * countOperators(kernel.finish);
      return {
        flop: sizeOf(kernel.shape) * (countOperators(kernel.expression) + 1) + finishing,
        bytes: touchedBytes(kernel.shape, kernel.inputs) + results * ELEMENT_BYTES,
      };
    }
    case 'matmul': {
      const { batch, m, n, k, a, b, bias } = kernel;
      const matrices = ({ batchStrides }: MatrixOperand): number => touched(batch, batchStrides);
      const results = sizeOf(batch) * m * n;
      const elements = matrices(a) * m * k + matrices(b) * k * n + results + (bias === null ? 0 : n);
      return { flop: results * (2 * k + (bias === null ? 0 : 1)), bytes: elements * ELEMENT_BYTES };
    }
    case 'gather':
      return {
        flop: 0,
        bytes: touchedBytes(kernel.shape, [kernel.index]) + 2 * sizeOf(kernel.shape) * ELEMENT_BYTES,
      };
    case 'scatterAdd':
      return {
        flop: sizeOf(kernel.shape),
        bytes:
          touchedBytes(kernel.shape, [kernel.source, kernel.index]) +
          sizeOf(kernel.outputShape) * ELEMENT_BYTES,
      };
    case 'random':
      return { flop: 0, bytes: kernel.size * ELEMENT_BYTES };
    case 'lstmForward': {
      const { batch, steps, hidden } = kernel;
      const units = batch * steps * hidden;
      const elements = 10 * units + 4 * hidden * hidden + 2 * batch * hidden;
      return { flop: units * (8 * hidden + LSTM_CELL_FLOP), bytes: elements * ELEMENT_BYTES };
    }
    case 'lstmBackward': {
      const { batch, steps, hidden } = kernel;
      const units = batch * steps * hidden;
      const elements = 10 * units + 4 * hidden * hidden + 5 * batch * hidden;
      return { flop: units * (8 * hidden + LSTM_CELL_BACKWARD_FLOP), bytes: elements * ELEMENT_BYTES };
    }
    case 'gruForward': {
      const { batch, steps, hidden } = kernel;
      const units = batch * steps * hidden;
      const elements = 8 * units + 3 * hidden * (hidden + 1) + batch * hidden;
      return { flop: units * (6 * hidden + GRU_CELL_FLOP), bytes: elements * ELEMENT_BYTES };
    }
    case 'gruBackward': {
      const { batch, steps, hidden } = kernel;
      const units = batch * steps * hidden;
      const elements = 12 * units + 3 * hidden * hidden + 3 * batch * hidden;
      return { flop: units * (6 * hidden + GRU_CELL_BACKWARD_FLOP), bytes: elements * ELEMENT_BYTES };
    }
    case 'attentionForward':
    case 'attentionBackward':
      return attentionCost(kernel);
    case 'conv2d':
      return convolutionCost(kernel, kernel.bias ? kernel.outChannels : 0, outputsOf(kernel));
    case 'conv2dInputGradient':
      return convolutionCost(kernel, kernel.bias ? kernel.inChannels : 0, inputsOf(kernel));
    case 'conv2dWeightGradient':
      return convolutionCost(kernel, 0, 0);
    case 'maxPool2d':
      return poolCost(kernel, sizeOf(kernel.window.size), 2);
    case 'maxPool2dGradient':
      return poolCost(kernel, 1, 2);
    case 'avgPool2d':
    case 'avgPool2dGradient':
      return poolCost(kernel, sizeOf(kernel.window.size), 1);
    case 'sgd': {
      const size = kernel.sizes.reduce((sum, each) => sum + each, 0);
      const flop = 4 + (kernel.momentum ? 3 : 0) + (kernel.nesterov ? 2 : 0);
      return { flop: size * flop, bytes: size * (kernel.momentum ? 5 : 3) * ELEMENT_BYTES };
    }
    case 'adam': {
      const size = kernel.sizes.reduce((sum, each) => sum + each, 0);
      return { flop: size * (kernel.decoupled ? 13 : 14), bytes: size * 7 * ELEMENT_BYTES };
    }
    case 'rmsprop': {
      const size = kernel.sizes.reduce((sum, each) => sum + each, 0);
      const states = 1 + (kernel.centered ? 1 : 0) + (kernel.momentum ? 1 : 0);
      const flop = 10 + (kernel.centered ? 5 : 0) + (kernel.momentum ? 2 : 0);
      return { flop: size * flop, bytes: size * (3 + 2 * states) * ELEMENT_BYTES };
    }
    case 'adagrad': {
      const size = kernel.sizes.reduce((sum, each) => sum + each, 0);
      return { flop: size * 8, bytes: size * 5 * ELEMENT_BYTES };
    }
  }
}
