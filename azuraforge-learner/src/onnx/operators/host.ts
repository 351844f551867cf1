import { sizeOf } from '../../nn/shape.ts';
import { commonShape, hostArray, ints, stretchedPlaces, stridesOf } from '../host-array.ts';
import type { HostArray } from '../host-array.ts';
import type { OnnxNode } from '../node.ts';
import { axisOf, operator } from '../operator.ts';
import type { Operands, Operator, Operators } from '../operator.ts';
import { READABLE_TYPES, isFloatType, isWholeType, readTensorProto } from '../tensor-proto.ts';
import { axesOf, rangeOf, unsqueezed } from './shape.ts';

const elementwise = (apply: (...values: number[]) => number, kind?: HostArray['kind']): Operator =>
  operator([], (operands) => {
    const all = operands.held.map((_, at) => operands.host(at));
    const shape = commonShape(all.map((each) => each.shape));
    const places = all.map((each) => stretchedPlaces(each.shape, shape));
    return hostArray(kind ?? kindOf(all), shape, (at) =>
      apply(...all.map((each, index) => each.values[places[index]!(at)]!)),
    );
  });

/** An array with the same values in the same order. */
const reshaped = (
  attributes: readonly string[],
  shapeFor: (shape: readonly number[], operands: Operands, node: OnnxNode) => number[],
): Operator =>
  operator(attributes, (operands, node) => {
    const array = operands.host(0);
    return { ...array, shape: shapeFor(array.shape, operands, node) };
  });

