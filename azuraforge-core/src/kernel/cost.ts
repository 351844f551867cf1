import { countOperators } from '../expression/analysis.ts';
import type { Kernel, MatrixOperand, Operand } from '../kernel.ts';
import type { Shape } from '../shape.ts';
import { sizeOf } from '../shape.ts';

/** The work of one run of a kernel, by its description alone. */
export interface KernelCost {
  /** Arithmetic operations on numbers of the tensors; a function such as exp counts as one, a multiply-add as two. */
  readonly flop: number;
  /** Bytes read and written if each element that is needed moves once. */
  readonly bytes: number;
}

const ELEMENT_BYTES = 4;

/** Per element and step: gates, cell and output of an LSTM, beside the matrix product. */
const LSTM_CELL_FLOP = 13;
const LSTM_CELL_BACKWARD_FLOP = 24;

/** Elements that a walk touches; an axis along which it stands still counts once. */
function touched(shape: Shape, strides: readonly number[]): number {
  return sizeOf(shape.filter((_, axis) => strides[axis] !== 0));
}

function touchedBytes(shape: Shape, operands: readonly Operand[]): number {
  return operands.reduce((sum, { strides }) => sum + touched(shape, strides), 0) * ELEMENT_BYTES;
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
    case 'sgd': {
      const size = kernel.sizes.reduce((sum, each) => sum + each, 0);
      const flop = 4 + (kernel.momentum ? 3 : 0) + (kernel.nesterov ? 2 : 0);
      return { flop: size * flop, bytes: size * (kernel.momentum ? 5 : 3) * ELEMENT_BYTES };
    }
    case 'adam': {
      const size = kernel.sizes.reduce((sum, each) => sum + each, 0);
      return { flop: size * (kernel.decoupled ? 13 : 14), bytes: size * 7 * ELEMENT_BYTES };
    }
  }
}

/** The sizes of a kernel, for people. */
export function sizesOf(kernel: Kernel): string {
  switch (kernel.kind) {
    case 'elementwise':
      return `[${kernel.shape.join(', ')}]`;
    case 'reduce': {
      const kept = kernel.shape.filter((_, axis) => !kernel.reduced[axis]);
      return `${kernel.reducer} [${kernel.shape.join(', ')}] to [${kept.join(', ')}]`;
    }
    case 'matmul':
      return `${[...kernel.batch, kernel.m].join('×')}×${kernel.k} by ${kernel.k}×${kernel.n}`;
    case 'sgd':
    case 'adam': {
      const { sizes } = kernel;
      return `${sizes.reduce((sum, each) => sum + each, 0)} in ${sizes.length}`;
    }
    case 'gather':
    case 'scatterAdd':
      return `[${kernel.shape.join(', ')}] along ${kernel.axis}`;
    default:
      return Object.entries(kernel)
        .flatMap(([name, value]) => (typeof value === 'number' ? [`${name} ${value}`] : []))
        .join(', ');
  }
}
