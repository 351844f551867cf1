import type { Conv2dWeightGradientKernel } from '../../../kernel.ts';
import { sizeOf } from '../../../shape.ts';
import { splitPosition } from '../elementwise.ts';
import type { Lanes } from '../product.ts';
import { each, loadTurns, shareNumbers } from '../product.ts';
import type { Pass, Program } from '../program.ts';
import { fixedProgram, gridFor, Shader } from '../program.ts';
import { declareSizes } from '../window.ts';

const WORKGROUP = 64;
/** Weights of one output channel that a thread makes at most. */
const MAX_SUMS = 36;
/** Neighbours along x that a thread takes in at a time, and the products that it then adds, at most. */
const MAX_RUN = 8;
const MAX_PRODUCTS = 192;
/** Window sizes: the most rows a thread makes, and the most columns; wider windows are cut into columns. */
const MAX_ROWS = 3;
const MAX_COLUMNS = 7;
/** Workgroups that keep all processors at work; there are more parts where weights alone make fewer. */
const ENOUGH_WORKGROUPS = 256;

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Cuts a length into pieces of about equal size, none above `most`. */
function pieces(length: number, most: number): { count: number; size: number } {
  const count = Math.ceil(length / most);
  return { count, size: Math.ceil(length / count) };
}

/**
 * The gradient of a convolution's weight. A thread makes several weights of one output channel, and goes over the output in
 * runs of neighbours; the threads of a subgroup make those of different output channels, and share what these look at. The
 * images, and where these are few their rows, are cut into parts; what those give is added up at the end. The sums of each
 * image are made on their own, so that rounding errors stay small.
 */
