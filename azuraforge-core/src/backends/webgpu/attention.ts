import type { AttentionBackwardKernel, AttentionForwardKernel } from '../../kernel.ts';
import { mathFunctions } from './math.ts';
import type { Program } from './program.ts';
import { fixedProgram, Shader } from './program.ts';

type AttentionKernel = AttentionForwardKernel | AttentionBackwardKernel;

/** Threads of a workgroup, and the rows that it looks at in one go. */
const BLOCK = 64;

/** Numbers of `width` that each thread keeps. */
function share(width: number): number {
  return Math.ceil(width / BLOCK);
}

/**
 * The shader of a part of attention, in which a workgroup works on one row: query (or key) `row` of head `head`. The
 * function `score(head, i, j)` finds that of query i and key j.
 */
class AttentionShader {
  readonly shader = new Shader();
  readonly query: string;
  readonly key: string;
  readonly rows: number;
  readonly #kernel: AttentionKernel;

  constructor(kernel: AttentionKernel, rows: number) {
    const { shader } = this;
    this.#kernel = kernel;
    this.rows = rows;
    for (const text of mathFunctions(['exp_of', 'log_of', 'larger'], 1)) shader.include(text);
    [this.query, this.key] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32')];
    const { mask, heads, queries, keys, width } = kernel;
    const masks = mask === null ? null : shader.buffer(3, 'f32');
    const added = (): string => {
      const [perBatch, perHead, perQuery, perKey] = mask!.strides.map((stride) => shader.int(stride));
      const headCount = shader.uint(heads);
      const start = `${shader.int(mask!.offset)} + i32(head / ${headCount}) * ${perBatch} + i32(head % ${headCount}) * ${perHead}`;
      return ` + ${masks}[${start} + i32(i) * ${perQuery} + i32(j) * ${perKey}]`;
    };
    shader.include(`
var<workgroup> parts: array<f32, ${BLOCK}>;
fn dot_of_rows(i: u32, j: u32) -> f32 {
  let width = ${shader.uint(width)};
  var sum = 0.0f;
  for (var d = 0u; d < width; d++) { sum += ${this.query}[i * width + d] * ${this.key}[j * width + d]; }
  return sum;
}
fn score(head: u32, i: u32, j: u32) -> f32 {
  return dot_of_rows(head * ${shader.uint(queries)} + i, head * ${shader.uint(keys)} + j) * ${shader.float(kernel.scale)}${mask === null ? '' : added()};
}
fn combine(value: f32, local: u32, is_sum: bool) -> f32 {
  parts[local] = value;
  for (var half = ${BLOCK / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (local < half) {
      let other = parts[local + half];
      parts[local] = select(larger(parts[local], other), parts[local] + other, is_sum);
    }
  }
  workgroupBarrier();
  let result = parts[0];
  workgroupBarrier();
  return result;
}`);
  }

  /** Statements that every thread begins with. */
  begin(): string[] {
    const { shader, rows } = this;
    const { batch, heads, queries, keys, width, valueWidth } = this.#kernel;
    return [
      `if (group >= ${shader.uint(batch * heads * rows)}) { return; }`,
      `let queries = ${shader.uint(queries)};`,
      `let keys = ${shader.uint(keys)};`,
      `let width = ${shader.uint(width)};`,
      `let value_width = ${shader.uint(valueWidth)};`,
      `let head = group / ${shader.uint(rows)};`,
      `let row = group % ${shader.uint(rows)};`,
      // A query sees the keys before this one.
      `let visible = ${this.#kernel.causal ? 'min(keys, row + 1u)' : 'keys'};`,
    ];
  }

  finish(body: readonly string[], writes: number) {
    return this.shader.pass([...this.begin(), ...body], {
      workgroup: BLOCK,
      workgroups: writes,
    });
  }
}

/** The weights of a row's keys add up to `total` when each is exp(score − top); keys come in blocks. */
const STATISTICS = [
  'var top = -infinity();',
  `for (var j = local; j < visible; j += ${BLOCK}u) { top = larger(top, score(head, row, j)); }`,
  'top = combine(top, local, false);',
  'var total = 0.0f;',
  `for (var j = local; j < visible; j += ${BLOCK}u) { total += weight_of(score(head, row, j), top); }`,
  'total = combine(total, local, true);',
];

