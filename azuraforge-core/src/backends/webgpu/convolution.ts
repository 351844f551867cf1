import type {
  Conv2dGeometry,
  Conv2dInputGradientKernel,
  Conv2dKernel,
  Conv2dWeightGradientKernel,
} from '../../kernel.ts';
import { sizeOf } from '../../shape.ts';
import { splitPosition } from './elementwise.ts';
import type { Program } from './program.ts';
import { fixedProgram, gridFor, Shader } from './program.ts';

const WORKGROUP = 64;

/** The sizes of a convolution as constants of a shader, all i32. */
function declareSizes(shader: Shader, geometry: Conv2dGeometry): string[] {
  const { batch, groups, inChannels, outChannels, inputSize, outputSize, window } = geometry;
  const sizes = {
    batch,
    in_channels: inChannels,
    out_channels: outChannels,
    group_in: inChannels / groups,
    group_out: outChannels / groups,
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
  return Object.entries(sizes).map(([name, value]) => `let ${name} = ${shader.int(value)};`);
}

/** A thread for each element of `shape`, with its coordinates in x0, x1, … */
function eachElement(shader: Shader, shape: readonly number[]): string[] {
  return [
    `if (thread >= ${shader.uint(sizeOf(shape))}) { return; }`,
    ...splitPosition(shader, 'thread', shape, 'x'),
  ];
}

/** One thread per element of the output. */
export function conv2dProgram(kernel: Conv2dKernel): Program {
  const shader = new Shader();
  const [input, weight] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32')];
  const bias = kernel.bias ? shader.buffer(2, 'f32') : null;
  const output = shader.buffer(kernel.bias ? 3 : 2, 'f32', 'read_write');
  const shape = [kernel.batch, kernel.outChannels, ...kernel.outputSize];
  const body = [
    ...eachElement(shader, shape),
    ...declareSizes(shader, kernel),
    'let first_channel = (x1 / group_out) * group_in;',
    'var sum = 0.0f;',
    'for (var c = 0; c < group_in; c++) {',
    'let plane = (x0 * in_channels + first_channel + c) * height;',
    'var at = (x1 * group_in + c) * window_height * window_width;',
    'for (var i = 0; i < window_height; i++) {',
    'let row = x2 * stride_y - padding_y + i * dilation_y;',
    'for (var j = 0; j < window_width; j++) {',
    'let column = x3 * stride_x - padding_x + j * dilation_x;',
    'if (row >= 0 && row < height && column >= 0 && column < width) {',
    `sum += ${input}[(plane + row) * width + column] * ${weight}[at];`,
    '}',
    'at++;',
    '}',
    '}',
    '}',
    `${output}[thread] = sum${bias === null ? '' : ` + ${bias}[x1]`};`,
  ];
  return fixedProgram([shader.pass(body, gridFor(sizeOf(shape), WORKGROUP))]);
}

/** One thread per element of the input: it looks for the windows that lie over it. */
export function conv2dInputGradientProgram(kernel: Conv2dInputGradientKernel): Program {
  const shader = new Shader();
  const [gradOutput, weight] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32')];
  const bias = kernel.bias ? shader.buffer(2, 'f32') : null;
  const gradInput = shader.buffer(kernel.bias ? 3 : 2, 'f32', 'read_write');
  const shape = [kernel.batch, kernel.inChannels, ...kernel.inputSize];
  const body = [
    ...eachElement(shader, shape),
    ...declareSizes(shader, kernel),
    'let first_channel = (x1 / group_in) * group_out;',
    'let channel = x1 % group_in;',
    'var sum = 0.0f;',
    'for (var o = first_channel; o < first_channel + group_out; o++) {',
    'let plane = (x0 * out_channels + o) * out_height;',
    'var at = (o * group_in + channel) * window_height * window_width;',
    'for (var i = 0; i < window_height; i++) {',
    'let top = x2 + padding_y - i * dilation_y;',
    'let row = top / stride_y;',
    'for (var j = 0; j < window_width; j++) {',
    'let left = x3 + padding_x - j * dilation_x;',
    'let column = left / stride_x;',
    'let is_met = top >= 0 && left >= 0 && row * stride_y == top && column * stride_x == left;',
    'if (is_met && row < out_height && column < out_width) {',
    `sum += ${gradOutput}[(plane + row) * out_width + column] * ${weight}[at];`,
    '}',
    'at++;',
    '}',
    '}',
    '}',
    `${gradInput}[thread] = sum${bias === null ? '' : ` + ${bias}[x1]`};`,
  ];
  return fixedProgram([shader.pass(body, gridFor(sizeOf(shape), WORKGROUP))]);
}

/** One thread per weight; the products of each plane are added up on their own, so that rounding errors stay small. */
export function conv2dWeightGradientProgram(kernel: Conv2dWeightGradientKernel): Program {
  const shader = new Shader();
  const [input, gradOutput] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32')];
  const gradWeight = shader.buffer(2, 'f32', 'read_write');
  const { inChannels, outChannels, groups, window } = kernel;
  const shape = [outChannels, inChannels / groups, ...window.size];
  const body = [
    ...eachElement(shader, shape),
    ...declareSizes(shader, kernel),
    'let channel = (x0 / group_out) * group_in + x1;',
    'var total = 0.0f;',
    'for (var n = 0; n < batch; n++) {',
    'let plane = (n * in_channels + channel) * height;',
    'let out_plane = (n * out_channels + x0) * out_height;',
    'var sum = 0.0f;',
    'for (var y = 0; y < out_height; y++) {',
    'let row = y * stride_y - padding_y + x2 * dilation_y;',
    'if (row < 0 || row >= height) { continue; }',
    'for (var x = 0; x < out_width; x++) {',
    'let column = x * stride_x - padding_x + x3 * dilation_x;',
    'if (column >= 0 && column < width) {',
    `sum += ${input}[(plane + row) * width + column] * ${gradOutput}[(out_plane + y) * out_width + x];`,
    '}',
    '}',
    '}',
    'total += sum;',
    '}',
    `${gradWeight}[thread] = total;`,
  ];
  return fixedProgram([shader.pass(body, gridFor(sizeOf(shape), WORKGROUP))]);
}
