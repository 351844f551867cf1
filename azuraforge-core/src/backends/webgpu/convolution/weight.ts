import type { Conv2dWeightGradientKernel } from '../../../kernel.ts';
import { sizeOf } from '../../../shape.ts';
import { splitPosition } from '../elementwise.ts';
import type { Lanes } from '../product.ts';
import { each, loadTurns, shareNumbers } from '../product.ts';
import type { Pass, Program } from '../program.ts';
import { fixedProgram, gridFor, Shader } from '../program.ts';

const WORKGROUP = 64;
const SUMS = Number((globalThis as any).process?.env?.WSUMS ?? 72);
const GPU_SUMS = 36;
const RUN = Number((globalThis as any).process?.env?.RUN ?? 8);
const PARTS = Number((globalThis as any).process?.env?.PARTS ?? 256);

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Cuts a length into pieces of about equal size, none above `most`. */
function pieces(length: number, most: number): { count: number; size: number } {
  const count = Math.ceil(length / most);
  return { count, size: Math.ceil(length / count) };
}

export function conv2dWeightGradientProgram(kernel: Conv2dWeightGradientKernel, lanes: Lanes): Program {
  const { batch, groups, inChannels, outChannels, inputSize, outputSize, window } = kernel;
  const [inGroup, outGroup] = [inChannels / groups, outChannels / groups];
  const [strideX, dilationX] = [window.stride[1], window.dilation[1]];
  const most = lanes === 0 ? GPU_SUMS : SUMS;
  const down = pieces(window.size[0], 3);
  const across = pieces(window.size[1], 7);
  const deep = pieces(inGroup, Math.max(1, Math.floor(most / (down.size * across.size))));
  const run = strideX <= 2 ? pieces(outputSize[1], RUN).size : 1;
  // The columns that a run of outputs looks at lie `unit` apart.
  const unit = greatestDivisor(strideX, dilationX);
  const columns = ((run - 1) * strideX + (across.size - 1) * dilationX) / unit + 1;
  const outPadded = lanes === 0 ? outGroup : Math.ceil(outGroup / lanes) * lanes;
  const blocks = [groups, deep.count, down.count, across.count, outPadded];
  const workgroup = lanes === 0 ? WORKGROUP : lanes;
  const workgroups = Math.ceil(sizeOf(blocks) / workgroup);
  const wanted = Math.ceil(PARTS / workgroups);
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
  const body = [
    `let workgroups = ${shader.uint(workgroups)};`,
    'let part = i32(group / workgroups);',
    `let item = group % workgroups * ${workgroup}u + local;`,
    ...splitPosition(shader, 'item', blocks, 'at'),
    ...Object.entries({
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
    }).map(([name, value]) => `let ${name} = ${shader.int(value)};`),
    `let first_channel = at1 * ${deep.size};`,
    `let first_i = at2 * ${down.size};`,
    `let first_j = at3 * ${across.size};`,
    'let out_channel = at0 * out_group + min(at4, out_group - 1);',
    'let first_image = part / row_parts * part_images;',
    'let first_row = part % row_parts * part_rows;',
    ...turns.flatMap((index, turn) => [
      `let plane${turn} = min(first_channel + i32(${index}) / ${columns * down.size}, in_group - 1) * height;`,
      `let row${turn} = (first_i + i32(${index}) / ${columns} % ${down.size}) * dilation_y - padding_y;`,
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
      `let in${turn} = y${turn} >= 0 && y${turn} < height && x${turn} >= 0 && x${turn} < width;`,
    ]),
    ...shareNumbers(
      shader,
      lanes,
      'value',
      deep.size * down.size * columns,
      (_, turn) =>
        `select(0.0f, ${input}[(plane + plane${turn} + y${turn}) * width + x${turn}], in${turn})`,
    ),
    ...eachSum((sum, c, i, j) =>
      each(run, (q) => {
        const column = (q * strideX + j * dilationX) / unit;
        return [`${sum} = fma(grad${q}, value${(c * down.size + i) * columns + column}, ${sum});`];
      }),
    ),
    '}',
    '}',
    `if (at0 < groups && at4 < out_group) {`,
    ...eachSum((sum, c, i, j) => [
      `if (first_channel + ${c} < in_group && first_i + ${i} < window_height && first_j + ${j} < window_width) {`,
      `let place = part * size + ((out_channel * in_group + first_channel + ${c}) * window_height + first_i + ${i}) * window_width + first_j + ${j};`,
      `if (image > first_image) { ${sum} += ${sums}[place]; }`,
      `${sums}[place] = ${sum};`,
      '}',
    ]),
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
