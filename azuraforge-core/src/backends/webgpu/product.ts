import type { Shader } from './program.ts';

/**
 * Threads of a subgroup that load for one another, on adapters where a load costs much more than a product: those that
 * compute in software make a load thread by thread, whether or not the threads ask for the same. 0 on other adapters,
 * where threads that load the same at once pay for it once.
 */
export type Lanes = number;

/** A block of a product of two factors that one thread adds up in registers. */
export interface ProductBlock {
  readonly rows: number;
  readonly columns: number;
  /** The length over which products are added up: an expression of type u32, the same in all threads of a workgroup. */
  readonly depth: string;
  /** An element of the left factor: an expression that is the same in all threads of a workgroup. */
  row(index: number, depth: string): string;
  /** An element of the right factor: an expression of each thread's own. */
  column(index: number, depth: string): string;
}

/** So many products are added up before they join a long sum, so that its rounding errors stay small. */
export const DEPTH_BLOCK = 1024;

/** Whether a sum of so many products is made of blocks. */
export function isLongSum(depth: number): boolean {
  return depth >= 2 * DEPTH_BLOCK;
}

/** Statements for each of `count` rows or columns. */
export function each(count: number, statements: (index: number) => readonly string[]): string[] {
  return Array.from({ length: count }, (_, index) => statements(index)).flat();
}

/** How many of `length` rows or columns a thread takes: a power of two, so that few shaders serve all lengths. */
export function blockSide(length: number, most: number): number {
  let side = 1;
  while (side < length && side < most) side *= 2;
  return side;
}

/** The name of the sum of a row and a column of a block. */
export function sumName(row: number, column: number): string {
  return `sum${row}_${column}`;
}

/** `value` times each column, added to the sums of a row. */
function addRow(row: number, value: string, columns: number, column: (index: number) => string): string[] {
  return each(columns, (j) => [`${sumName(row, j)} = fma(${value}, ${column(j)}, ${sumName(row, j)});`]);
}

/** One step for threads that load alone. */
function addStep({ rows, columns, row, column }: ProductBlock): string[] {
  return [
    ...each(columns, (j) => [`let column${j} = ${column(j, 'depth')};`]),
    ...each(rows, (i) => [
      `let row${i} = ${row(i, 'depth')};`,
      ...addRow(i, `row${i}`, columns, (j) => `column${j}`),
    ]),
  ];
}

/**
 * As many steps as there are lanes: each lane loads one element of a row, and all of them hear of all. Behind the end of the
 * depth, where what is loaded does not count, they multiply zeros.
 */
function addLaneSteps({ rows, columns, row, column }: ProductBlock, lanes: Lanes): string[] {
  return [
    ...each(lanes, (step) => [
      `let counts${step} = depth + ${step}u < product_depth;`,
      ...each(columns, (j) => [
        `let column${step}_${j} = select(0.0f, ${column(j, `(depth + ${step}u)`)}, counts${step});`,
      ]),
    ]),
    'let counts = depth + lane < product_depth;',
    ...each(rows, (i) => [
      `let row${i} = select(0.0f, ${row(i, '(depth + lane)')}, counts);`,
      ...each(lanes, (step) => [
        `let row${i}_${step} = subgroupBroadcast(row${i}, ${step}u);`,
        ...addRow(i, `row${i}_${step}`, columns, (j) => `column${step}_${j}`),
      ]),
    ]),
  ];
}

/**
 * Statements that add the products of a block to its sums (see `sumName`), which are variables of the caller. All threads
 * of a workgroup must come by here, and `lanes` must divide their number.
 */
export function addProducts(shader: Shader, lanes: Lanes, block: ProductBlock): string[] {
  if (lanes === 0) {
    return [`for (var depth = 0u; depth < ${block.depth}; depth++) {`, ...addStep(block), '}'];
  }
  shader.enableSubgroups();
  return [
    '{',
    `let product_depth = ${block.depth};`,
    `for (var depth = 0u; depth < product_depth; depth += ${lanes}u) {`,
    ...addLaneSteps(block, lanes),
    '}',
    '}',
  ];
}

/** Numbers that all threads of a workgroup share. */
export interface SharedNumbers {
  /** Statements that load them. All threads of the workgroup must come by here, and where the numbers are used. */
  readonly load: readonly string[];
  /** One of them, as an expression. */
  number(index: number): string;
}

/** The numbers that a thread loads, when `count` numbers are shared: expressions of type u32. */
export function loadTurns(lanes: Lanes, count: number): string[] {
  if (lanes === 0) return Array.from({ length: count }, (_, i) => `${i}u`);
  return Array.from({ length: Math.ceil(count / lanes) }, (_, turn) => `(lane + ${turn * lanes}u)`);
}

/** Shares `count` numbers, of which `numberOf` gives one for each of `loadTurns`. */
export function shareNumbers(
  shader: Shader,
  lanes: Lanes,
  name: string,
  count: number,
  numberOf: (index: string, turn: number) => string,
): SharedNumbers {
  if (lanes > 0) shader.enableSubgroups();
  return {
    load: loadTurns(lanes, count).map((index, turn) => `let ${name}${turn} = ${numberOf(index, turn)};`),
    number: (index) =>
      lanes === 0
        ? `${name}${index}`
        : `subgroupBroadcast(${name}${Math.floor(index / lanes)}, ${index % lanes}u)`,
  };
}
