import { countScalars, liftConstants } from '../../expression/scalars.ts';
import type { ReduceKernel, Reducer } from '../../kernel.ts';
import { sizeOf } from '../../shape.ts';
import { hasIntegers, kindOf, placeOf, programByScalars, Scalars, splitPosition } from './elementwise.ts';
import type { Kind, Sources } from './expression.ts';
import { ExpressionWriter } from './expression.ts';
import { mathFunctions } from './math.ts';
import type { Pass, Program } from './program.ts';
import { gridFor, Shader } from './program.ts';
import type { Nest } from './strided.ts';
import { mergeAxes } from './strided.ts';

const WORKGROUP = 64;
/** From this many values per output on, a workgroup shares the work of an output. */
const SHARED_FROM = 64;
/** So many values are added up before they join the sum, so that its rounding errors stay small. */
const BLOCK = 128;

type Position = 'argmax' | 'argmin';

function isPosition(reducer: Reducer): reducer is Position {
  return reducer === 'argmax' || reducer === 'argmin';
}

/** The value that a fold starts from, and how it takes in another one. */
interface Fold {
  readonly start: string;
  join(total: string, value: string): string;
}

function foldOf(shader: Shader, reducer: Exclude<Reducer, Position>, kind: 'f32' | 'i32'): Fold {
  if (reducer === 'sum') return { start: `${kind}(0)`, join: (total, value) => `${total} + ${value}` };
  const isMax = reducer === 'max';
  if (kind === 'i32') {
    const start = isMax ? 'i32(-2147483647 - 1)' : '2147483647i';
    return { start, join: (total, value) => `${isMax ? 'max' : 'min'}(${total}, ${value})` };
  }
  const name = isMax ? 'larger' : 'smaller';
  for (const text of mathFunctions([name], 1)) shader.include(text);
  return {
    start: isMax ? '-infinity()' : 'infinity()',
    join: (total, value) => `${name}(${total}, ${value})`,
  };
}

/** A position of −1 stands for none yet. NaN beats every number, and of equals the first wins. */
function positionFold(shader: Shader, reducer: Position, kind: 'f32' | 'i32'): Fold {
  for (const text of mathFunctions(['is_nan'], 1)) shader.include(text);
  const sign = reducer === 'argmax' ? '>' : '<';
  const [newNaN, bothNaN] =
    kind === 'f32'
      ? ['(is_nan(b.value) && !is_nan(a.value))', '(is_nan(b.value) && is_nan(a.value))']
      : ['false', 'false'];
  shader.include(`
struct Best { value: ${kind}, position: i32 }
fn better(a: Best, b: Best) -> Best {
  let wins = b.value ${sign} a.value || ${newNaN};
  let ties = (b.value == a.value || ${bothNaN}) && b.position < a.position;
  if (b.position >= 0 && (a.position < 0 || wins || ties)) { return b; }
  return a;
}`);
  return { start: `Best(${kind}(0), -1)`, join: (total, value) => `better(${total}, ${value})` };
}

interface Parts {
  /** The axes that stay, with the inputs' strides and then the output's. */
  readonly kept: Nest;
  /** The axes that are folded, with the inputs' strides. */
  readonly folded: Nest;
  readonly outputs: number;
  readonly count: number;
}

function partsOf({ shape, reduced, inputs, output }: ReduceKernel): Parts {
  const pick = <T>(list: readonly T[], isFolded: boolean): T[] =>
    list.filter((_, axis) => reduced[axis] === isFolded);
  const strides = inputs.map((operand) => operand.strides);
  const [keptShape, foldedShape] = [pick(shape, false), pick(shape, true)];
  return {
    kept: mergeAxes(
      keptShape,
      [...strides, output.strides].map((own) => pick(own, false)),
    ),
    folded: mergeAxes(
      foldedShape,
      strides.map((own) => pick(own, true)),
    ),
    outputs: sizeOf(keptShape),
    count: sizeOf(foldedShape),
  };
}

/** Writes the shader of one reduction: each output is folded by one thread, or by the threads of a workgroup together. */
class ReduceWriter {
  readonly #shader = new Shader();
  readonly #kernel: ReduceKernel;
  readonly #parts: Parts;
  readonly #names: readonly string[];
  readonly #target: string;

  constructor(kernel: ReduceKernel) {
    this.#kernel = kernel;
    this.#parts = partsOf(kernel);
    this.#names = kernel.inputs.map(({ dtype }, i) => this.#shader.buffer(i, kindOf(dtype)));
    this.#target = this.#shader.buffer(kernel.inputs.length, kindOf(kernel.output.dtype), 'read_write');
  }