/** Where all scores are −∞ nothing is seen. */
const WEIGHT = `
fn weight_of(score: f32, top: f32) -> f32 {
  if (top == -infinity()) { return 0.0; }
  return exp_of(score - top);
}`;

/** Adds up `factor[i] · source[row i]` over a block of rows; each thread keeps every BLOCK-th number of the sums. */
function addRows(sums: string, factors: string, source: string, width: string, first: string): string[] {
  return [
    `for (var own = 0u; own * ${BLOCK}u + local < ${width}; own++) {`,
    `let column = own * ${BLOCK}u + local;`,
    `var sum = ${sums}[own];`,
    `for (var i = 0u; i < count; i++) { sum += ${factors}[i] * ${source}[(${first} + i) * ${width} + column]; }`,
    `${sums}[own] = sum;`,
    '}',
  ];
}

function storeRow(target: string, sums: string, width: string, scale: string): string[] {
  return [
    `for (var own = 0u; own * ${BLOCK}u + local < ${width}; own++) {`,
    `${target}[group * ${width} + own * ${BLOCK}u + local] = ${sums}[own]${scale};`,
    '}',
  ];
}

/** One workgroup per query, in two rounds over the keys: for the largest score and the sum of weights, then for the values. */
export function attentionForwardProgram(kernel: AttentionForwardKernel): Program {
  const { batch, heads, queries, valueWidth, mask } = kernel;
  const attention = new AttentionShader(kernel, queries);
  const { shader } = attention;
  const shift = mask === null ? 0 : 1;
  const value = shader.buffer(2, 'f32');
  const [output, logsumexp] = [3, 4].map((slot) => shader.buffer(slot + shift, 'f32', 'read_write'));
  shader.include(WEIGHT);
  shader.include(`var<workgroup> weights: array<f32, ${BLOCK}>;`);
  const body = [
    ...STATISTICS,
    `var sums: array<f32, ${share(valueWidth)}>;`,
    `for (var block = 0u; block < visible; block += ${BLOCK}u) {`,
    `let count = min(${BLOCK}u, visible - block);`,
    'if (local < count) { weights[local] = weight_of(score(head, row, block + local), top); }',
    'workgroupBarrier();',
    ...addRows('sums', 'weights', value, 'value_width', 'head * keys + block'),
    'workgroupBarrier();',
    '}',
    'let divisor = select(total, 1.0, total == 0.0);',
    ...storeRow(output!, 'sums', 'value_width', ' / divisor'),
    `if (local == 0u) { ${logsumexp}[group] = log_of(total) + top; }`,
  ];
  return fixedProgram([attention.finish(body, batch * heads * queries)]);
}

/** The slope of the loss by a row's output, against a value. */
function slopeFunction(shader: Shader, valueWidth: number, value: string, gradOutput: string): string {
  return `
fn slope_of(i: u32, j: u32) -> f32 {
  let value_width = ${shader.uint(valueWidth)};
  var sum = 0.0f;
  for (var e = 0u; e < value_width; e++) { sum += ${gradOutput}[i * value_width + e] * ${value}[j * value_width + e]; }
  return sum;
}`;
}

/** The weight of query i and key j, and the gradient of their score. */
function pair(statistics: string, i: string, j: string): string[] {
  return [
    `let at = head * queries + ${i};`,
    `let weight = weight_of(score(head, ${i}, ${j}), ${statistics}[at * 3u]) / ${statistics}[at * 3u + 1u];`,
    `let gradient = weight * (slope_of(at, head * keys + ${j}) - ${statistics}[at * 3u + 2u]);`,
  ];
}

/**
 * Three passes: the statistics of each query, with output · gradOutput; the gradients of queries, one workgroup each; those
 * of keys and values, one workgroup per key. The statistics are found anew, since the rounding of a logsumexp would show
 * where scores are large.
 */
