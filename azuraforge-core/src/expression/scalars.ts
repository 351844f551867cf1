import type { Expression } from '../expression.ts';
import { nodesOf, substitute } from './analysis.ts';

/** An expression whose constants have become scalars, so that kernels which differ in a number share their code. */
export interface Lifted {
  readonly expression: Expression;
  /** The value of scalar `scalarCount + i` is number i. */
  readonly constants: readonly number[];
}

export function liftConstants(expression: Expression, scalarCount: number): Lifted {
  const constants: number[] = [];
  const lifted = substitute(expression, (node) => {
    if (node.op !== 'constant') return node;
    const known = constants.findIndex((value) => Object.is(value, node.value));
    const position = known >= 0 ? known : constants.push(node.value) - 1;
    return { op: 'scalar', index: scalarCount + position };
  });
  return { expression: lifted, constants };
}

/** How many scalars an expression is handed at dispatch. */
export function countScalars(expression: Expression): number {
  let count = 0;
  for (const node of nodesOf(expression)) if (node.op === 'scalar') count = Math.max(count, node.index + 1);
  return count;
}
