import type {
  AvgPool2dGradientKernel,
  AvgPool2dKernel,
  MaxPool2dGradientKernel,
  MaxPool2dKernel,
  Pool2dGeometry,
} from '../../kernel.ts';
import { sizeOf } from '../../shape.ts';
import { splitPosition } from './elementwise.ts';
import { mathFunctions } from './math.ts';
import type { Program } from './program.ts';
import { fixedProgram, gridFor, Shader } from './program.ts';

const WORKGROUP = 64;

/** A thread for each element of the planes of a size, with its coordinates in p, y and x, and the sizes as i32. */
function eachPlace(shader: Shader, geometry: Pool2dGeometry, size: readonly [number, number]): string[] {
  const { inputSize, outputSize, window, planes } = geometry;
  const sizes = {
    height: inputSize[0],
    width: inputSize[1],
    out_height: outputSize[0],
    out_width: outputSize[1],
    window_height: window.size[0],
    window_width: window.size[1],
    stride_y: window.stride[0],
    stride_x: window.stride[1],
    padding_y: window.padding[0],
    padding_x: window.padding[1],
    dilation_y: window.dilation[0],
    dilation_x: window.dilation[1],
  };
  const shape = [planes, ...size];
  return [
    `if (thread >= ${shader.uint(sizeOf(shape))}) { return; }`,
    ...splitPosition(shader, 'thread', shape, 'at'),
    'let p = at0;',
    'let y = at1;',
    'let x = at2;',
    ...Object.entries(sizes).map(([name, value]) => `let ${name} = ${shader.int(value)};`),
  ];
}

/** Runs `visit` for each place of the window of output (y, x) that lies in the plane, at (row, column). */
function eachInWindow(visit: readonly string[]): string[] {
  return [
    'for (var i = 0; i < window_height; i++) {',
    'let row = y * stride_y - padding_y + i * dilation_y;',
    'for (var j = 0; j < window_width; j++) {',
    'let column = x * stride_x - padding_x + j * dilation_x;',
    'if (row >= 0 && row < height && column >= 0 && column < width) {',
    ...visit,
    '}',
    '}',
    '}',
  ];
}

/** Runs `visit` for each output whose window holds (y, x) of the plane, at (row, column), in row-major order. */
function eachWindow(visit: readonly string[]): string[] {
  return [
    'for (var i = window_height - 1; i >= 0; i--) {',
    'let top = y + padding_y - i * dilation_y;',
    'let row = top / stride_y;',
    'for (var j = window_width - 1; j >= 0; j--) {',
    'let left = x + padding_x - j * dilation_x;',
    'let column = left / stride_x;',
    'let is_met = top >= 0 && left >= 0 && row * stride_y == top && column * stride_x == left;',
    'if (is_met && row < out_height && column < out_width) {',
    ...visit,
    '}',
    '}',
    '}',
  ];
}

export function maxPool2dProgram(kernel: MaxPool2dKernel): Program {
  const shader = new Shader();
  for (const text of mathFunctions(['is_nan'], 1)) shader.include(text);
  const input = shader.buffer(0, 'f32');
  const [output, winners] = [shader.buffer(1, 'f32', 'read_write'), shader.buffer(2, 'i32', 'read_write')];
  const body = [
    ...eachPlace(shader, kernel, kernel.outputSize),
    'var best = -infinity();',
    'var winner = -1;',
    ...eachInWindow([
      `let value = ${input}[(p * height + row) * width + column];`,
      'if (winner < 0 || value > best || (is_nan(value) && !is_nan(best))) { best = value; winner = row * width + column; }',
    ]),
    `${output}[thread] = best;`,
    `${winners}[thread] = winner;`,
  ];
  return fixedProgram([shader.pass(body, gridFor(kernel.planes * sizeOf(kernel.outputSize), WORKGROUP))]);
}

/** One thread per element of the input: it adds up the gradients of the windows that it won. */
export function maxPool2dGradientProgram(kernel: MaxPool2dGradientKernel): Program {
  const shader = new Shader();
  const [gradOutput, winners] = [shader.buffer(0, 'f32'), shader.buffer(1, 'i32')];
  const gradInput = shader.buffer(2, 'f32', 'read_write');
  const body = [
    ...eachPlace(shader, kernel, kernel.inputSize),
    'var sum = 0.0f;',
    ...eachWindow([
      'let at = (p * out_height + row) * out_width + column;',
      `if (${winners}[at] == y * width + x) { sum += ${gradOutput}[at]; }`,
    ]),
    `${gradInput}[thread] = sum;`,
  ];
  return fixedProgram([shader.pass(body, gridFor(kernel.planes * sizeOf(kernel.inputSize), WORKGROUP))]);
}

/** How many places the mean of the window of output (row, column) is taken over. */
function countPlaces(row: string, column: string, countPadding: boolean): string[] {
  if (countPadding) {
    return [
      `let rows = min(window_height, height + 2 * padding_y - ${row} * stride_y);`,
      `let columns = min(window_width, width + 2 * padding_x - ${column} * stride_x);`,
      'let places = f32(rows * columns);',
    ];
  }
  return [
    `let first_row = ${row} * stride_y - padding_y;`,
    `let first_column = ${column} * stride_x - padding_x;`,
    'let rows = min(first_row + window_height, height) - max(first_row, 0);',
    'let columns = min(first_column + window_width, width) - max(first_column, 0);',
    'let places = f32(rows * columns);',
  ];
}

export function avgPool2dProgram(kernel: AvgPool2dKernel): Program {
  const shader = new Shader();
  const [input, output] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32', 'read_write')];
  const body = [
    ...eachPlace(shader, kernel, kernel.outputSize),
    'var sum = 0.0f;',
    ...eachInWindow([`sum += ${input}[(p * height + row) * width + column];`]),
    ...countPlaces('y', 'x', kernel.countPadding),
    `${output}[thread] = sum / places;`,
  ];
  return fixedProgram([shader.pass(body, gridFor(kernel.planes * sizeOf(kernel.outputSize), WORKGROUP))]);
}

export function avgPool2dGradientProgram(kernel: AvgPool2dGradientKernel): Program {
  const shader = new Shader();
  const [gradOutput, gradInput] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32', 'read_write')];
  const body = [
    ...eachPlace(shader, kernel, kernel.inputSize),
    'var sum = 0.0f;',
    ...eachWindow([
      ...countPlaces('row', 'column', kernel.countPadding),
      `sum += ${gradOutput}[(p * out_height + row) * out_width + column] / places;`,
    ]),
    `${gradInput}[thread] = sum;`,
  ];
  return fixedProgram([shader.pass(body, gridFor(kernel.planes * sizeOf(kernel.inputSize), WORKGROUP))]);
}
