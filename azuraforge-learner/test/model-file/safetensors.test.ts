import { describe, expect, it } from '@jest/globals';
import { ModelFileError } from '../../src/error.ts';
import { readSafetensors, writeSafetensors } from '../../src/model-file/safetensors.ts';
import { readFixture, readFixtureBytes } from '../fixture.ts';

function file(header: unknown, data = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.byteLength + data.byteLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.byteLength), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.byteLength);
  return bytes;
}

const problemOf = (bytes: Uint8Array): string => {
  try {
    readSafetensors(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ModelFileError);
    return (error as Error).message;
  }
  throw new Error('the file was accepted');
};

describe('writeSafetensors', () => {
  it('writes the bytes that the format describes', () => {
    const bytes = writeSafetensors({ a: { dtype: 'float32', shape: [2], data: Float32Array.of(1, -2) } });
    const header = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  ';
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(56n);
    expect(new TextDecoder().decode(bytes.subarray(8, 64))).toBe(header);
    expect([...bytes.subarray(64)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });

  it('reads back what it wrote, special numbers and metadata too', () => {
    const tensors = {
      'lstm.weight_ih_l0': {
        dtype: 'float32' as const,
        shape: [2, 3],
        data: Float32Array.of(0.1, -0, Infinity, -Infinity, 1e-45, 3.4e38),
      },
      __proto__x: { dtype: 'int32' as const, shape: [], data: Int32Array.of(-7) },
      nothing: { dtype: 'float32' as const, shape: [0, 4], data: new Float32Array() },
    };
    const read = readSafetensors(writeSafetensors(tensors, { made_by: 'ölçü ✓' }));
    expect(read).toEqual({ tensors, metadata: { made_by: 'ölçü ✓' } });
  });

  it('gives the same bytes whatever the order of the names', () => {
    const a = { dtype: 'float32' as const, shape: [1], data: Float32Array.of(1) };
    const b = { dtype: 'int32' as const, shape: [2], data: Int32Array.of(2, 3) };
    expect(writeSafetensors({ b, a })).toEqual(writeSafetensors({ a, b }));
  });

  it('refuses the name that the format keeps for itself', () => {
    expect(() =>
      writeSafetensors({ __metadata__: { dtype: 'float32', shape: [], data: new Float32Array(1) } }),
    ).toThrow('cannot be named "__metadata__"');
  });

  it('refuses data that do not fill the shape', () => {
    expect(() =>
      writeSafetensors({ w: { dtype: 'float32', shape: [2, 2], data: new Float32Array(3) } }),
    ).toThrow('Tensor "w" of shape [2, 2] needs 4 values and has 3.');
  });
});

const texts = (entries: Record<string, { shape: readonly number[]; data: Iterable<number | string> }>) =>
  Object.entries(entries).map(([name, { shape, data }]) => [name, shape, Array.from(data, String)]);

const entry = (overrides: object) => ({ dtype: 'F32', shape: [2], data_offsets: [0, 8], ...overrides });

describe('readSafetensors', () => {
  it('reads every element type that PyTorch writes', async () => {
    const expected =
      await readFixture<Record<string, { shape: number[]; data: (number | string)[] }>>('formats');
    const { tensors } = readSafetensors(await readFixtureBytes('formats.safetensors'));
    expect(texts(tensors)).toEqual(texts(expected));
  });

  it('reads from the middle of a larger buffer', () => {
    const bytes = writeSafetensors({ a: { dtype: 'float32', shape: [1], data: Float32Array.of(5) } });
    const larger = new Uint8Array(bytes.byteLength + 3);
    larger.set(bytes, 3);
    expect(readSafetensors(larger.subarray(3)).tensors['a']?.data).toEqual(Float32Array.of(5));
  });

  it('names the problem at every length that a file can be cut to', async () => {
    const whole = await readFixtureBytes('forecaster.safetensors');
    for (let length = 0; length < whole.byteLength; length++) {
      expect(problemOf(whole.subarray(0, length))).toMatch(/cut off|fewer than/);
    }
  });

  const data = new Uint8Array(8);
  const max = Number.MAX_SAFE_INTEGER;
  it.each([
    ['no JSON', '{"a":', 'not JSON'],
    ['a list', [], 'not a JSON object'],
    ['null', null, 'not a JSON object'],
    ['a tensor that is a number', { a: 5 }, 'tensor "a" is not described'],
    ['an unknown element type', { a: entry({ dtype: 'Q4' }) }, 'element type "Q4"'],
    ['an inherited name as element type', { a: entry({ dtype: 'toString' }) }, 'element type "toString"'],
    ['a negative dimension', { a: entry({ shape: [-1, -2] }) }, 'shape [-1,-2]'],
    ['a fraction as dimension', { a: entry({ shape: [0.5, 4] }) }, 'shape [0.5,4]'],
    ['a shape that overflows', { a: entry({ shape: [max, max, 2] }) }, 'needs'],
    ['one offset', { a: entry({ data_offsets: [0] }) }, 'data_offsets [0]'],
    ['offsets the wrong way round', { a: entry({ data_offsets: [8, 0] }) }, 'give -8'],
    ['a size that is not that of the shape', { a: entry({ shape: [3] }) }, 'needs 12 bytes'],
    ['more bytes than the shape has', { a: entry({ shape: [1] }) }, 'needs 4 bytes'],
    ['overlapping tensors', { a: entry({}), b: entry({ shape: [1], data_offsets: [4, 8] }) }, 'overlaps'],
    ['a hole', { a: entry({ shape: [1], data_offsets: [4, 8] }) }, 'leaves a hole'],
    ['data beyond the end', { a: entry({ shape: [4], data_offsets: [0, 16] }) }, 'cut off'],
    ['bytes of no tensor', { a: entry({ shape: [1], data_offsets: [0, 4] }) }, '4 bytes at its end'],
    ['metadata that is no text', { __metadata__: { n: 1 }, a: entry({}) }, 'not a text'],
    ['metadata that is a list', { __metadata__: [], a: entry({}) }, '__metadata__ is not'],
  ])('refuses %s', (_, header, problem) => {
    expect(problemOf(file(header, data))).toContain(problem);
  });

  it('refuses a header length that would take all memory', () => {
    const bytes = new Uint8Array(16).fill(0xff);
    expect(problemOf(bytes)).toContain('18446744073709551615');
  });

  it('refuses integers beyond 32 bits', () => {
    const big = new Uint8Array(8).fill(0x7f);
    expect(problemOf(file({ n: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, big))).toContain(
      'tensor "n" of type I64 holds a number beyond 32 bits',
    );
  });

  it('is not misled by the name of a tensor', () => {
    const text = '{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const { tensors } = readSafetensors(file(text, data));
    expect(Object.keys(tensors)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(tensors)).toBe(Object.prototype);
  });
});