  write(kinds: Parameters<Parameters<typeof programByScalars>[2]>[0]): Pass {
    const { expression, finish, output, reducer } = this.#kernel;
    const shader = this.#shader;
    const { kept, outputs, count } = this.#parts;
    const body = liftConstants(expression, kinds.length);
    const last = liftConstants(finish ?? { op: 'input', index: 0 }, kinds.length);
    const scalars = new Scalars(shader, kinds, body.constants).sources;
    const writer = new ExpressionWriter(shader, this.#sources(scalars), 1, 'v');
    const found = writer.value(body.expression);
    // What is stored as float32 is summed as such: a sum of integers may be larger than any integer.
    const isFloat = reducer === 'sum' && output.dtype === 'float32';
    const kind: 'f32' | 'i32' = isFloat || found.kind === 'f32' ? 'f32' : 'i32';
    const code = kind === found.kind ? found.code : `${kind}(${found.code})`;
    const fold = isPosition(reducer) ? positionFold(shader, reducer, kind) : foldOf(shader, reducer, kind);
    const value = isPosition(reducer) ? `Best(${code}, count)` : code;
    const step = [...writer.statements, `part = ${fold.join('part', value)};`];

    const isShared = count >= SHARED_FROM;
    const item = isShared ? 'group' : 'thread';
    const statements = [
      `if (${item} >= ${shader.uint(outputs)}) { return; }`,
      ...splitPosition(shader, item, kept.lengths, 'k'),
      ...this.#names.map(
        (_, i) =>
          `let base${i} = ${placeOf(shader, shader.int(this.#kernel.inputs[i]!.offset), 'k', kept.strides[i]!)};`,
      ),
      ...(isShared ? this.#sharedFold(fold, step, kind) : this.#loops(fold, step)),
    ];
    const result = isPosition(reducer)
      ? { code: 'total.position', kind: 'i32' as const }
      : { code: 'total', kind };
    const ending = new ExpressionWriter(
      shader,
      { ...new Scalars(shader, kinds, last.constants).sources, input: () => result, index: () => '0' },
      1,
      'w',
    );
    const stored = ending.write(last.expression, kindOf(output.dtype));
    const place = placeOf(shader, shader.int(output.offset), 'k', kept.strides.at(-1)!);
    statements.push(...ending.statements, `${this.#target}[${place}] = ${stored};`);
    return shader.pass(
      statements,
      isShared ? { workgroup: WORKGROUP, workgroups: outputs } : gridFor(outputs, WORKGROUP),
    );
  }

  #sources(scalars: Pick<Sources, 'scalar' | 'scalarKind'>): Sources {
    const input = (index: number): { code: string; kind: Kind } => ({
      code: `${this.#names[index]}[at${index}]`,
      kind: kindOf(this.#kernel.inputs[index]!.dtype),
    });
    return { ...scalars, input, index: () => 'count' };
  }

  /** The places of the inputs from the coordinates of the folded axes. */
  #places(): string[] {
    return this.#names.map(
      (_, i) => `let at${i} = ${placeOf(this.#shader, `base${i}`, 'r', this.#parts.folded.strides[i]!)};`,
    );
  }

  /** One thread walks over all values; the last axis is walked in blocks. */
  #loops({ start, join }: Fold, step: readonly string[]): string[] {
    const { lengths } = this.#parts.folded;
    const last = lengths.length - 1;
    const limits = lengths.map((length) => this.#shader.int(length));
    const outer = limits
      .slice(0, -1)
      .map((limit, axis) => `for (var r${axis} = 0; r${axis} < ${limit}; r${axis}++) {`);
    return [
      `var total = ${start};`,
      'var count = 0;',
      ...outer,
      `for (var block = 0; block < ${limits[last]}; block += ${BLOCK}) {`,
      `var part = ${start};`,
      `let end = min(block + ${BLOCK}, ${limits[last]});`,
      `for (var r${last} = block; r${last} < end; r${last}++) {`,
      ...this.#places(),
      ...step,
      'count++;',
      '}',
      `total = ${join('total', 'part')};`,
      '}',
      ...outer.map(() => '}'),
    ];
  }

  /** Each thread takes every WORKGROUP-th value; then halves of the workgroup join, in an order that is always the same. */
  #sharedFold({ start, join }: Fold, step: readonly string[], kind: string): string[] {
    const shader = this.#shader;
    const { lengths } = this.#parts.folded;
    const type = isPosition(this.#kernel.reducer) ? 'Best' : kind;
    shader.include(`var<workgroup> shared_parts: array<${type}, ${WORKGROUP}>;`);
    return [
      `var sum = ${start};`,
      `let end = ${shader.uint(this.#parts.count)};`,
      `for (var block = local; block < end; block += ${WORKGROUP * BLOCK}u) {`,
      `var part = ${start};`,
      `let stop = min(block + ${WORKGROUP * BLOCK}u, end);`,
      `for (var position = block; position < stop; position += ${WORKGROUP}u) {`,
      'let count = i32(position);',
      ...splitPosition(shader, 'position', lengths, 'r'),
      ...this.#places(),
      ...step,
      '}',
      `sum = ${join('sum', 'part')};`,
      '}',
      'shared_parts[local] = sum;',
      `for (var half = ${WORKGROUP / 2}u; half > 0u; half >>= 1u) {`,
      'workgroupBarrier();',
      `if (local < half) { shared_parts[local] = ${join('shared_parts[local]', 'shared_parts[local + half]')}; }`,
      '}',
      'if (local > 0u) { return; }',
      'let total = shared_parts[0];',
    ];
  }
}

export function reduceProgram(kernel: ReduceKernel): Program {
  const finish = kernel.finish ?? { op: 'input', index: 0 };
  const scalarCount = Math.max(countScalars(kernel.expression), countScalars(finish));
  const operands = [...kernel.inputs, kernel.output];
  const integers = hasIntegers(operands, kernel.expression) || hasIntegers(operands, finish);
  return programByScalars(integers, scalarCount, (kinds) => [new ReduceWriter(kernel).write(kinds)]);
}
