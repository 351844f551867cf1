import { concat, embedding } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { sizeOf } from '../../nn/shape.ts';
import { commonShape, hostArray, ints, isHost, upload } from '../host-array.ts';
import type { OnnxNode } from '../node.ts';
import { axisOf, operator } from '../operator.ts';
import type { Operands, Operators } from '../operator.ts';

export const shapeOperators: Operators = {
  Shape: operator(['start', 'end'], (operands, node) => {
    const { shape } = operands.held[0] ?? operands.tensor(0);
    return ints(shape.slice(node.int('start', 0), node.int('end', shape.length)));
  }),
  Size: operator([], (operands) => ints([sizeOf((operands.held[0] ?? operands.tensor(0)).shape)], [])),
  Reshape: operator(['allowzero'], (operands, node) => {
    const x = operands.tensor(0);
    const copies = node.int('allowzero', 0) === 0;
    const shape = operands
      .ints(1)
      .map((length, axis) => (length === 0 && copies ? (x.shape[axis] ?? 0) : length));
    return x.reshape(shape);
  }),
  Flatten: operator(['axis'], (operands, node) => {
    const x = operands.tensor(0);
    const axis = node.int('axis', 1);
    return x.reshape([sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
  }),
  Transpose: operator(['perm'], (operands, node) => {
    const x = operands.tensor(0);
    return x.permute(node.ints('perm') ?? x.shape.map((_, axis) => x.ndim - 1 - axis));
  }),
  Squeeze: operator([], (operands, node) => {
    const x = operands.tensor(0);
    const axes = axesOf(operands, node, x.ndim);
    const isGone = (length: number, axis: number): boolean => (axes ? axes.includes(axis) : length === 1);
    return x.reshape(x.shape.filter((length, axis) => !isGone(length, axis)));
  }),
  Unsqueeze: operator([], (operands, node) => {
    const x = operands.tensor(0);
    return x.reshape(unsqueezed(x.shape, operands, node));
  }),
  Concat: operator(['axis'], (operands, node) => {
    const parts = operands.tensors();
    return concat(parts, axisOf(node, node.int('axis', 0), parts[0]!.ndim));
  }),
  Split: operator(['axis', 'num_outputs'], (operands, node) => {
    const x = operands.tensor(0);
    const axis = axisOf(node, node.int('axis', 0), x.ndim);
    const count = node.outputs.length;
    const even = Math.ceil(x.shape[axis]! / count);
    const lengths = operands.has(1)
      ? operands.ints(1)
      : node.outputs.map((_, at) => Math.min(even, x.shape[axis]! - at * even));
    return lengths.map((length, at) => x.narrow(axis, sum(lengths.slice(0, at)), length));
  }),
  Slice: operator([], (operands, node) => {
    const x = operands.tensor(0);
    const [starts, ends] = [operands.ints(1), operands.ints(2)];
    const axes = operands.has(3) ? operands.ints(3) : starts.map((_, axis) => axis);
    const steps = operands.has(4) ? operands.ints(4) : starts.map(() => 1);
    return axes.reduce(
      (values, axis, at) => cut(values, axisOf(node, axis, x.ndim), [starts[at]!, ends[at]!, steps[at]!]),
      x,
    );
  }),
  Expand: operator([], (operands) => {
    const x = operands.tensor(0);
    return x.expand(commonShape([x.shape, operands.ints(1)]));
  }),
  Gather: operator(['axis'], (operands, node) => {
    const x = operands.tensor(0);
    const axis = axisOf(node, node.int('axis', 0), x.ndim);
    const index = indicesOf(operands, x, axis);
    if (axis === 0 && x.ndim === 2) return embedding(index, x);
    if (index.ndim === 1) return x.indexSelect(axis, index);
    const shape = [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)];
    return x.indexSelect(axis, index.reshape([index.size])).reshape(shape);
  }),
  GatherElements: operator(['axis'], (operands, node) => {
    const x = operands.tensor(0);
    return x.gather(axisOf(node, node.int('axis', 0), x.ndim), operands.tensor(1));
  }),
  Pad: operator(['mode'], (operands, node) => {
    const mode = node.text('mode', 'constant');
    if (mode !== 'constant') throw node.unsupported('mode', mode, 'constant');
    const x = operands.tensor(0);
    const pads = operands.ints(1);
    const axes = operands.has(3)
      ? operands.ints(3).map((axis) => axisOf(node, axis, x.ndim))
      : x.shape.map((_, axis) => axis);
    const widths = x.shape.map((_, axis): [number, number] => {
      const at = axes.indexOf(axis);
      return at < 0 ? [0, 0] : [pads[at]!, pads[at + axes.length]!];
    });
    const cropped = widths.reduce(
      (values, [before, behind], axis) =>
        before < 0 || behind < 0
          ? values.slice(axis, Math.max(0, -before), values.shape[axis]! - Math.max(0, -behind))
          : values,
      x,
    );
    return cropped.pad(
      widths.map(([before, behind]) => [Math.max(0, before), Math.max(0, behind)]),
      operands.number(2, 0),
    );
  }),
  Trilu: operator(['upper'], (operands, node) => {
    const x = operands.tensor(0);
    const [rows, columns] = x.shape.slice(-2) as [number, number];
    const offset = operands.number(1, 0);
    const keeps = hostArray('int', [rows, columns], (at) => {
      const distance = (at % columns) - Math.floor(at / columns) - offset;
      return Number(node.int('upper', 1) === 1 ? distance >= 0 : distance <= 0);
    });
    return x.where(upload(keeps, x.device), 0);
  }),
};

/** The axes of a node, as an input or, where the opset has it so, as an attribute; null where none are given. */
export function axesOf(operands: Operands, node: OnnxNode, rank: number): number[] | null {
  const given = operands.has(1) ? operands.ints(1) : node.ints('axes');
  return given?.map((axis) => axisOf(node, axis, rank)) ?? null;
}

/** A shape with axes of the length 1 put in where the second input says. */
export function unsqueezed(shape: readonly number[], operands: Operands, node: OnnxNode): number[] {
  const given = operands.ints(1);
  const axes = given.map((axis) => axisOf(node, axis, shape.length + given.length));
  const lengths = [...shape];
  for (const axis of axes.toSorted((one, other) => one - other)) lengths.splice(axis, 0, 1);
  return lengths;
}

/** The places from `start` to `end` in steps, which may be backward: then `end` −1 after clamping is before the first. */
export function rangeOf(
  length: number,
  [start, end, step]: readonly [number, number, number],
): readonly [number, number] {
  const clamp = (place: number, low: number, high: number): number =>
    Math.max(low, Math.min(high, place < 0 ? place + length : place));
  return step > 0
    ? [clamp(start, 0, length), clamp(end, 0, length)]
    : [clamp(start, 0, length - 1), clamp(end, -1, length - 1)];
}

function cut(x: Tensor, axis: number, range: readonly [number, number, number]): Tensor {
  const [step, length] = [range[2], x.shape[axis]!];
  const [start, end] = rangeOf(length, range);
  if (step > 0) return x.slice(axis, start, Math.max(start, end), step);
  const [first, last] = [length - 1 - start, length - 1 - end];
  return x.flip([axis]).slice(axis, first, Math.max(first, last), -step);
}

/** Indices of whole numbers; those of the graph itself may count from the end. */
function indicesOf(operands: Operands, x: Tensor, axis: number): Tensor {
  const held = operands.held[1];
  if (!held || !isHost(held)) return operands.tensor(1);
  const values = held.values.map((index) => (index < 0 ? index + x.shape[axis]! : index));
  return upload(ints(values, held.shape), x.device);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
