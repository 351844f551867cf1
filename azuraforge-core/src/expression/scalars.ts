import type { Expression } from '../expression.ts';

/** An expression whose constants have become scalars, so that kernels which differ in a number share their code. */
export interface Lifted {
  readonly expression: Expression;
  /** The value of scalar `scalarCount + i` is number i. */
  readonly constants: readonly number[];
}

export function liftConstants(expression: Expression, scalarCount: number): Lifted {
  const constants: number[] = [];
  const done = new Map<Expression, Expression>();
  const lift = (node: Expression): Expression => {
    let lifted = done.get(node);
    if (lifted === undefined) {
      lifted = convert(node);
      done.set(node, lifted);
    }
    return lifted;
  };
  const convert = (node: Expression): Expression => {
    if (node.op === 'input' || node.op === 'scalar' || node.op === 'index') return node;
    if (node.op === 'constant') {
      const known = constants.findIndex((value) => Object.is(value, node.value));
      const position = known >= 0 ? known : constants.push(node.value) - 1;
      return { op: 'scalar', index: scalarCount + position };
    }
    if (node.op === 'where') {
      return { op: 'where', condition: lift(node.condition), a: lift(node.a), b: lift(node.b) };
    }
    if ('x' in node) return { op: node.op, x: lift(node.x) };
    return { op: node.op, a: lift(node.a), b: lift(node.b) };
  };
  return { expression: lift(expression), constants };
}

/** How many scalars an expression is handed at dispatch. */
export function countScalars(expression: Expression): number {
  let count = 0;
  visit(expression, (node) => {
    if (node.op === 'scalar') count = Math.max(count, node.index + 1);
  });
  return count;
}

export function uses(expression: Expression, op: Expression['op']): boolean {
  let found = false;
  visit(expression, (node) => {
    found ||= node.op === op;
  });
  return found;
}

function visit(expression: Expression, look: (node: Expression) => void): void {
  const seen = new Set<Expression>([expression]);
  for (const node of seen) {
    look(node);
    if ('x' in node) seen.add(node.x);
    if ('a' in node) seen.add(node.a).add(node.b);
    if ('condition' in node) seen.add(node.condition);
  }
}
