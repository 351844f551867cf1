import type { BinaryOperator, Expression, UnaryOperator } from '../../expression.ts';
import type { Width } from './math.ts';
import { mathFunctions, wide } from './math.ts';
import { POWER, TO_INT32, WHOLE_POWER } from './number.ts';
import type { Shader } from './program.ts';

/** What a value of the shader is: a number, a 32-bit integer, or the yes or no of a comparison. */
export type Kind = 'f32' | 'i32' | 'bool';

export interface Value {
  readonly code: string;
  readonly kind: Kind;
}

/** Beside a scalar that is not whole, an integer becomes a number. */
export type ScalarKind = 'whole' | 'infinite' | 'fraction';

export function scalarKind(value: number): ScalarKind {
  if (Math.abs(value) === Infinity) return 'infinite';
  return Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31 ? 'whole' : 'fraction';
}

export interface Sources {
  input(index: number): Value;
  /** The row-major position, an i32. */
  index(): string;
  /** A scalar as a number, or as an integer: infinities become the ends of the integers. */
  scalar(index: number, kind: 'f32' | 'i32'): string;
  scalarKind(index: number): ScalarKind;
}

type Operator = BinaryOperator | UnaryOperator;

const FLOAT_FUNCTIONS = {
  exp: 'exp_of',
  log: 'log_of',
  log1p: 'log1p_of',
  tanh: 'tanh_of',
  sigmoid: 'sigmoid_of',
  erf: 'erf_of',
} as const;

const ARITHMETIC: Partial<Record<Operator, string>> = { add: '+', sub: '-', mul: '*', imul: '*' };
const COMPARISONS: Partial<Record<Operator, string>> = { eq: '==', gt: '>', ge: '>=', lt: '<', le: '<=' };

/** A scalar has no kind of its own: it goes along with what it meets. */
interface Weak {
  readonly scalar: number;
}

type Operand = Value | Weak;

function isWeak(operand: Operand): operand is Weak {
  return 'scalar' in operand;
}

/** Writes an expression as statements of a shader. */
export class ExpressionWriter {
  readonly statements: string[] = [];
  readonly #shader: Shader;
  readonly #sources: Sources;
  readonly #width: Width;
  readonly #prefix: string;
  readonly #done = new Map<string, Operand>();
  readonly #keys = new Map<Expression, string>();

  /** `prefix` begins the names of its variables. The expression's constants must have become scalars. */
  constructor(shader: Shader, sources: Sources, width: Width, prefix: string) {
    this.#shader = shader;
    this.#sources = sources;
    this.#width = width;
    this.#prefix = prefix;
  }

  /** The code of the value that an expression has in a buffer of this kind. */
  write(expression: Expression, kind: 'f32' | 'i32'): string {
    return this.#as(this.#part(expression), kind);
  }

  /** The value of an expression as it comes; a lone scalar becomes a number. */
  value(expression: Expression): Value {
    const operand = this.#part(expression);
    if (isWeak(operand)) return { code: this.#as(operand, 'f32'), kind: 'f32' };
    return operand.kind === 'bool' ? { code: this.#as(operand, 'i32'), kind: 'i32' } : operand;
  }

  /** Equal parts are computed once: which they are, a key tells. */
  #part(node: Expression): Operand {
    const key = this.#keyOf(node);
    let operand = this.#done.get(key);
    if (operand === undefined) {
      operand = this.#emit(node);
      if (!isWeak(operand)) operand = this.#keep(operand);
      this.#done.set(key, operand);
    }
    return operand;
  }

  #keyOf(node: Expression): string {
    let key = this.#keys.get(node);
    if (key === undefined) {
      key = this.#describe(node);
      this.#keys.set(node, key);
    }
    return key;
  }

