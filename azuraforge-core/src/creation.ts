import type { Device } from './device.ts';
import { resolveDevice } from './device.ts';
import { inputError, shapeError, TensorError } from './error.ts';
import type { Expression } from './expression.ts';
import { binary, constant, scalar } from './expression.ts';
import type { Distribution, DType } from './kernel.ts';
import { Storage } from './memory.ts';
import { checkDType } from './ops/compute.ts';
import type { Generator } from './random.ts';
import { defaultGenerator } from './random.ts';
import type { Shape } from './shape.ts';
import { checkShape, contiguousLayout, contiguousStrides, sizeOf } from './shape.ts';
import { Tensor } from './tensor.ts';

export interface TensorOptions {
  /** Default float32; int32 for an Int32Array. */
  dtype?: DType;
  requiresGrad?: boolean;
  /** Default: the device set with `setDefaultDevice`. */
  device?: string;
}

export interface RandomOptions extends Omit<TensorOptions, 'dtype'> {
  /** Default: the generator that `manualSeed` seeds. */
  generator?: Generator;
}

function allocate(
  op: string,
  shape: Shape,
  dtype: DType,
  device: Device,
  range: readonly [number, number] | null = null,
): Tensor {
  return new Tensor(new Storage(device, { op, shape, dtype }, range), contiguousLayout(shape), dtype);
}

function finish(result: Tensor, options: TensorOptions): Tensor {
  if (options.requiresGrad === true) result.requiresGrad = true;
  return result;
}

/** Typed arrays of numbers; those of 64-bit integers hold none. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** By its tag and not its class, of which every frame and worker has its own. */
function isInteger(values: Float32Array | Int32Array): values is Int32Array {
  return values[Symbol.toStringTag] === 'Int32Array';
}

function upload(op: string, values: Float32Array | Int32Array, shape: Shape, options: TensorOptions): Tensor {
  const device = resolveDevice(options.device);
  const result = isInteger(values)
    ? allocate(op, shape, 'int32', device, rangeOf(values))
    : allocate(op, shape, 'float32', device);
  if (values.length > 0) device.write(result.storage.buffer, values);
  return finish(result, options);
}

function rangeOf(values: Int32Array): readonly [number, number] | null {
  if (values.length === 0) return null;
  let low = values[0]!;
  let high = low;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Numbers nested to any depth, in arrays that need not be writable. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** A tensor from a number, from nested arrays, which must not be ragged, or from a typed array (one axis). */
export function tensor(data: NestedNumbers | NumberArray, options: TensorOptions = {}): Tensor {
  if (ArrayBuffer.isView(data)) return fromTypedArray(data, [data.length], options);
  const shape = shapeOf(data);
  const dtype = options.dtype ?? 'float32';
  checkDType('tensor', dtype);
  const values = dtype === 'int32' ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape));
  let next = 0;
  const fill = (value: NestedNumbers, axis: number): void => {
    if (typeof value === 'number') {
      if (axis !== shape.length) throw ragged(shape, value);
      if (dtype === 'int32') checkInt32(value);
      values[next++] = value;
      return;
    }
    if (!Array.isArray(value) || value.length !== shape[axis]) throw ragged(shape, value);
    for (const item of value) fill(item, axis + 1);
  };
  fill(data, 0);
  return upload('tensor', values, shape, options);
}

function checkInt32(value: number): void {
  if ((value | 0) !== value) {
    throw new TensorError(
      'INVALID_INPUT',
      `${value} is not a whole number of 32 bits, as dtype int32 needs`,
      {
        op: 'tensor',
        details: { value },
      },
    );
  }
}

function shapeOf(data: NestedNumbers): number[] {
  const shape: number[] = [];
  for (let level: NestedNumbers | undefined = data; Array.isArray(level); level = level[0])
    shape.push(level.length);
  return shape;
}

