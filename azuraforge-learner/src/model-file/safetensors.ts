import { ModelFileError } from '../error.ts';
import { METADATA_KEY, damaged, readHeader, writeHeader } from './header.ts';
import type { HeaderEntry } from './header.ts';
import type { TensorData } from '../nn/state.ts';
import { decodeElements } from './number-format.ts';

export interface SafetensorsFile {
  tensors: Record<string, TensorData>;
  metadata: Record<string, string>;
}

/**
 * Tensors as the bytes of a safetensors file (https://github.com/huggingface/safetensors): header length, JSON header,
 * raw little-endian data. The same tensors give the same bytes, whatever order they are named in.
 * Throws ModelFileError when a tensor's data do not fill its shape.
 */
export function writeSafetensors(
  tensors: Record<string, TensorData>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const entries: HeaderEntry[] = [];
  let end = 0;
  const names = Object.keys(tensors).sort();
  for (const name of names) {
    if (name === METADATA_KEY)
      throw new ModelFileError(`A tensor cannot be named "${name}": safetensors keeps it.`);
    const { dtype, shape, data } = tensors[name]!;
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    if (size !== data.length) {
      throw new ModelFileError(
        `Tensor "${name}" of shape [${shape.join(', ')}] needs ${size} values and has ${data.length}.`,
      );
    }
    const start = end;
    end += data.byteLength;
    entries.push({ name, type: dtype === 'float32' ? 'F32' : 'I32', shape: [...shape], start, end });
  }
  const header = writeHeader(entries, metadata);
  const bytes = new Uint8Array(header.byteLength + end);
  bytes.set(header);
  for (const { name, start } of entries) {
    const { data } = tensors[name]!;
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.byteLength + start);
  }
  return bytes;
}

/**
 * Reads a safetensors file. Floating types become float32, all others int32.
 * Throws ModelFileError for a file that is cut off, damaged or built to mislead, naming the tensor.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { entries, metadata, dataStart } = readHeader(bytes);
  const tensors = entries.map(({ name, type, shape, start, end }): [string, TensorData] => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + dataStart + start, end - start);
    const values = decodeElements(type, view);
    if (!values) throw damaged(`tensor "${name}" of type ${type} holds a number beyond 32 bits`);
    return [name, { ...values, shape }];
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}
