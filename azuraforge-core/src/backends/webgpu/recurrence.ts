import type { Lanes } from './product.ts';
import { addProducts, blockSide, each, sumName } from './product.ts';
import type { Pass, Shader } from './program.ts';

/** The lengths of a recurrence: sequences, their steps, and the units of the hidden state. */
interface Sizes {
  readonly batch: number;
  readonly steps: number;
  readonly hidden: number;
}

/** The products of a state with a weight that a unit adds up. */
export interface Sums {
  /** How many sums a unit has, one for each gate that it makes. */
  readonly gates: 1 | 3 | 4;
  /** The length over which products are added up. */
  readonly depth: string;
  /** An element of the state of sequence `b`. */
  row(b: string, depth: string): string;
  /** An element of the weight for unit `j`. */
  column(gate: string, j: string, depth: string): string;
  /** Where the sum is left for later statements of the thread. */
  target(b: string, j: string, gate: string): string;
}

/** What a thread makes at a time: units of the same sequences, as far apart as a workgroup has threads. */
interface Block {
  readonly sequences: number;
  readonly units: number;
  readonly workgroup: number;
}

/** Threads of a workgroup where they load alone. */
const WORKGROUP = 64;
/** Sequences and units of which a thread makes a sum at a time: as many as stay in registers. */
const MAX_SEQUENCES = 8;
const MAX_UNITS = 2;

function blockOf({ batch, hidden }: Sizes, lanes: Lanes): Block {
  if (lanes === 0) return { sequences: 1, units: 1, workgroup: WORKGROUP };
  return {
    sequences: blockSide(batch, MAX_SEQUENCES),
    units: blockSide(Math.ceil(hidden / lanes), MAX_UNITS),
    workgroup: lanes,
  };
}

/**
 * Σ gradients[row]·weight over all gates: what reaches a unit from the step that has the row `rowOf` of a sequence. It is left
 * in `target` [batch, hidden].
 */
export function throughWeight(
  gradients: string,
  rowOf: (b: string) => string,
  weight: string,
  gates: 3 | 4,
  target: string,
): Sums {
  return {
    gates: 1,
    depth: `${gates}u * hidden`,
    row: (b, depth) => `${gradients}[${rowOf(b)} * ${gates}u * hidden + ${depth}]`,
    column: (_, j, depth) => `${weight}[${depth} * hidden + ${j}]`,
    target: (b, j) => `${target}[${b} * hidden + ${j}]`,
  };
}

/**
 * One step `t` of all sequences: a thread makes the sums of some units of some sequences, if there are any to make, then does
 * `finish` for each unit `j` and each sequence `b` of them. Expressions see the sizes `hidden` and `steps`.
 */
export function stepPass(
  shader: Shader,
  { batch, steps, hidden }: Sizes,
  t: number,
  lanes: Lanes,
  sums: Sums | null,
  finish: readonly string[],
): Pass {
  const block = blockOf({ batch, steps, hidden }, lanes);
  const { sequences, units, workgroup } = block;
  const across = Math.ceil(hidden / (units * workgroup));
  const body = [
    `let batch = ${shader.uint(batch)};`,
    `let steps = ${shader.uint(steps)};`,
    `let hidden = ${shader.uint(hidden)};`,
    `let t = ${shader.uint(t)};`,
    `let across = ${shader.uint(across)};`,
    `let first_sequence = group / across * ${sequences}u;`,
    `let first_unit = group % across * ${units * workgroup}u + local;`,
    `let end_sequence = min(first_sequence + ${sequences}u, batch);`,
    `let end_unit = min(first_unit + ${(units - 1) * workgroup + 1}u, hidden);`,
    ...(sums === null ? [] : addSums(shader, lanes, block, sums)),
    // The loop whose length all threads share is the outer one: the other one costs them masks.
    'for (var b = first_sequence; b < end_sequence; b++) {',
    `for (var j = first_unit; j < end_unit; j += ${workgroup}u) {`,
    ...finish,
    '}',
    '}',
  ];
  return shader.pass(body, { workgroup, workgroups: Math.ceil(batch / sequences) * across });
}

function addSums(
  shader: Shader,
  lanes: Lanes,
  { sequences, units, workgroup }: Block,
  { gates, depth, row, column, target }: Sums,
): string[] {
  // A thread that loads alone loads the state once for all gates; threads that load for one another make more sequences.
  const together = lanes === 0 ? gates : 1;
  return [
    ...each(sequences, (i) => [`let sequence${i} = min(first_sequence + ${i}u, batch - 1u);`]),
    ...each(units, (j) => [`let unit${j} = min(first_unit + ${j * workgroup}u, hidden - 1u);`]),
    `for (var gate = 0u; gate < ${gates}u; gate += ${together}u) {`,
    ...each(sequences, (i) => each(units * together, (j) => [`var ${sumName(i, j)} = 0.0f;`])),
    ...addProducts(shader, lanes, {
      rows: sequences,
      columns: units * together,
      depth,
      row: (i, at) => row(`sequence${i}`, at),
      column: (j, at) => column(`(gate + ${j % together}u)`, `unit${Math.floor(j / together)}`, at),
    }),
    ...each(units, (j) => [
      `if (first_unit + ${j * workgroup}u < hidden) {`,
      ...each(sequences, (i) =>
        each(together, (gate) => [
          `${target(`sequence${i}`, `unit${j}`, `(gate + ${gate}u)`)} = ${sumName(i, j * together + gate)};`,
        ]),
      ),
      '}',
    ]),
    '}',
  ];
}
