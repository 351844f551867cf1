import type { MatmulKernel, MatrixOperand } from '../../../kernel.ts';
import { sizeOf } from '../../../shape.ts';
import { placeOf, splitPosition } from '../elementwise.ts';
import { DEPTH_BLOCK, isLongSum } from '../product.ts';
import type { Program } from '../program.ts';
import { fixedProgram, Shader } from '../program.ts';
import { mergeAxes } from '../strided.ts';

/** Threads of a workgroup along each side, rows and columns of one thread, and how deep a step goes. */
const SIDE = 8;
const ITEM = 4;
const TILE = SIDE * ITEM;
const DEPTH = 16;

/** Threads load a tile of `rows` × `columns` into `target`, with 0 outside of the matrix. */
function loadTile(
  target: string,
  source: string,
  rows: { count: number; start: string; end: string; stride: string },
  columns: { count: number; start: string; end: string; stride: string },
): string {
  return `
for (var i = local; i < ${rows.count * columns.count}u; i += ${SIDE * SIDE}u) {
  let row = ${rows.start} + i / ${columns.count}u;
  let column = ${columns.start} + i % ${columns.count}u;
  var value = 0.0f;
  if (row < ${rows.end} && column < ${columns.end}) {
    value = ${source} + i32(row) * ${rows.stride} + i32(column) * ${columns.stride}];
  }
  ${target}[i] = value;
}`;
}

/** A workgroup makes one tile of the product: both factors pass through its memory, the sums stay in registers. */
export function tileMatmulProgram({ batch, m, n, k, a, b, bias }: MatmulKernel): Program {
  const shader = new Shader();
  const [left, right] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32')];
  const addend = bias === null ? null : shader.buffer(2, 'f32');
  const output = shader.buffer(bias === null ? 2 : 3, 'f32', 'read_write');
  const nest = mergeAxes(batch, [a.batchStrides, b.batchStrides]);
  const [rowTiles, columnTiles] = [Math.ceil(m / TILE), Math.ceil(n / TILE)];
  const [M, N, K] = [m, n, k].map((length) => shader.uint(length)) as [string, string, string];
  const [tilesX, tilesY] = [shader.uint(columnTiles), shader.uint(rowTiles)];
  const stride = (operand: MatrixOperand): { row: string; column: string } => ({
    row: shader.int(operand.rowStride),
    column: shader.int(operand.columnStride),
  });
  const [strideA, strideB] = [stride(a), stride(b)];
  shader.include(`var<workgroup> left_tile: array<f32, ${TILE * DEPTH}>;`);
  shader.include(`var<workgroup> right_tile: array<f32, ${TILE * DEPTH}>;`);
  const batches = sizeOf(batch);
  const isLong = isLongSum(k);
  const body = [
    `let matrix = group / (${tilesX} * ${tilesY});`,
    `if (matrix >= ${shader.uint(batches)}) { return; }`,
    `let firstColumn = (group % ${tilesX}) * ${TILE}u;`,
    `let firstRow = ((group / ${tilesX}) % ${tilesY}) * ${TILE}u;`,
    ...splitPosition(shader, 'matrix', nest.lengths, 'x'),
    `let leftBase = ${placeOf(shader, shader.int(a.offset), 'x', nest.strides[0]!)};`,
    `let rightBase = ${placeOf(shader, shader.int(b.offset), 'x', nest.strides[1]!)};`,
    `let ownRow = (local / ${SIDE}u) * ${ITEM}u;`,
    `let ownColumn = (local % ${SIDE}u) * ${ITEM}u;`,
    `var sums: array<vec4<f32>, ${ITEM}>;`,
    ...(isLong
      ? [
          `var totals: array<vec4<f32>, ${ITEM}>;`,
          `for (var start = 0u; start < ${K}; start += ${DEPTH_BLOCK}u) {`,
          `sums = array<vec4<f32>, ${ITEM}>();`,
          `for (var depth = start; depth < min(start + ${DEPTH_BLOCK}u, ${K}); depth += ${DEPTH}u) {`,
        ]
      : [`for (var depth = 0u; depth < ${K}; depth += ${DEPTH}u) {`]),
    loadTile(
      'left_tile',
      `${left}[leftBase`,
      { count: TILE, start: 'firstRow', end: M, stride: strideA.row },
      { count: DEPTH, start: 'depth', end: K, stride: strideA.column },
    ),
    loadTile(
      'right_tile',
      `${right}[rightBase`,
      { count: DEPTH, start: 'depth', end: K, stride: strideB.row },
      { count: TILE, start: 'firstColumn', end: N, stride: strideB.column },
    ),
    'workgroupBarrier();',
    `for (var step = 0u; step < ${DEPTH}u; step++) {`,
    `let at = step * ${TILE}u + ownColumn;`,
    'let columns = vec4<f32>(right_tile[at], right_tile[at + 1u], right_tile[at + 2u], right_tile[at + 3u]);',
    ...Array.from(
      { length: ITEM },
      (_, i) => `sums[${i}] += left_tile[(ownRow + ${i}u) * ${DEPTH}u + step] * columns;`,
    ),
    '}',
    'workgroupBarrier();',
    '}',
    ...(isLong
      ? [`for (var i = 0u; i < ${ITEM}u; i++) { totals[i] += sums[i]; }`, '}', 'sums = totals;']
      : []),
    `for (var i = 0u; i < ${ITEM}u; i++) {`,
    'let row = firstRow + ownRow + i;',
    `for (var j = 0u; j < ${ITEM}u; j++) {`,
    'let column = firstColumn + ownColumn + j;',
    `if (row < ${M} && column < ${N}) {`,
    addend === null
      ? 'let value = sums[i][j];'
      : `let value = sums[i][j] + ${addend}[${shader.int(bias!.offset)} + i32(column) * ${shader.int(bias!.stride)}];`,
    `${output}[(matrix * ${M} + row) * ${N} + column] = value;`,
    '}',
    '}',
    '}',
  ];
  return fixedProgram([
    shader.pass(body, { workgroup: SIDE * SIDE, workgroups: batches * rowTiles * columnTiles }),
  ]);
}
