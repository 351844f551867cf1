import type { MatmulKernel, MatrixOperand } from '../../../kernel.ts';
import { sizeOf } from '../../../shape.ts';
import { placeOf, splitPosition } from '../elementwise.ts';
import type { Lanes } from '../product.ts';
import { addProducts, blockSide, DEPTH_BLOCK, each, isLongSum, sumName } from '../product.ts';
import type { Program } from '../program.ts';
import { fixedProgram, Shader } from '../program.ts';
import { mergeAxes } from '../strided.ts';

/** Rows and columns of the product that a thread makes at most: as many as stay in registers. */
const MAX_ROWS = 16;
const MAX_COLUMNS = 2;

/** One side of the product: rows of the left factor or columns of the right one. */
interface Side {
  readonly operand: MatrixOperand;
  readonly slot: number;
  readonly length: number;
  readonly stride: number;
  readonly depthStride: number;
}

/** A thread makes a block of the product; the threads of a workgroup lie along the longer side of the product. */
export function blockMatmulProgram({ batch, m, n, k, a, b, bias }: MatmulKernel, lanes: Lanes): Program {
  const shader = new Shader();
  const rows: Side = { operand: a, slot: 0, length: m, stride: a.rowStride, depthStride: a.columnStride };
  const columns: Side = { operand: b, slot: 1, length: n, stride: b.columnStride, depthStride: b.rowStride };
  const isAcross = n >= lanes || n >= m;
  const [shared, own] = isAcross ? [rows, columns] : [columns, rows];
  const nest = mergeAxes(batch, [shared.operand.batchStrides, own.operand.batchStrides]);
  const height = blockSide(shared.length, MAX_ROWS);
  const width = blockSide(Math.ceil(own.length / lanes), MAX_COLUMNS);
  const blocksDown = Math.ceil(shared.length / height);
  const blocksAcross = Math.ceil(own.length / (width * lanes));
  const [left, right] = [shader.buffer(shared.slot, 'f32'), shader.buffer(own.slot, 'f32')];
  const addend = bias === null ? null : shader.buffer(2, 'f32');
  const output = shader.buffer(bias === null ? 2 : 3, 'f32', 'read_write');
  // The bias is one of the product's columns.
  const biasValues =
    bias === null
      ? []
      : [
          `let bias_base = ${shader.int(bias.offset)};`,
          `let bias_stride = ${shader.int(bias.stride)};`,
          ...each(isAcross ? width : height, (i) => [
            `let bias${i} = ${addend}[bias_base + i32(${isAcross ? 'column' : 'row'}_number${i}) * bias_stride];`,
          ]),
        ];
  const eachSum = (statement: (i: number, j: number) => string): string[] =>
    each(height, (i) => each(width, (j) => [statement(i, j)]));
  const sumsFrom = (start: string, depth: string): string[] => [
    ...eachSum((i, j) => `var ${sumName(i, j)} = 0.0f;`),
    ...addProducts(shader, lanes, {
      rows: height,
      columns: width,
      depth,
      row: (i, at) => `${left}[row_at${i} + i32(${start}${at}) * row_step]`,
      column: (j, at) => `${right}[column_at${j} + i32(${start}${at}) * column_step]`,
    }),
  ];
  const isLong = isLongSum(k);
  const total = (i: number, j: number): string => (isLong ? `total${i}_${j}` : sumName(i, j));
  const products = (): string[] => {
    const length = shader.uint(k);
    if (!isLong) return sumsFrom('', length);
    return [
      ...eachSum((i, j) => `var ${total(i, j)} = 0.0f;`),
      `for (var start = 0u; start < ${length}; start += ${DEPTH_BLOCK}u) {`,
      ...sumsFrom('start + ', `min(${DEPTH_BLOCK}u, ${length} - start)`),
      ...eachSum((i, j) => `${total(i, j)} += ${sumName(i, j)};`),
      '}',
    ];
  };
  const body = [
    `let rows = ${shader.uint(shared.length)};`,
    `let columns = ${shader.uint(own.length)};`,
    `let product_rows = ${shader.uint(m)};`,
    `let product_columns = ${shader.uint(n)};`,
    `let row_stride = ${shader.int(shared.stride)};`,
    `let column_stride = ${shader.int(own.stride)};`,
    `let row_step = ${shader.int(shared.depthStride)};`,
    `let column_step = ${shader.int(own.depthStride)};`,
    `let across = ${shader.uint(blocksAcross)};`,
    `let blocks = across * ${shader.uint(blocksDown)};`,
    'let matrix = group / blocks;',
    'let block = group % blocks;',
    `let first_row = block / across * ${height}u;`,
    `let first_column = block % across * ${width * lanes}u + local;`,
    ...splitPosition(shader, 'matrix', nest.lengths, 'x'),
    `let row_base = ${placeOf(shader, shader.int(shared.operand.offset), 'x', nest.strides[0]!)};`,
    `let column_base = ${placeOf(shader, shader.int(own.operand.offset), 'x', nest.strides[1]!)};`,
    ...each(height, (i) => [
      `let row_number${i} = min(first_row + ${i}u, rows - 1u);`,
      `let row_at${i} = row_base + i32(row_number${i}) * row_stride;`,
    ]),
    ...each(width, (j) => [
      `let column_number${j} = min(first_column + ${j * lanes}u, columns - 1u);`,
      `let column_at${j} = column_base + i32(column_number${j}) * column_stride;`,
    ]),
    ...products(),
    ...biasValues,
    // Rows behind the last one are the last one once more.
    ...each(width, (j) => [
      `if (first_column + ${j * lanes}u < columns) {`,
      ...each(height, (i) => {
        const [row, column] = isAcross
          ? [`row_number${i}`, `column_number${j}`]
          : [`column_number${j}`, `row_number${i}`];
        const value = bias === null ? '' : ` + bias${isAcross ? j : i}`;
        return [
          `${output}[(matrix * product_rows + ${row}) * product_columns + ${column}] = ${total(i, j)}${value};`,
        ];
      }),
      '}',
    ]),
  ];
  const workgroups = sizeOf(batch) * blocksDown * blocksAcross;
  return fixedProgram([shader.pass(body, { workgroup: lanes, workgroups })]);
}
