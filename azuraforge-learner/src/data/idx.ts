import { DataError } from '../error.ts';

/**
 * Reads the IDX format of the MNIST files (`train-images-idx3-ubyte`), of unsigned bytes. `name` stands in errors.
 * Throws DataError for other bytes, and for a file that is cut off or too long.
 * Source: the description on http://yann.lecun.com/exdb/mnist/.
 */
export function readIdx(bytes: Uint8Array, name = 'The file'): { data: Uint8Array; shape: number[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dimensions = bytes[3] ?? 0;
  if (bytes.length < 4 || view.getUint16(0) !== 0 || bytes[2] !== 0x08 || dimensions === 0) {
    throw new DataError(
      `${name} is no IDX file of unsigned bytes: it should begin with 00 00 08. If its name ends in .gz, unpack it first.`,
    );
  }
  const start = 4 + 4 * dimensions;
  const shape =
    bytes.length < start ? [] : Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (bytes.length !== start + size || shape.length === 0) {
    throw new DataError(
      `${name} should hold ${size} values of shape [${shape.join(', ')}] and holds ${Math.max(0, bytes.length - start)}: it is cut off or damaged. Download it again.`,
    );
  }
  return { data: bytes.subarray(start), shape };
}
