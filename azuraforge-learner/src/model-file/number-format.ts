/** The element types of safetensors that can be read, with their width in bytes. */
export const BYTES_PER_ELEMENT = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type ElementType = keyof typeof BYTES_PER_ELEMENT;

export function isElementType(name: unknown): name is ElementType {
  return typeof name === 'string' && Object.hasOwn(BYTES_PER_ELEMENT, name);
}

/**
 * Little-endian elements as float32 (every floating type) or int32 (every other one).
 * Returns null when an integer does not fit 32 bits.
 */
export function decodeElements(
  type: ElementType,
  bytes: DataView,
): { dtype: 'float32'; data: Float32Array } | { dtype: 'int32'; data: Int32Array } | null {
  const width = BYTES_PER_ELEMENT[type];
  const length = bytes.byteLength / width;
  const read = READERS[type];
  if (type === 'F64' || type === 'F32' || type === 'F16' || type === 'BF16') {
    const data = new Float32Array(length);
    for (let index = 0; index < length; index++) data[index] = Number(read(bytes, index * width));
    return { dtype: 'float32', data };
  }
  const data = new Int32Array(length);
  for (let index = 0; index < length; index++) {
    const value = read(bytes, index * width);
    const number = Number(value);
    data[index] = number;
    if (data[index] !== number) return null;
  }
  return { dtype: 'int32', data };
}

const READERS: Record<ElementType, (bytes: DataView, at: number) => number | bigint> = {
  F64: (bytes, at) => bytes.getFloat64(at, true),
  F32: (bytes, at) => bytes.getFloat32(at, true),
  F16: (bytes, at) => halfToNumber(bytes.getUint16(at, true)),
  BF16: (bytes, at) => brainToNumber(bytes.getUint16(at, true)),
  I64: (bytes, at) => bytes.getBigInt64(at, true),
  I32: (bytes, at) => bytes.getInt32(at, true),
  I16: (bytes, at) => bytes.getInt16(at, true),
  I8: (bytes, at) => bytes.getInt8(at),
  U64: (bytes, at) => bytes.getBigUint64(at, true),
  U32: (bytes, at) => bytes.getUint32(at, true),
  U16: (bytes, at) => bytes.getUint16(at, true),
  U8: (bytes, at) => bytes.getUint8(at),
  BOOL: (bytes, at) => bytes.getUint8(at),
};

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16: the upper half of a float32. */
function brainToNumber(bits: number): number {
  const word = new DataView(new ArrayBuffer(4));
  word.setUint32(0, bits * 0x10000);
  return word.getFloat32(0);
}
