import { ModelFileError } from '../error.ts';
import { BYTES_PER_ELEMENT, isElementType } from './number-format.ts';
import type { ElementType } from './number-format.ts';

/** Where one tensor lies in the data part of a safetensors file. */
export interface HeaderEntry {
  name: string;
  type: ElementType;
  shape: number[];
  /** Byte range in the data part. */
  start: number;
  end: number;
}

export interface Header {
  entries: HeaderEntry[];
  metadata: Record<string, string>;
  /** Byte at which the data part starts. */
  dataStart: number;
}

const LENGTH_BYTES = 8;
/** The same limit as the reference implementation's. */
const MAX_HEADER_BYTES = 100_000_000;
/** The one name in a header that is no tensor's. */
export const METADATA_KEY = '__metadata__';

/**
 * Reads and checks a safetensors header: every byte of the data part belongs to exactly one tensor.
 * Throws ModelFileError.
 */
export function readHeader(bytes: Uint8Array): Header {
  const parsed = parseHeader(bytes);
  const dataStart = parsed.dataStart;
  const entries: HeaderEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed.header)) {
    if (name === METADATA_KEY) metadata = readMetadata(value);
    else entries.push(readEntry(name, value));
  }
  checkCoverage(entries, bytes.byteLength - dataStart);
  return { entries, metadata, dataStart };
}

/** The header as bytes, padded with spaces so that the data part starts at a multiple of 8. */
export function writeHeader(entries: readonly HeaderEntry[], metadata: Record<string, string>): Uint8Array {
  const header: [string, unknown][] = entries.map((entry) => [
    entry.name,
    { dtype: entry.type, shape: entry.shape, data_offsets: [entry.start, entry.end] },
  ]);
  if (Object.keys(metadata).length > 0) header.unshift([METADATA_KEY, metadata]);
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

function parseHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.byteLength < LENGTH_BYTES) {
    throw damaged(`it has ${bytes.byteLength} bytes, fewer than the ${LENGTH_BYTES} of the header length`);
  }
  const declared = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (declared > BigInt(MAX_HEADER_BYTES)) {
    throw damaged(`its header claims ${declared} bytes; ${MAX_HEADER_BYTES} is the most that is allowed`);
  }
  const dataStart = LENGTH_BYTES + Number(declared);
  if (dataStart > bytes.byteLength) {
    throw damaged(
      `its header claims ${declared} bytes, but only ${bytes.byteLength - LENGTH_BYTES} follow: it is cut off`,
    );
  }
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(LENGTH_BYTES, dataStart),
    );
    header = JSON.parse(text);
  } catch (cause) {
    throw damaged('its header is not JSON in UTF-8', cause);
  }
  if (!isRecord(header)) throw damaged('its header is not a JSON object');
  return { header, dataStart };
}

function readMetadata(value: unknown): Record<string, string> {
  if (!isRecord(value)) throw damaged(`${METADATA_KEY} is not a JSON object`);
  const texts = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  if (texts.length < Object.keys(value).length) {
    throw damaged(`${METADATA_KEY} holds a value that is not a text`);
  }
  return Object.fromEntries(texts);
}

function readEntry(name: string, value: unknown): HeaderEntry {
  const tensor = `tensor ${quote(name)}`;
  if (!isRecord(value)) throw damaged(`${tensor} is not described by a JSON object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isElementType(dtype)) {
    throw damaged(
      `${tensor} has the element type ${quote(dtype)}; known are ${Object.keys(BYTES_PER_ELEMENT).join(', ')}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw damaged(`${tensor} has the shape ${quote(shape)}, which is no list of whole numbers`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw damaged(`${tensor} has the data_offsets ${quote(offsets)}, which is no pair of whole numbers`);
  }
  const [start, end] = offsets as [number, number];
  const expected = shape.reduce((size: number, dimension: number) => size * dimension, 1);
  const size = expected * BYTES_PER_ELEMENT[dtype];
  if (end - start !== size) {
    throw damaged(
      `${tensor} of shape [${shape.join(', ')}] and type ${dtype} needs ${size} bytes, its data_offsets give ${end - start}`,
    );
  }
  return { name, type: dtype, shape: [...shape], start, end };
}

function checkCoverage(entries: HeaderEntry[], dataBytes: number): void {
  let position = 0;
  for (const entry of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (entry.start !== position) {
      const what = entry.start < position ? 'overlaps the one before it' : 'leaves a hole before it';
      throw damaged(`tensor ${quote(entry.name)} starts at byte ${entry.start} and ${what}`);
    }
    position = entry.end;
  }
  if (position > dataBytes) {
    throw damaged(
      `its tensors need ${position} bytes, but only ${dataBytes} follow the header: it is cut off`,
    );
  }
  if (position < dataBytes) {
    throw damaged(`${dataBytes - position} bytes at its end belong to no tensor`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

export function damaged(problem: string, cause?: unknown): ModelFileError {
  return new ModelFileError(
    `The safetensors file cannot be read: ${problem}. Save or download it again.`,
    cause === undefined ? undefined : { cause },
  );
}
