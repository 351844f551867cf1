import type { DeviceBuffer } from '../backend.ts';
import type { Expression } from '../expression.ts';
import type { DType, ElementwiseKernel, Operand, ReduceKernel } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { costOf, isExact, isRounded, jumpsWith, lengthOf, substitute, uses } from '../expression/analysis.ts';
import type { TracedCommand } from './tracer.ts';
import { composeWalks, isWhole, sameOperand } from './walk.ts';

/** WebGPU promises eight storage buffers to a shader; one is the output. */
const MAX_INPUTS = 7;
/** Expressions travel written out, so each part counts as often as it is used. */
const MAX_LENGTH = 160;
/** What may be worked out again and again rather than stored: a few instructions. */
const CHEAP = 4;
/** What may be worked out for every element although there are fewer of them. */
const TRIVIAL = 2;
/** A value per reduced element must not cost much more than what is reduced to it. */
const MIN_REDUCTION = 8;

/** A command that fusion can take apart: its kernel has an expression, and its scalars are known. */
interface Fusible<K extends ElementwiseKernel | ReduceKernel> extends TracedCommand {
  readonly kernel: K;
  readonly scalars: readonly number[];
}

export function isElementwise(command: TracedCommand): command is Fusible<ElementwiseKernel> {
  return command.kernel.kind === 'elementwise' && typeof command.scalars !== 'function';
}

export function isReduce(command: TracedCommand): command is Fusible<ReduceKernel> {
  return command.kernel.kind === 'reduce' && typeof command.scalars !== 'function';
}

/** Whether a command only puts one whole buffer into another. */
export function isCopy(command: TracedCommand): boolean {
  if (!isElementwise(command) || command.kernel.expression.op !== 'input') return false;
  const { shape, inputs, output } = command.kernel;
  return [inputs[0]!, output].every(
    (operand, i) => operand.dtype === output.dtype && isWhole(shape, operand, command.buffers[i]!.byteLength),
  );
}

function hasIntegers(operands: readonly Operand[]): boolean {
  return operands.some(({ dtype }) => dtype === 'int32');
}

/** An expression as it is when its value has been stored and read again. */
function stored(expression: Expression, dtype: DType, inputs: readonly DType[]): Expression {
  return dtype === 'int32' || isExact(expression, dtype, inputs)
    ? expression
    : { op: 'float32', x: expression };
}

/** Moves the scalars of an expression behind others. */
function shiftScalars(expression: Expression, by: number): Expression {
  return by === 0
    ? expression
    : substitute(expression, (node) =>
        node.op === 'scalar' ? { op: 'scalar', index: node.index + by } : node,
      );
}

/** Whether a producer may be worked out in each of several readers, where it could come out different in the last bit. */
function mayRepeat(
  producer: Fusible<ElementwiseKernel>,
  readers: readonly TracedCommand[],
  target: DeviceBuffer,
): boolean {
  const { kernel } = producer;
  if (costOf(kernel.expression) > CHEAP) return false;
  // More is read than before when many operands are read again and again in place of one.
  if ((kernel.inputs.length - 1) * (readers.length - 1) > 2) return false;
  if (jumpsWith(kernel.expression, isRounded)) return false;
  const dtypes = kernel.inputs.map(({ dtype }) => dtype);
  if (isExact(kernel.expression, kernel.output.dtype, dtypes)) return true;
  return readers.every((reader) => {
    if (!isElementwise(reader) && !isReduce(reader)) return false;
    const isTarget = (node: Expression): boolean =>
      node.op === 'input' && reader.buffers[node.index] === target;
    return !jumpsWith(reader.kernel.expression, isTarget);
  });
}

/** Whether the producer's value can take the place of a stored one, whoever reads it. */
export function isInlinable(
  producer: TracedCommand,
  target: DeviceBuffer,
  readers: readonly TracedCommand[],
): producer is Fusible<ElementwiseKernel> {
  if (!isElementwise(producer)) return false;
  const { shape, inputs, output, expression } = producer.kernel;
  if (!isWhole(shape, output, target.byteLength) || uses(expression, 'index')) return false;
  const dtypes = inputs.map(({ dtype }) => dtype);
  if (output.dtype === 'int32' && !isExact(expression, 'int32', dtypes)) return false;
  return readers.length === 1 || mayRepeat(producer, readers, target);
}

