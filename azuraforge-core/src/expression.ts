export type UnaryOperator =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'exp'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'float32';

export type BinaryOperator =
  | 'add'
  | 'sub'
  | 'mul'
  | 'imul'
  | 'div'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'eq'
  | 'gt'
  | 'ge'
  | 'lt'
  | 'le';

/**
 * The small language of elementwise kernels. Comparisons give 1 or 0; `where` takes any number but 0 for true; `index` is
 * the row-major position; `scalar` is a number handed over at dispatch, so that changing it needs no new kernel;
 * `float32` rounds to a float32, as storing a value between two kernels does, which is nothing where all values are;
 * `imul` is the product of two integers modulo 2³², of which `mul` may lose the last bits.
 */
export type Expression =
  | { readonly op: 'input'; readonly index: number }
  | { readonly op: 'scalar'; readonly index: number }
  | { readonly op: 'constant'; readonly value: number }
  | { readonly op: 'index' }
  | { readonly op: UnaryOperator; readonly x: Expression }
  | { readonly op: BinaryOperator; readonly a: Expression; readonly b: Expression }
  | { readonly op: 'where'; readonly condition: Expression; readonly a: Expression; readonly b: Expression };

export function input(index: number): Expression {
  return { op: 'input', index };
}

export function scalar(index: number): Expression {
  return { op: 'scalar', index };
}

export function constant(value: number): Expression {
  return { op: 'constant', value };
}

export function unary(op: UnaryOperator, x: Expression): Expression {
  return { op, x };
}

export function binary(op: BinaryOperator, a: Expression, b: Expression): Expression {
  return { op, a, b };
}

export function select(condition: Expression, a: Expression, b: Expression): Expression {
  return { op: 'where', condition, a, b };
}