function ragged(shape: Shape, found: unknown): TensorError {
  const what = Array.isArray(found)
    ? `an array of length ${found.length}`
    : `a ${typeof found} (${String(found)})`;
  return inputError(
    'tensor',
    `the data is not a regular array of numbers: by its start [${shape.join(', ')}], but found ${what}`,
    {
      shape,
    },
  );
}

/**
 * A tensor from numbers in row-major order, which are copied. Without a `dtype` an Int32Array gives int32, any other array
 * float32, to which a Float64Array is rounded.
 */
export function fromTypedArray(values: NumberArray, shape: Shape, options: TensorOptions = {}): Tensor {
  checkShape('fromTypedArray', shape);
  const tag: unknown = values?.[Symbol.toStringTag];
  if (typeof tag !== 'string' || !/^(Float|Int|Uint)\d+(Clamped)?Array$/.test(tag)) {
    throw inputError('fromTypedArray', `needs a typed array of numbers, got ${String(tag ?? values)}`);
  }
  if (sizeOf(shape) !== values.length) {
    throw shapeError(
      'fromTypedArray',
      [shape],
      `a shape of ${values.length} elements, as many as the array has`,
    );
  }
  const dtype = options.dtype ?? (tag === 'Int32Array' ? 'int32' : 'float32');
  checkDType('fromTypedArray', dtype);
  const name = dtype === 'int32' ? 'Int32Array' : 'Float32Array';
  if (tag === name) return upload('fromTypedArray', values as Float32Array | Int32Array, shape, options);
  if (dtype === 'int32') for (const value of values) checkInt32(value);
  const converted = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
  return upload('fromTypedArray', converted, shape, options);
}

function generate(
  op: string,
  shape: Shape,
  expression: Expression,
  scalars: readonly number[],
  options: TensorOptions,
): Tensor {
  checkShape(op, shape);
  const dtype = options.dtype ?? 'float32';
  checkDType(op, dtype);
  const device = resolveDevice(options.device);
  const result = allocate(op, shape, dtype, device);
  if (result.size > 0) {
    device.run(
      {
        kind: 'elementwise',
        shape: [result.size],
        inputs: [],
        output: { dtype, strides: contiguousStrides([result.size]), offset: 0 },
        expression,
      },
      [result.storage.buffer],
      scalars,
    );
  }
  return finish(result, options);
}

export function full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
  return generate('full', shape, scalar(0), [value], options);
}

export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  return generate('zeros', shape, constant(0), [], options);
}

export function ones(shape: Shape, options: TensorOptions = {}): Tensor {
  return generate('ones', shape, constant(1), [], options);
}

/** start, start + step, … up to but not including end. With one number: 0 … n − 1. */
export function arange(start: number, end?: number, step = 1, options: TensorOptions = {}): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  const count = Math.ceil((to - from) / step);
  if (!Number.isSafeInteger(count))
    throw inputError('arange', `cannot count from ${from} to ${to} in steps of ${step}`);
  const position = binary('add', scalar(0), binary('mul', { op: 'index' }, scalar(1)));
  return generate('arange', [Math.max(0, count)], position, [from, step], options);
}

function draw(op: string, distribution: Distribution, shape: Shape, options: RandomOptions): Tensor {
  checkShape(op, shape);
  const device = resolveDevice(options.device);
  const result = allocate(op, shape, 'float32', device);
  const generator = options.generator ?? defaultGenerator();
  const { size } = result;
  if (size > 0) {
    device.run({ kind: 'random', distribution, size }, [result.storage.buffer], () =>
      generator.reserve(size),
    );
  }
  return finish(result, options);
}

/** Evenly distributed numbers from 0 up to but not including 1. */
export function rand(shape: Shape, options: RandomOptions = {}): Tensor {
  return draw('rand', 'uniform', shape, options);
}

/** Normally distributed numbers with mean 0 and standard deviation 1. */
export function randn(shape: Shape, options: RandomOptions = {}): Tensor {
  return draw('randn', 'normal', shape, options);
}