export function weightGradientProgram(kernel: Conv2dWeightGradientKernel, lanes: Lanes): Program {
  const { batch, groups, inChannels, outChannels, inputSize, outputSize, window } = kernel;
  const [inGroup, outGroup] = [inChannels / groups, outChannels / groups];
  const [strideX, dilationX] = [window.stride[1], window.dilation[1]];
  const down = pieces(window.size[0], MAX_ROWS);
  const across = pieces(window.size[1], window.size[1] <= MAX_COLUMNS ? MAX_COLUMNS : 1);
  const deep = pieces(inGroup, Math.max(1, Math.floor(MAX_SUMS / (down.size * across.size))));
  const mostRun = Math.floor(MAX_PRODUCTS / (deep.size * down.size * across.size));
  const run = strideX <= 2 ? pieces(outputSize[1], Math.min(MAX_RUN, mostRun)).size : 1;
  // The columns that a run of outputs looks at lie `unit` apart.
  const unit = greatestDivisor(strideX, dilationX);
  const columns = ((run - 1) * strideX + (across.size - 1) * dilationX) / unit + 1;
  const outPadded = lanes === 0 ? outGroup : Math.ceil(outGroup / lanes) * lanes;
  const blocks = [groups, deep.count, down.count, across.count, outPadded];
  const workgroup = lanes === 0 ? WORKGROUP : lanes;
  const workgroups = Math.ceil(sizeOf(blocks) / workgroup);
  const wanted = Math.ceil(ENOUGH_WORKGROUPS / workgroups);
  const images = pieces(batch, Math.ceil(batch / wanted));
  const rows = pieces(outputSize[0], Math.ceil((outputSize[0] * images.count) / wanted));
  const parts = images.count * rows.count;
  const size = outChannels * inGroup * sizeOf(window.size);

  const shader = new Shader();
  const [input, gradOutput] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32')];
  const sums = shader.buffer(parts === 1 ? 2 : 3, 'f32', 'read_write');
  const eachSum = (visit: (name: string, c: number, i: number, j: number) => string[]): string[] =>
    each(deep.size, (c) =>
      each(down.size, (i) => each(across.size, (j) => visit(`sum${c}_${i}_${j}`, c, i, j))),
    );
  const turns = loadTurns(lanes, deep.size * down.size * columns);
  const values = shareNumbers(
    shader,
    lanes,
    'seen',
    deep.size * down.size * columns,
    (_, turn) => `select(0.0f, ${input}[(plane + plane${turn} + y${turn}) * width + x${turn}], in${turn})`,
  );
  const body = [
    `let workgroups = ${shader.uint(workgroups)};`,
    'let part = i32(group / workgroups);',
    `let item = group % workgroups * ${workgroup}u + local;`,
    ...splitPosition(shader, 'item', blocks, 'at'),
    ...declareSizes(shader, {
      batch,
      groups,
      in_group: inGroup,
      out_group: outGroup,
      height: inputSize[0],
      width: inputSize[1],
      out_height: outputSize[0],
      out_width: outputSize[1],
      window_height: window.size[0],
      window_width: window.size[1],
      stride_y: window.stride[0],
      stride_x: strideX,
      padding_y: window.padding[0],
      padding_x: window.padding[1],
      dilation_y: window.dilation[0],
      dilation_x: dilationX,
      row_parts: rows.count,
      part_rows: rows.size,
      part_images: images.size,
      size,
    }),
    `let first_channel = at1 * ${deep.size};`,
    `let first_i = at2 * ${down.size};`,
    `let first_j = at3 * ${across.size};`,
    'let out_channel = at0 * out_group + min(at4, out_group - 1);',
    'let first_image = part / row_parts * part_images;',
    'let first_row = part % row_parts * part_rows;',
    ...turns.flatMap((index, turn) => [
      `let plane${turn} = min(first_channel + i32(${index}) / ${columns * down.size}, in_group - 1) * height;`,
      `let row${turn} = min(first_i + i32(${index}) / ${columns} % ${down.size}, window_height - 1) * dilation_y - padding_y;`,
      `let column${turn} = i32(${index}) % ${columns} * ${unit} + first_j * dilation_x - padding_x;`,
    ]),
    'for (var image = first_image; image < min(first_image + part_images, batch); image++) {',
    'let plane = (image * groups + at0) * in_group * height;',
    'let out_plane = (image * groups * out_group + out_channel) * out_height;',
    ...eachSum((sum) => [`var ${sum} = 0.0f;`]),
    'for (var out_y = first_row; out_y < min(first_row + part_rows, out_height); out_y++) {',
    'let out_at = (out_plane + out_y) * out_width;',
    'let first_y = out_y * stride_y;',
    `for (var out_x = 0; out_x < out_width; out_x += ${run}) {`,
    'let first_x = out_x * stride_x;',
    ...each(run, (q) => [
      `let grad${q} = select(0.0f, ${gradOutput}[out_at + out_x + ${q}], out_x + ${q} < out_width);`,
    ]),
    ...each(turns.length, (turn) => [
      `let y${turn} = first_y + row${turn};`,
      `let x${turn} = first_x + column${turn};`,
      `let in${turn} = (y${turn} >= 0) & (y${turn} < height) & (x${turn} >= 0) & (x${turn} < width);`,
    ]),
    ...values.load,
    ...each(deep.size * down.size, (i) =>
      each(columns, (column) => [
        '{',
        `let value = ${values.number(i * columns + column)};`,
        ...each(across.size, (j) => {
          const q = (column * unit - j * dilationX) / strideX;
          const sum = `sum${Math.floor(i / down.size)}_${i % down.size}_${j}`;
          return Number.isInteger(q) && q >= 0 && q < run ? [`${sum} = fma(grad${q}, value, ${sum});`] : [];
        }),
        '}',
      ]),
    ),
    '}',
    '}',
    'if (at0 < groups && at4 < out_group) {',
    ...each(deep.size, (c) => [
      `let channel${c} = out_channel * in_group + min(first_channel + ${c}, in_group - 1);`,
    ]),
    ...eachSum((sum, c, i, j) => {
      const row = `channel${c} * window_height + min(first_i + ${i}, window_height - 1)`;
      return [
        `let ${sum}_at = part * size + (${row}) * window_width + min(first_j + ${j}, window_width - 1);`,
      ];
    }),
    'if (image > first_image) {',
    ...eachSum((sum) => [`${sum} += ${sums}[${sum}_at];`]),
    '}',
    ...eachSum((sum) => [`${sums}[${sum}_at] = ${sum};`]),
    '}',
    '}',
  ];
  const pass = shader.pass(body, { workgroup, workgroups: workgroups * parts });
  if (parts === 1) return fixedProgram([pass]);
  return fixedProgram([pass, addParts(size, parts)], [parts * size * 4]);
}

/** Adds up the parts of each weight's gradient, in their order. */
function addParts(size: number, parts: number): Pass {
  const shader = new Shader();
  const sums = shader.buffer(3, 'f32');
  const gradWeight = shader.buffer(2, 'f32', 'read_write');
  const body = [
    `let size = ${shader.uint(size)};`,
    'if (thread >= size) { return; }',
    'var sum = 0.0f;',
    `for (var part = 0u; part < ${shader.uint(parts)}; part++) {`,
    `sum += ${sums}[part * size + thread];`,
    '}',
    `${gradWeight}[thread] = sum;`,
  ];
  return shader.pass(body, gridFor(size, WORKGROUP));
}
