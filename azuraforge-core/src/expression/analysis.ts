import type { Expression } from '../expression.ts';
import type { DType } from '../kernel.ts';

const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'gt', 'ge', 'lt', 'le']);
/** Operators whose result is a number that they were given, or 0, 1 or −1 (apart from its sign). */
const EXACT: ReadonlySet<string> = new Set([
  ...COMPARISONS,
  'neg',
  'abs',
  'sign',
  'maximum',
  'minimum',
  'where',
]);
/** Operators that a device computes with one instruction. */
const SIMPLE: ReadonlySet<string> = new Set([...EXACT, 'add', 'sub', 'mul', 'imul', 'float32']);
const DIVISION_COST = 4;
const FUNCTION_COST = 16;

/** The parts that an operator works on. */
function operandsOf(node: Expression): readonly Expression[] {
  if ('condition' in node) return [node.condition, node.a, node.b];
  if ('a' in node) return [node.a, node.b];
  return 'x' in node ? [node.x] : [];
}

/** The expression and all its parts, each once. */
export function nodesOf(expression: Expression): ReadonlySet<Expression> {
  const nodes = new Set<Expression>([expression]);
  for (const node of nodes) for (const part of operandsOf(node)) nodes.add(part);
  return nodes;
}

/** Works out something about an expression from the same about its parts, once for each part however often it is used. */
function fold<T>(expression: Expression, visit: (node: Expression, parts: readonly T[]) => T): T {
  const done = new Map<Expression, T>();
  const walk = (node: Expression): T => {
    let result = done.get(node);
    if (result === undefined) {
      result = visit(node, operandsOf(node).map(walk));
      done.set(node, result);
    }
    return result;
  };
  return walk(expression);
}

/** Puts other expressions in the place of leaves. */
export function substitute(expression: Expression, leaf: (node: Expression) => Expression): Expression {
  return fold<Expression>(expression, (node, parts) => {
    if (parts.length === 0) return leaf(node);
    if ('condition' in node) return { op: 'where', condition: parts[0]!, a: parts[1]!, b: parts[2]! };
    if ('a' in node) return { op: node.op, a: parts[0]!, b: parts[1]! };
    return 'x' in node ? { op: node.op, x: parts[0]! } : node;
  });
}

/** How long the expression is when it is written out, each part as often as it is used. */
export function lengthOf(expression: Expression): number {
  return fold<number>(expression, (_, parts) => parts.reduce((sum, part) => sum + part, 1));
}

/** Roughly how many instructions one element takes. */
export function costOf(expression: Expression): number {
  let cost = 0;
  fold<null>(expression, (node, parts) => {
    if (parts.length === 0) return null;
    cost += SIMPLE.has(node.op) ? 1 : node.op === 'div' || node.op === 'sqrt' ? DIVISION_COST : FUNCTION_COST;
    return null;
  });
  return cost;
}

/** Whether the operator occurs anywhere in the expression. */
export function uses(expression: Expression, op: Expression['op']): boolean {
  for (const node of nodesOf(expression)) if (node.op === op) return true;
  return false;
}

/** Whether devices may differ in the last bit of this part, even if its operands are the same. */
export function isRounded(node: Expression): boolean {
  return operandsOf(node).length > 0 && !EXACT.has(node.op);
}

/** Whether a small change of a part for which `isSource` holds can make a large one of the result. */
export function jumpsWith(expression: Expression, isSource: (node: Expression) => boolean): boolean {
  let jumps = false;
  fold<boolean>(expression, (node, parts) => {
    const depends = parts.includes(true);
    const decides = node.op === 'where' ? parts[0]! : depends;
    if (decides && (COMPARISONS.has(node.op) || node.op === 'sign' || node.op === 'where')) jumps = true;
    return depends || isSource(node);
  });
  return jumps;
}

/** Whether the result is a number that its dtype holds exactly, so that storing it changes nothing. */
export function isExact(expression: Expression, dtype: DType, inputs: readonly DType[]): boolean {
  return fold<boolean>(expression, (node, parts) => {
    switch (node.op) {
      case 'input':
        return inputs[node.index] === dtype;
      case 'constant':
        return Object.is(dtype === 'int32' ? node.value | 0 : Math.fround(node.value), node.value);
      case 'where':
        return parts[1]! && parts[2]!;
      case 'maximum':
      case 'minimum':
        return parts[0]! && parts[1]!;
      case 'neg':
      case 'abs':
        return dtype === 'float32' && parts[0]!;
      case 'float32':
        return dtype === 'float32';
      case 'imul':
        return dtype === 'int32';
      case 'mul':
        return COMPARISONS.has(node.a.op) && COMPARISONS.has(node.b.op);
      default:
        return COMPARISONS.has(node.op) || node.op === 'sign';
    }
  });
}

/** How many operators an expression has, each counted once however often its result is used. */
export function countOperators(expression: Expression): number {
  let count = 0;
  fold<null>(expression, (_, parts) => {
    if (parts.length > 0) count += 1;
    return null;
  });
  return count;
}