/** What is calculated from shapes and constants alone; of the same names as the operators of tensors. */
export const hostOperators: Operators = {
  Add: elementwise((one, other) => one! + other!),
  Sub: elementwise((one, other) => one! - other!),
  Mul: elementwise((one, other) => one! * other!),
  Div: operator([], (operands, node) => {
    const divided = elementwise((one, other) => one! / other!).run(operands, node) as HostArray;
    return divided.kind === 'float' ? divided : { ...divided, values: divided.values.map(Math.trunc) };
  }),
  Mod: elementwise((one, other) => one! - other! * Math.floor(one! / other!)),
  Pow: elementwise((one, other) => one! ** other!),
  Max: elementwise(Math.max),
  Min: elementwise(Math.min),
  Neg: elementwise((value) => -value!),
  Abs: elementwise((value) => Math.abs(value!)),
  Floor: elementwise((value) => Math.floor(value!)),
  Ceil: elementwise((value) => Math.ceil(value!)),
  Sqrt: elementwise((value) => Math.sqrt(value!)),
  Exp: elementwise((value) => Math.exp(value!)),
  Log: elementwise((value) => Math.log(value!)),
  Sin: elementwise((value) => Math.sin(value!)),
  Cos: elementwise((value) => Math.cos(value!)),
  Not: elementwise((value) => Number(value === 0), 'int'),
  And: elementwise((one, other) => Number(one !== 0 && other !== 0), 'int'),
  Or: elementwise((one, other) => Number(one !== 0 || other !== 0), 'int'),
  Equal: elementwise((one, other) => Number(one === other), 'int'),
  Greater: elementwise((one, other) => Number(one! > other!), 'int'),
  GreaterOrEqual: elementwise((one, other) => Number(one! >= other!), 'int'),
  Less: elementwise((one, other) => Number(one! < other!), 'int'),
  LessOrEqual: elementwise((one, other) => Number(one! <= other!), 'int'),
  Where: operator([], (operands, node) => {
    const chosen = elementwise((condition, one, other) => (condition === 0 ? other! : one!)).run(
      operands,
      node,
    );
    return { ...(chosen as HostArray), kind: kindOf([operands.host(1), operands.host(2)]) };
  }),
  Identity: reshaped([], (shape) => [...shape]),
  Cast: operator(['to', 'saturate'], (operands, node) => {
    const { shape, values } = operands.host(0);
    const target = node.int('to', 1);
    if (isFloatType(target)) return { kind: 'float', shape, values };
    if (!isWholeType(target)) throw node.unsupported('to', target, READABLE_TYPES);
    return ints(
      values.map((value) => (target === BOOL ? Number(value !== 0) : Math.trunc(value))),
      shape,
    );
  }),
  Reshape: reshaped(['allowzero'], (shape, operands, node) => {
    const wanted = operands
      .ints(1)
      .map((length, axis) => (length === 0 && node.int('allowzero', 0) === 0 ? (shape[axis] ?? 0) : length));
    const known = sizeOf(wanted.filter((length) => length !== -1));
    return wanted.map((length) => (length === -1 ? sizeOf(shape) / known : length));
  }),
  Squeeze: reshaped([], (shape, operands, node) => {
    const axes = axesOf(operands, node, shape.length);
    return shape.filter((length, axis) => (axes ? !axes.includes(axis) : length !== 1));
  }),
  Unsqueeze: reshaped([], unsqueezed),
  Transpose: operator(['perm'], (operands, node) => {
    const array = operands.host(0);
    const order = node.ints('perm') ?? array.shape.map((_, axis) => array.shape.length - 1 - axis);
    const strides = stridesOf(array.shape);
    return reordered(
      array,
      order.map((axis) => array.shape[axis]!),
      (indices) => order.reduce((place, axis, at) => place + indices[at]! * strides[axis]!, 0),
    );
  }),
  Expand: operator([], (operands) => {
    const array = operands.host(0);
    const shape = commonShape([array.shape, operands.ints(1)]);
    const place = stretchedPlaces(array.shape, shape);
    return hostArray(array.kind, shape, (at) => array.values[place(at)]!);
  }),
  Concat: operator(['axis'], (operands, node) => {
    const parts = operands.held.map((_, at) => operands.host(at));
    axisOf(node, node.int('axis', 0), 1);
    const values = parts.flatMap((part) => part.values);
    if (parts.some((part) => part.shape.length !== 1)) {
      throw node.error('joins constants of more than one axis. Export the model with constants folded.');
    }
    return { kind: kindOf(parts), shape: [values.length], values };
  }),
  Gather: operator(['axis'], (operands, node) => {
    const [array, index] = [operands.host(0), operands.host(1)];
    const axis = axisOf(node, node.int('axis', 0), array.shape.length);
    const [before, behind] = [array.shape.slice(0, axis), array.shape.slice(axis + 1)];
    const strides = stridesOf(array.shape);
    const rank = index.shape.length;
    const indexStrides = stridesOf(index.shape);
    return reordered(array, [...before, ...index.shape, ...behind], (indices) => {
      const at = index.shape.reduce(
        (place, _, each) => place + indices[axis + each]! * indexStrides[each]!,
        0,
      );
      const chosen = index.values[at]!;
      const along = chosen < 0 ? chosen + array.shape[axis]! : chosen;
      const own = [...indices.slice(0, axis), along, ...indices.slice(axis + rank)];
      return own.reduce((place, each, at2) => place + each * strides[at2]!, 0);
    });
  }),
  Slice: operator([], (operands, node) => {
    const [starts, ends] = [operands.ints(1), operands.ints(2)];
    const axes = operands.has(3) ? operands.ints(3) : starts.map((_, axis) => axis);
    const steps = operands.has(4) ? operands.ints(4) : starts.map(() => 1);
    return axes.reduce((array: HostArray, given, at) => {
      const axis = axisOf(node, given, array.shape.length);
      const step = steps[at]!;
      const [start, end] = rangeOf(array.shape[axis]!, [starts[at]!, ends[at]!, step]);
      const strides = stridesOf(array.shape);
      const length = Math.max(0, Math.ceil((end - start) / step));
      const shape = array.shape.map((own, each) => (each === axis ? length : own));
      return reordered(array, shape, (indices) =>
        indices.reduce((place, index, each) => {
          return place + (each === axis ? start + index * step : index) * strides[each]!;
        }, 0),
      );
    }, operands.host(0));
  }),
  Range: operator([], (operands) => {
    const [start, limit, step] = [operands.number(0, 0), operands.number(1, 0), operands.number(2, 1)];
    const count = Math.max(0, Math.ceil((limit - start) / step));
    return hostArray(kindOf([operands.host(0), operands.host(2)]), [count], (at) => start + at * step);
  }),
  ConstantOfShape: operator(['value'], (operands, node) => {
    const proto = node.tensor('value');
    const read = proto ? readTensorProto('the value of a ConstantOfShape', proto) : null;
    const kind = (read?.isFloat ?? true) ? 'float' : 'int';
    return hostArray(kind, operands.ints(0), () => read?.values[0] ?? 0);
  }),
  ReduceProd: operator(['keepdims'], (operands, node) => {
    const { kind, shape, values } = operands.host(0);
    if (shape.length !== 1)
      throw node.error('multiplies constants of several axes, which cannot be imported.');
    return { kind, shape: node.int('keepdims', 1) === 1 ? [1] : [], values: [sizeOf(values)] };
  }),
};

/** TensorProto's number of the type. */
const BOOL = 9;

function kindOf(arrays: readonly HostArray[]): HostArray['kind'] {
  return arrays.some(({ kind }) => kind === 'float') ? 'float' : 'int';
}

/** The values of an array in another shape, each from the place that its indices stand for. */
function reordered(
  { kind, values }: HostArray,
  shape: readonly number[],
  placeOf: (indices: number[]) => number,
): HostArray {
  const strides = stridesOf(shape);
  return hostArray(
    kind,
    shape,
    (at) => values[placeOf(shape.map((length, axis) => Math.floor(at / strides[axis]!) % length))]!,
  );
}
