import { inputError, TensorError } from '../error.ts';
import type { BinaryOperator, Expression } from '../expression.ts';
import { input } from '../expression.ts';
import type { DType, Operand, Reducer } from '../kernel.ts';
import { Storage } from '../memory.ts';
import type { Layout, Shape } from '../shape.ts';
import {
  broadcastShapes,
  broadcastStrides,
  contiguousLayout,
  contiguousStrides,
  isContiguous,
  sizeOf,
} from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { TensorHandle } from '../tensor/handle.ts';

/** Refuses what only JavaScript can hand over in place of tensors. */
export function requireTensors(op: string, values: readonly (TensorHandle | null | undefined)[]): void {
  for (const value of values) {
    if (value?.layout !== undefined) continue;
    throw inputError(op, `needs a tensor, got ${Array.isArray(value) ? 'an array' : String(value)}`);
  }
}

/** The storage of a tensor that must not have been disposed. */
export function storageOf(op: string, tensor: TensorHandle): Storage {
  requireTensors(op, [tensor]);
  if (tensor.isDisposed) {
    throw new TensorError(
      'USE_AFTER_DISPOSE',
      `a tensor of shape [${tensor.shape.join(', ')}] was disposed`,
      {
        op,
        details: { shape: tensor.shape },
      },
    );
  }
  return tensor.storage;
}

/** Refuses tensors of different devices; returns the device they share. */
export function sharedDevice(op: string, tensors: readonly TensorHandle[]): Storage['device'] {
  const { device } = storageOf(op, tensors[0]!);
  for (const tensor of tensors) {
    if (storageOf(op, tensor).device !== device) {
      throw new TensorError('DEVICE_MISMATCH', `tensors live on '${device.name}' and '${tensor.device}'`, {
        op,
        details: { devices: tensors.map((each) => each.device) },
      });
    }
  }
  return device;
}

export function requireDType(op: string, name: string, tensor: TensorHandle, dtype: DType): void {
  requireTensors(op, [tensor]);
  if (tensor.dtype !== dtype) {
    throw new TensorError('DTYPE_MISMATCH', `${name} has dtype ${tensor.dtype}, expected ${dtype}`, {
      op,
      details: { dtype: tensor.dtype, expected: dtype },
    });
  }
}

/** Refuses names of dtypes that there are not. */
export function checkDType(op: string, dtype: DType): void {
  if (dtype !== 'float32' && dtype !== 'int32') {
    throw new TensorError(
      'DTYPE_MISMATCH',
      `no dtype is called '${String(dtype)}', expected float32 or int32`,
      {
        op,
        details: { dtype },
      },
    );
  }
}

export function operand(tensor: Tensor, shape: Shape): Operand {
  return {
    dtype: tensor.dtype,
    strides: broadcastStrides(tensor.layout, shape),
    offset: tensor.layout.offset,
  };
}

/** A new tensor beside `like`, with undefined content, for a kernel to fill. */
export function emptyLike(
  op: string,
  like: Tensor,
  shape: Shape,
  dtype: DType,
  range: readonly [number, number] | null = null,
): Tensor {
  const storage = new Storage(like.storage.device, { op, shape, dtype }, range);
  return like.derive(storage, contiguousLayout(shape), dtype);
}

/** Another view of the same buffer, outside of the graph. */
export function viewOf(op: string, tensor: Tensor, layout: Layout): Tensor {
  return tensor.derive(storageOf(op, tensor).retain(), layout, tensor.dtype);
}

/** Evaluates an expression over broadcast inputs, outside of the graph. */
export function computeElementwise(
  op: string,
  inputs: readonly Tensor[],
  expression: Expression,
  options: { dtype: DType; scalars?: readonly number[] },
): Tensor {
  const device = sharedDevice(op, inputs);
  const shape = broadcastShapes(
    op,
    inputs.map((tensor) => tensor.shape),
  );
  const output = emptyLike(op, inputs[0]!, shape, options.dtype);
  if (output.size === 0) return output;
  device.run(
    {
      kind: 'elementwise',
      shape,
      inputs: inputs.map((tensor) => operand(tensor, shape)),
      output: { dtype: options.dtype, strides: output.layout.strides, offset: 0 },
      expression,
    },
    [...inputs.map((tensor) => tensor.storage.buffer), output.storage.buffer],
    options.scalars ?? [],
  );
  return output;
}

/** Writes an expression over `inputs`, which broadcast to the layout's shape, into a part of `target`'s buffer. */
export function computeInto(
  op: string,
  target: Tensor,
  layout: Layout,
  inputs: readonly Tensor[],
  expression: Expression,
  scalars: readonly number[] = [],
): void {
  const device = sharedDevice(op, [target, ...inputs]);
  if (sizeOf(layout.shape) === 0) return;
  device.run(
    {
      kind: 'elementwise',
      shape: layout.shape,
      inputs: inputs.map((tensor) => operand(tensor, layout.shape)),
      output: { dtype: target.dtype, strides: layout.strides, offset: layout.offset },
      expression,
    },
    [...inputs.map((tensor) => tensor.storage.buffer), target.storage.buffer],
    scalars,
  );
}

/** The operator of products that are stored in a dtype. */
export function multiplier(dtype: DType): BinaryOperator {
  return dtype === 'int32' ? 'imul' : 'mul';
}

/** Reduces an expression over broadcast inputs, outside of the graph. `axes` are resolved and sorted. */
export function computeReduce(
  op: string,
  inputs: readonly Tensor[],
  expression: Expression,
  options: {
    axes: readonly number[];
    keepdim: boolean;
    reducer: Reducer;
    dtype: DType;
    finish?: Expression;
    scalars?: readonly number[];
  },
): Tensor {
  const device = sharedDevice(op, inputs);
  const shape = broadcastShapes(
    op,
    inputs.map((tensor) => tensor.shape),
  );
  const reduced = shape.map((_, axis) => options.axes.includes(axis));
  const kept = shape.map((length, axis) => (reduced[axis] ? 1 : length));
  const strides = contiguousStrides(kept).map((stride, axis) => (reduced[axis] ? 0 : stride));
  const outputShape = options.keepdim ? kept : shape.filter((_, axis) => !reduced[axis]);
  const isPosition = options.reducer === 'argmax' || options.reducer === 'argmin';
  const count = sizeOf(shape.filter((_, axis) => reduced[axis]));
  const output = emptyLike(
    op,
    inputs[0]!,
    outputShape,
    options.dtype,
    isPosition ? [0, Math.max(0, count - 1)] : null,
  );
  if (output.size === 0) return output;
  device.run(
    {
      kind: 'reduce',
      shape,
      reduced,
      inputs: inputs.map((tensor) => operand(tensor, shape)),
      output: { dtype: options.dtype, strides, offset: 0 },
      reducer: options.reducer,
      expression,
      finish: options.finish ?? null,
    },
    [...inputs.map((tensor) => tensor.storage.buffer), output.storage.buffer],
    options.scalars ?? [],
  );
  return output;
}

/** The tensor with its elements one after the other from the start of its buffer, as kernels without strides read them. */
export function packed(op: string, tensor: Tensor): Tensor {
  if (tensor.layout.offset === 0 && isContiguous(tensor.layout)) return tensor;
  return computeElementwise(op, [tensor], input(0), { dtype: tensor.dtype });
}
