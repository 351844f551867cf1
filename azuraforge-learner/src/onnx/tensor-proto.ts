import { ModelFileError } from '../error.ts';
import { BYTES_PER_ELEMENT, decodeElements } from '../model-file/number-format.ts';
import type { ElementType } from '../model-file/number-format.ts';
import type { TensorData } from '../nn/state.ts';
import { sizeOf } from '../nn/shape.ts';
import type { Draft, TensorProto } from './schema.ts';

/** ONNX's numbers of element types, with the names that safetensors has for them. */
const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: 'F32',
  2: 'U8',
  3: 'I8',
  5: 'I16',
  6: 'I32',
  7: 'I64',
  9: 'BOOL',
  10: 'F16',
  11: 'F64',
  16: 'BF16',
};

/** For errors: the numbers of TensorProto.DataType that can be read. */
export const READABLE_TYPES = Object.keys(ELEMENT_TYPES).join(', ');

const FLOATS: ReadonlySet<ElementType | undefined> = new Set(['F32', 'F64', 'F16', 'BF16']);

export const ONNX_TYPE = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 } as const;

/** A constant as a list of numbers, also in the types that only ONNX has. */
export interface OnnxData {
  type: 'float32' | 'float64' | 'int32' | 'int64';
  shape: readonly number[];
  values: readonly number[];
}

export function toTensorProto(name: string, data: TensorData | OnnxData): Draft<TensorProto> {
  const values = 'data' in data ? data.data : toArray(data);
  return {
    name,
    dims: data.shape.map((length) => BigInt(length)),
    dataType: ONNX_TYPE['data' in data ? data.dtype : data.type],
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

function toArray({ type, values }: OnnxData): Float32Array | Float64Array | Int32Array | BigInt64Array {
  if (type === 'float32') return Float32Array.from(values);
  if (type === 'float64') return Float64Array.from(values);
  if (type === 'int32') return Int32Array.from(values);
  return BigInt64Array.from(values, (value) => BigInt(value));
}

/** A tensor of a file: numbers for calculating with shapes, or the data of a tensor for the device. */
export interface ReadTensor {
  isFloat: boolean;
  shape: number[];
  values: ArrayLike<number>;
}

/** Throws ModelFileError that names `owner` for a tensor that is damaged or of a type that cannot be used. */
export function readTensorProto(owner: string, proto: TensorProto): ReadTensor {
  const type = ELEMENT_TYPES[proto.dataType];
  if (!type) {
    throw new ModelFileError(
      `ONNX: ${owner} has the element type ${proto.dataType} (of TensorProto.DataType), which cannot be read; known are ${READABLE_TYPES}. Convert the model to float32.`,
    );
  }
  if (proto.dataLocation === 1) {
    throw new ModelFileError(
      `ONNX: the values of ${owner} lie in another file. Save the model as one file, without external data.`,
    );
  }
  const shape = shapeOf(owner, proto);
  const size = sizeOf(shape);
  const isFloat = FLOATS.has(type);
  const values = valuesOf(type, proto);
  if (values.length !== size) {
    throw new ModelFileError(
      `ONNX: ${owner} of shape [${shape.join(', ')}] needs ${size} values and has ${values.length}: the file is damaged. Save or download it again.`,
    );
  }
  return { isFloat, shape, values };
}

/** Throws ModelFileError unless each length can be one. */
export function shapeOf(owner: string, { dims }: TensorProto): number[] {
  const shape = dims.map(Number);
  if (shape.every((length) => length >= 0) && Number.isSafeInteger(sizeOf(shape))) return shape;
  throw new ModelFileError(
    `ONNX: ${owner} has the shape [${shape.join(', ')}]: the file is damaged. Save or download it again.`,
  );
}

function valuesOf(type: ElementType, proto: TensorProto): ArrayLike<number> {
  const { rawData, floatData, doubleData, int64Data, int32Data } = proto;
  if (rawData.length === 0) {
    if (type === 'F16' || type === 'BF16') return halves(type, int32Data);
    if (type === 'F32') return floatData;
    if (type === 'F64') return doubleData;
    return type === 'I64' ? int64Data.map(Number) : int32Data;
  }
  const width = BYTES_PER_ELEMENT[type];
  const length = Math.floor(rawData.length / width);
  const view = new DataView(rawData.buffer, rawData.byteOffset, length * width);
  // "To the end" of a slice is the largest number of 64 bits, which int32 cannot hold and a float64 can come near to.
  if (type === 'I64') return Array.from({ length }, (_, at) => Number(view.getBigInt64(at * width, true)));
  // In float32 the angles of far positions would be off.
  if (type === 'F64') return Array.from({ length }, (_, at) => view.getFloat64(at * width, true));
  return decodeElements(type, view)!.data;
}

/** Where there are no raw bytes, each 16-bit number is the lower half of an int32. */
function halves(type: 'F16' | 'BF16', data: readonly number[]): ArrayLike<number> {
  return decodeElements(type, new DataView(Uint16Array.from(data).buffer))!.data;
}

/** Whether a number of TensorProto.DataType stands for a floating type. */
export function isFloatType(type: number): boolean {
  return FLOATS.has(ELEMENT_TYPES[type]);
}

export function isWholeType(type: number): boolean {
  return type in ELEMENT_TYPES && !isFloatType(type);
}

export function isHalfType(type: number): boolean {
  return ELEMENT_TYPES[type] === 'F16' || ELEMENT_TYPES[type] === 'BF16';
}

/** Whether a tensor is for the device: numbers in float64, and single ones, are for calculating with shapes. */
export function isWeight({ dataType, dims }: TensorProto): boolean {
  return isFloatType(dataType) && ELEMENT_TYPES[dataType] !== 'F64' && dims.length > 0;
}