/** The reader with the producer's expression in place of `target`, which the producer writes; null when that does not work. */
export function inline(
  producer: Fusible<ElementwiseKernel>,
  target: DeviceBuffer,
  reader: TracedCommand,
): TracedCommand | null {
  if (!isElementwise(reader) && !isReduce(reader)) return null;
  const { kernel } = reader;
  const made = producer.kernel;
  const cost = costOf(made.expression);
  if (sizeOf(kernel.shape) > sizeOf(made.shape) && cost > TRIVIAL) return null;

  const others = kernel.inputs.filter((_, i) => reader.buffers[i] !== target);
  const isWide = hasIntegers([...others, kernel.output]);
  // Beside integers a device may work in doubles, one element at a time.
  if (hasIntegers(made.inputs) && !isWide) return null;
  if (isWide && !hasIntegers([...made.inputs, made.output]) && cost > CHEAP) return null;

  const inputs: Operand[] = [];
  const buffers: DeviceBuffer[] = [];
  const place = (buffer: DeviceBuffer, operand: Operand): number => {
    const known = inputs.findIndex((each, i) => buffers[i] === buffer && sameOperand(each, operand));
    if (known >= 0) return known;
    buffers.push(buffer);
    return inputs.push(operand) - 1;
  };
  const { length: ownScalars } = reader.scalars;
  const value = shiftScalars(made.expression, ownScalars);
  const dtypes = made.inputs.map(({ dtype }) => dtype);
  const isStoredAtOnce =
    kernel.kind === 'elementwise' &&
    kernel.expression.op === 'input' &&
    kernel.output.dtype === made.output.dtype;
  const parts: Expression[] = [];
  for (const [i, operand] of kernel.inputs.entries()) {
    if (reader.buffers[i] !== target) {
      parts.push({ op: 'input', index: place(reader.buffers[i]!, operand) });
      continue;
    }
    const places: number[] = [];
    for (const [j, source] of made.inputs.entries()) {
      const walk = composeWalks(kernel.shape, operand, made.shape, source);
      if (walk === null) return null;
      places.push(place(producer.buffers[j]!, walk));
    }
    const moved = substitute(isStoredAtOnce ? value : stored(value, made.output.dtype, dtypes), (node) =>
      node.op === 'input' ? { op: 'input', index: places[node.index]! } : node,
    );
    parts.push(moved);
  }
  const expression = substitute(kernel.expression, (node) =>
    node.op === 'input' ? parts[node.index]! : node,
  );
  if (inputs.length > MAX_INPUTS || lengthOf(expression) > MAX_LENGTH) return null;
  return {
    kernel: { ...kernel, inputs, expression },
    buffers: [...buffers, reader.buffers.at(-1)!],
    scalars: [...reader.scalars, ...producer.scalars],
  };
}

function holdsPosition({ reducer, finish }: ReduceKernel): boolean {
  return (reducer === 'argmax' || reducer === 'argmin') && finish === null;
}

/** A reduction that stores what its only reader makes of each of its results; null when that does not work. */
export function finishWith(
  producer: Fusible<ReduceKernel>,
  target: DeviceBuffer,
  reader: TracedCommand,
): TracedCommand | null {
  if (!isElementwise(reader) || reader.buffers.slice(0, -1).some((buffer) => buffer !== target)) return null;
  const { kernel } = reader;
  const made = producer.kernel;
  const results = target.byteLength / 4;
  const isPlain =
    kernel.inputs.every((operand) => isWhole(kernel.shape, operand, target.byteLength)) &&
    isWhole(kernel.shape, kernel.output, reader.buffers.at(-1)!.byteLength);
  if (!isPlain || uses(kernel.expression, 'index')) return null;
  if (costOf(kernel.expression) > CHEAP && results * MIN_REDUCTION > sizeOf(made.shape)) return null;
  const isStoredAtOnce = kernel.expression.op === 'input' && kernel.output.dtype === made.output.dtype;
  if (made.output.dtype === 'int32' && !isStoredAtOnce && !holdsPosition(made)) return null;
  const finish = made.finish ?? { op: 'input', index: 0 };
  const value = isStoredAtOnce ? finish : stored(finish, made.output.dtype, []);
  const moved = shiftScalars(kernel.expression, producer.scalars.length);
  const expression = substitute(moved, (node) => (node.op === 'input' ? value : node));
  if (lengthOf(expression) > MAX_LENGTH) return null;
  return {
    kernel: { ...made, output: { ...made.output, dtype: kernel.output.dtype }, finish: expression },
    buffers: [...producer.buffers.slice(0, -1), reader.buffers.at(-1)!],
    scalars: [...producer.scalars, ...reader.scalars],
  };
}
