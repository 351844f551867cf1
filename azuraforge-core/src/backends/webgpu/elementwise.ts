import { uses } from '../../expression/analysis.ts';
import { countScalars, liftConstants } from '../../expression/scalars.ts';
import type { Expression } from '../../expression.ts';
import type { DType, ElementwiseKernel, Operand } from '../../kernel.ts';
import { sizeOf } from '../../shape.ts';
import type { ScalarKind, Sources } from './expression.ts';
import { ExpressionWriter, scalarKind } from './expression.ts';
import type { Width } from './math.ts';
import { wide } from './math.ts';
import type { Pass, Program } from './program.ts';
import { fixedProgram, gridFor, Shader } from './program.ts';
import type { Nest } from './strided.ts';
import { mergeAxes } from './strided.ts';

const WORKGROUP = 64;

export function kindOf(dtype: DType): 'f32' | 'i32' {
  return dtype === 'int32' ? 'i32' : 'f32';
}

/** An integer as near as can be to a scalar. */
function toInteger(value: number): number {
  return Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), value));
}

/** The scalars of a kernel and the constants of its expression, as words of a shader. */
export class Scalars {
  readonly #shader: Shader;
  readonly #count: number;
  readonly #constants: readonly number[];
  readonly #kinds: readonly ScalarKind[];

  /** `kinds` are those of the scalars of a dispatch, of which there are `kinds.length`. */
  constructor(shader: Shader, kinds: readonly ScalarKind[], constants: readonly number[]) {
    this.#shader = shader;
    this.#count = kinds.length;
    this.#constants = constants;
    this.#kinds = [...kinds, ...constants.map(scalarKind)];
  }

  get sources(): Pick<Sources, 'scalar' | 'scalarKind'> {
    return {
      scalar: (index, kind) => {
        const constant = this.#constants[index - this.#count];
        if (kind === 'f32') return this.#shader.float(constant ?? ((scalars) => scalars[index]!));
        return this.#shader.int(
          constant === undefined ? (scalars) => toInteger(scalars[index]!) : toInteger(constant),
        );
      },
      scalarKind: (index) => this.#kinds[index]!,
    };
  }
}

/**
 * A program for each combination of what the scalars may be, as they come: only where there are integers does the code
 * depend on it.
 */
export function programByScalars(
  dependsOnKinds: boolean,
  scalarCount: number,
  make: (kinds: readonly ScalarKind[]) => readonly Pass[],
): Program {
  if (!dependsOnKinds || scalarCount === 0)
    return fixedProgram(make(Array.from({ length: scalarCount }, () => 'fraction' as const)));
  const made = new Map<string, readonly Pass[]>();
  return {
    scratch: [],
    passes: (scalars) => {
      const kinds = scalars.slice(0, scalarCount).map(scalarKind);
      const key = kinds.join();
      let passes = made.get(key);
      if (passes === undefined) {
        passes = make(kinds);
        made.set(key, passes);
      }
      return passes;
    },
  };
}

export function hasIntegers(operands: readonly Operand[], expression: Expression): boolean {
  return operands.some(({ dtype }) => dtype === 'int32') || uses(expression, 'index');
}

/** Whether four neighbours along the last axis can be worked on at once: they lie together, or are one and the same. */
function fitsVectors({ lengths, strides }: Nest, operands: readonly Operand[]): boolean {
  const last = lengths.length - 1;
  return (
    lengths[last]! % 4 === 0 &&
    strides.every((own, i) => {
      if (own[last] === 0) return i < operands.length - 1;
      const isAligned =
        operands[i]!.offset % 4 === 0 && own.every((stride, axis) => axis === last || stride % 4 === 0);
      return own[last] === 1 && isAligned;
    })
  );
}

/** Statements that split `position` into coordinates named `prefix0`, `prefix1`, … */
export function splitPosition(
  shader: Shader,
  position: string,
  lengths: readonly number[],
  prefix: string,
): string[] {
  const statements: string[] = [];
  let rest = position;
  for (let axis = lengths.length - 1; axis > 0; axis--) {
    const length = shader.uint(lengths[axis]!);
    statements.push(`let ${prefix}${axis} = i32(${rest} % ${length});`);
    statements.push(`let ${prefix}rest${axis} = ${rest} / ${length};`);
    rest = `${prefix}rest${axis}`;
  }
  statements.push(`let ${prefix}0 = i32(${rest});`);
  return statements;
}

/** Σ coordinate·stride over all axes, from `start` on: an i32. */
export function placeOf(shader: Shader, start: string, prefix: string, strides: readonly number[]): string {
  return strides.reduce((sum, stride, axis) => `${sum} + ${prefix}${axis} * ${shader.int(stride)}`, start);
}

export function elementwiseProgram(kernel: ElementwiseKernel): Program {
  const operands = [...kernel.inputs, kernel.output];
  const nest = mergeAxes(
    kernel.shape,
    operands.map(({ strides }) => strides),
  );
  const scalarCount = countScalars(kernel.expression);
  const { expression, constants } = liftConstants(kernel.expression, scalarCount);
  const width: Width = !uses(expression, 'index') && fitsVectors(nest, operands) ? 4 : 1;
  const last = nest.lengths.length - 1;
  const lengths = nest.lengths.map((length, axis) => (axis === last ? length / width : length));
  const items = sizeOf(lengths);

  return programByScalars(hasIntegers(operands, expression), scalarCount, (kinds) => {
    const shader = new Shader();
    const places: string[] = [];
    const body = [
      `if (thread >= ${shader.uint(items)}) { return; }`,
      ...splitPosition(shader, 'thread', lengths, 'x'),
    ];
    const access = operands.map(({ dtype, offset }, i) => {
      const own = nest.strides[i]!;
      const isVector = width === 4 && own[last] === 1;
      const strides = isVector ? own.map((stride, axis) => (axis === last ? 1 : stride / 4)) : own;
      const isOutput = i === operands.length - 1;
      const name = shader.buffer(i, wide(kindOf(dtype), isVector ? 4 : 1), isOutput ? 'read_write' : 'read');
      const start = shader.int(isVector ? offset / 4 : offset);
      places.push(`let at${i} = ${placeOf(shader, start, 'x', strides)};`);
      return { code: `${name}[at${i}]`, isVector };
    });
    const target = access.at(-1)!;
    const writer = new ExpressionWriter(
      shader,
      {
        ...new Scalars(shader, kinds, constants).sources,
        input: (index) => {
          const kind = kindOf(kernel.inputs[index]!.dtype);
          const { code, isVector } = access[index]!;
          return { code: width === 4 && !isVector ? `${wide(kind, 4)}(${code})` : code, kind };
        },
        index: () => 'i32(thread)',
      },
      width,
      'v',
    );
    const result = writer.write(expression, kindOf(kernel.output.dtype));
    body.push(...places, ...writer.statements, `${target.code} = ${result};`);
    return [shader.pass(body, gridFor(items, WORKGROUP))];
  });
}