export function attentionBackwardProgram(kernel: AttentionBackwardKernel): Program {
  const { batch, heads, queries, keys, width, valueWidth, mask, causal } = kernel;
  const shift = mask === null ? 0 : 1;
  const [outputSlot, gradOutputSlot, gradQuerySlot, gradKeySlot, gradValueSlot, statisticsSlot] = [
    3, 5, 6, 7, 8, 9,
  ].map((slot) => slot + shift) as [number, number, number, number, number, number];
  const rows = batch * heads * queries;

  const first = (() => {
    const attention = new AttentionShader(kernel, queries);
    const { shader } = attention;
    const [output, gradOutput] = [shader.buffer(outputSlot, 'f32'), shader.buffer(gradOutputSlot, 'f32')];
    const statistics = shader.buffer(statisticsSlot, 'f32', 'read_write');
    shader.include(WEIGHT);
    return attention.finish(
      [
        ...STATISTICS,
        'var level = 0.0f;',
        `for (var e = local; e < value_width; e += ${BLOCK}u) { level += ${output}[group * value_width + e] * ${gradOutput}[group * value_width + e]; }`,
        'level = combine(level, local, true);',
        'if (local == 0u) {',
        `${statistics}[group * 3u] = top;`,
        `${statistics}[group * 3u + 1u] = select(total, 1.0, total == 0.0);`,
        `${statistics}[group * 3u + 2u] = level;`,
        '}',
      ],
      rows,
    );
  })();

  const second = (() => {
    const attention = new AttentionShader(kernel, queries);
    const { shader } = attention;
    const [value, gradOutput, statistics] = [2, gradOutputSlot, statisticsSlot].map((slot) =>
      shader.buffer(slot, 'f32'),
    ) as [string, string, string];
    const gradQuery = shader.buffer(gradQuerySlot, 'f32', 'read_write');
    shader.include(WEIGHT);
    shader.include(slopeFunction(shader, valueWidth, value, gradOutput));
    shader.include(`var<workgroup> gradients: array<f32, ${BLOCK}>;`);
    return attention.finish(
      [
        `var sums: array<f32, ${share(width)}>;`,
        `for (var block = 0u; block < visible; block += ${BLOCK}u) {`,
        `let count = min(${BLOCK}u, visible - block);`,
        'if (local < count) {',
        ...pair(statistics, 'row', '(block + local)'),
        'gradients[local] = gradient;',
        '}',
        'workgroupBarrier();',
        ...addRows('sums', 'gradients', attention.key, 'width', 'head * keys + block'),
        'workgroupBarrier();',
        '}',
        ...storeRow(gradQuery, 'sums', 'width', ` * ${shader.float(kernel.scale)}`),
      ],
      rows,
    );
  })();

  const third = (() => {
    const attention = new AttentionShader(kernel, keys);
    const { shader } = attention;
    const [value, gradOutput, statistics] = [2, gradOutputSlot, statisticsSlot].map((slot) =>
      shader.buffer(slot, 'f32'),
    ) as [string, string, string];
    const [gradKey, gradValue] = [gradKeySlot, gradValueSlot].map((slot) =>
      shader.buffer(slot, 'f32', 'read_write'),
    ) as [string, string];
    shader.include(WEIGHT);
    shader.include(slopeFunction(shader, valueWidth, value, gradOutput));
    shader.include(`var<workgroup> gradients: array<f32, ${BLOCK}>;`);
    shader.include(`var<workgroup> weights: array<f32, ${BLOCK}>;`);
    return attention.finish(
      [
        `var key_sums: array<f32, ${share(width)}>;`,
        `var value_sums: array<f32, ${share(valueWidth)}>;`,
        `for (var block = ${causal ? `row / ${BLOCK}u * ${BLOCK}u` : '0u'}; block < queries; block += ${BLOCK}u) {`,
        `let count = min(${BLOCK}u, queries - block);`,
        'if (local < count) {',
        'let i = block + local;',
        ...pair(statistics, 'i', 'row'),
        // A query before this key does not see it.
        `let sees = ${causal ? 'i >= row' : 'true'};`,
        'gradients[local] = select(0.0, gradient, sees);',
        'weights[local] = select(0.0, weight, sees);',
        '}',
        'workgroupBarrier();',
        ...addRows('key_sums', 'gradients', attention.query, 'width', 'head * queries + block'),
        ...addRows('value_sums', 'weights', gradOutput, 'value_width', 'head * queries + block'),
        'workgroupBarrier();',
        '}',
        ...storeRow(gradKey, 'key_sums', 'width', ` * ${shader.float(kernel.scale)}`),
        ...storeRow(gradValue, 'value_sums', 'value_width', ''),
      ],
      batch * heads * keys,
    );
  })();

  return fixedProgram([first, second, third], [rows * 3 * 4]);
}