  #describe(node: Expression): string {
    if (node.op === 'input' || node.op === 'scalar') return `${node.op}${node.index}`;
    if (node.op === 'where')
      return `where(${[node.condition, node.a, node.b].map((part) => this.#keyOf(part)).join()})`;
    if ('x' in node) return `${node.op}(${this.#keyOf(node.x)})`;
    if ('a' in node) return `${node.op}(${this.#keyOf(node.a)},${this.#keyOf(node.b)})`;
    return node.op;
  }

  #keep({ code, kind }: Value): Value {
    const name = `${this.#prefix}${this.statements.length}`;
    this.statements.push(`let ${name} = ${code};`);
    return { code: name, kind };
  }

  #emit(node: Expression): Operand {
    if (node.op === 'scalar') return { scalar: node.index };
    if (node.op === 'input') return this.#sources.input(node.index);
    if (node.op === 'index') return { code: this.#sources.index(), kind: 'i32' };
    if (node.op === 'constant') throw new Error('constants have to be lifted out of the expression');
    if (node.op === 'where') return this.#where(node.condition, node.a, node.b);
    if ('x' in node) return this.#unary(node.op, this.#part(node.x));
    return this.#binary(node.op, node.a, node.b);
  }

  #unary(op: UnaryOperator, x: Operand): Value {
    if (op === 'neg' || op === 'abs' || op === 'sign') {
      const kind = isWeak(x) || x.kind === 'f32' ? 'f32' : 'i32';
      const code = this.#as(x, kind);
      if (op === 'neg') return { code: `-(${code})`, kind };
      if (op === 'abs' || kind === 'i32') return { code: `${op}(${code})`, kind };
      return { code: this.#call('sign_of', code), kind };
    }
    const code = this.#as(x, 'f32');
    if (op === 'float32') return { code, kind: 'f32' };
    if (op === 'sqrt') return { code: `sqrt(${code})`, kind: 'f32' };
    return { code: this.#call(FLOAT_FUNCTIONS[op], code), kind: 'f32' };
  }

  #binary(op: BinaryOperator, left: Expression, right: Expression): Value {
    const [x, y] = [this.#part(left), this.#part(right)];
    const isLimit = op === 'maximum' || op === 'minimum';
    const kind = op === 'imul' ? 'i32' : op === 'div' ? 'f32' : this.#common(x, y, isLimit);
    const [a, b] = [this.#as(x, kind), this.#as(y, kind)];
    // A driver may think that x − x is 0 whatever x is.
    if (op === 'sub' && kind === 'f32' && a === b) return { code: this.#call('self_difference', a), kind };
    const sign = ARITHMETIC[op] ?? (op === 'div' ? '/' : COMPARISONS[op]);
    if (sign !== undefined)
      return { code: `(${a} ${sign} ${b})`, kind: COMPARISONS[op] === undefined ? kind : 'bool' };
    if (op === 'pow') return { code: this.#power(a, b, kind), kind };
    if (kind === 'i32') return { code: `${op === 'maximum' ? 'max' : 'min'}(${a}, ${b})`, kind };
    return { code: this.#call(op === 'maximum' ? 'larger' : 'smaller', a, b), kind };
  }

  #where(condition: Expression, left: Expression, right: Expression): Value {
    const test = this.#part(condition);
    const [x, y] = [this.#part(left), this.#part(right)];
    const kind = this.#common(x, y, false);
    let isTrue: string;
    if (isWeak(test) || test.kind === 'f32') isTrue = this.#call('is_true', this.#as(test, 'f32'));
    else isTrue = test.kind === 'bool' ? test.code : `(${test.code} != ${wide('i32', this.#width)}(0))`;
    return { code: `select(${this.#as(y, kind)}, ${this.#as(x, kind)}, ${isTrue})`, kind };
  }

  /** Integers stay integers beside each other and beside scalars that fit; an infinite limit fits. */
  #common(x: Operand, y: Operand, isLimit: boolean): 'f32' | 'i32' {
    if (isWeak(x) && isWeak(y)) return 'f32';
    const fits = (operand: Operand): boolean => {
      if (!isWeak(operand)) return operand.kind !== 'f32';
      const kind = this.#sources.scalarKind(operand.scalar);
      return kind === 'whole' || (kind === 'infinite' && isLimit);
    };
    return fits(x) && fits(y) ? 'i32' : 'f32';
  }

  #power(a: string, b: string, kind: 'f32' | 'i32'): string {
    const name = kind === 'f32' ? 'power' : 'whole_power';
    for (const text of mathFunctions([], this.#width)) this.#shader.include(text);
    this.#shader.include(kind === 'f32' ? POWER : WHOLE_POWER);
    return this.#each(name, a, b, kind);
  }

  /** Calls a function of single numbers for each lane. */
  #each(name: string, a: string, b: string | null, kind: Kind): string {
    const call = (lane: string): string => `${name}(${a}${lane}${b === null ? '' : `, ${b}${lane}`})`;
    if (this.#width === 1) return call('');
    return `${wide(kind, 4)}(${['.x', '.y', '.z', '.w'].map(call).join(', ')})`;
  }

  #call(
    name: Parameters<typeof mathFunctions>[0] extends Iterable<infer N> ? N : never,
    ...args: string[]
  ): string {
    for (const text of mathFunctions([name], this.#width)) this.#shader.include(text);
    return `${name}(${args.join(', ')})`;
  }

  #as(operand: Operand, kind: 'f32' | 'i32'): string {
    if (isWeak(operand)) {
      const isWhole = kind === 'i32' && this.#sources.scalarKind(operand.scalar) !== 'fraction';
      if (isWhole || kind === 'f32') return this.#scalar(operand.scalar, kind);
      const number = this.#keep({ code: this.#scalar(operand.scalar, 'f32'), kind: 'f32' });
      return this.#truncate(number.code);
    }
    if (operand.kind === kind) return operand.code;
    if (operand.kind === 'f32') return this.#truncate(operand.code);
    return `${wide(kind, this.#width)}(${operand.code})`;
  }

  #truncate(code: string): string {
    this.#shader.include(TO_INT32);
    return this.#each('to_int32', code, null, 'i32');
  }

  #scalar(index: number, kind: 'f32' | 'i32'): string {
    const key = `scalar${index} ${kind}`;
    let operand = this.#done.get(key) as Value | undefined;
    if (operand === undefined) {
      operand = this.#keep({
        code: `${wide(kind, this.#width)}(${this.#sources.scalar(index, kind)})`,
        kind,
      });
      this.#done.set(key, operand);
    }
    return operand.code;
  }
}
